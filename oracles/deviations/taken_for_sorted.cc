// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Since 7.0 a kernel looks names up in its vmlinux by bisection, from the first type that has a
// name on, and does not look whether it is sorted. A module's own types it looks through unless it
// has seen that they are sorted, so that there the answer is right.
#include <optional>

#include "oracles/kernel_deviations.h"

namespace retort {
namespace {

std::optional<std::uint32_t> first_named(const btf::Btf& base) {
  for (std::uint32_t id = 1; id < base.end_id(); ++id)
    if (!base.name(base.type(id)).empty()) return id;
  return {};
}

// The first place, in what is taken for sorted, whose name is not before this one.
std::uint32_t bisect(const btf::Btf& base, std::string_view name, std::uint32_t first) {
  std::uint32_t last = base.end_id() - 1;
  while (first <= last) {
    const std::uint32_t middle = first + (last - first) / 2;
    if (base.name(base.type(middle)) < name) {
      first = middle + 1;
      continue;
    }
    if (first == last) return last;
    last = middle;
  }
  return base.end_id();
}

FindResult find_in_base(const btf::Btf& base, std::string_view name, btf::Kind kind) {
  const auto named = first_named(base);
  if (!named) return {};
  for (std::uint32_t id = bisect(base, name, *named); id < base.end_id(); ++id) {
    const btf::Type type = base.type(id);
    if (base.name(type) != name) return {};
    if (type.kind() == kind) return id;
  }
  return {};
}

FindResult find_kind(const btf::Btf& top, std::string_view name, btf::Kind kind) {
  const btf::Btf& base = top.base() ? *top.base() : top;
  if (const FindResult found = find_in_base(base, name, kind)) return found;
  for (std::uint32_t id = base.end_id(); id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    if (type.kind() == kind && top.name(type) == name) return id;
  }
  return {};
}

FindResult find(const btf::Btf& top, std::string_view name, std::optional<btf::Kind> kind,
                FindResult reference) {
  if (name.empty()) return reference;
  if (kind) return find_kind(top, name, *kind);
  FindResult lowest;
  for (std::uint32_t number = 1; number < btf::kKindCount; ++number) {
    const FindResult found = find_kind(top, name, static_cast<btf::Kind>(number));
    if (found && (!lowest || *found < *lowest)) lowest = found;
  }
  return lowest;
}

}  // namespace

const Deviation kTakenForSorted = {.find = find};

}  // namespace retort
