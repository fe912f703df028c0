// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/core_compare.h"

namespace retort {
namespace {

using btf::Kind;
using Verdict = CoreComparison::Verdict;

// Types on the way of one comparison: pointers, arrays and return types.
constexpr int kMostSteps = 32;

Verdict verdict_of(bool yes) {
  return yes ? Verdict::yes : Verdict::no;
}

// Where a pointer, an array or the return type of a prototype leads.
std::uint32_t led_to(const btf::Type& type) {
  return type.kind() == Kind::array ? type.fixed(0) : type.type_id();
}

bool is_signed(const btf::Type& integer) {
  return (btf::int_encoding(integer.fixed(0)) & 1) != 0;
}

bool is_union(const btf::Type& type) {
  return type.kind() == Kind::union_;
}

bool declares(const btf::Type& fwd, const btf::Type& composite) {
  return btf::is_composite(composite.kind()) && fwd.kflag() == is_union(composite);
}

std::uint64_t key_of(std::uint32_t local, std::uint32_t target, bool behind_pointer, int level) {
  return (std::uint64_t{local} << 31 ^ target) << 7 | static_cast<unsigned>(level) << 1 |
         (behind_pointer ? 1U : 0U);
}

}  // namespace

std::string_view essential_name(std::string_view name) {
  constexpr std::string_view mark = "___";
  if (name.size() < mark.size() + 2) return name;
  for (std::size_t at = name.size() - mark.size() - 1; at > 0; --at)
    if (name.substr(at, mark.size()) == mark && name[at - 1] != '_' && name[at + 3] != '_')
      return name.substr(0, at);
  return name;
}

std::optional<std::uint32_t> stripped(const btf::Btf& top, std::uint32_t id) {
  for (std::uint32_t steps = 0; steps < top.end_id() && id < top.end_id(); ++steps) {
    if (id == 0 || !btf::is_modifier(top.type(id).kind())) return id;
    id = top.type(id).type_id();
  }
  return {};
}

bool same_kind_for_core(const btf::Type& local, const btf::Type& target) {
  return local.kind() == target.kind() ||
         (btf::is_enumeration(local.kind()) && btf::is_enumeration(target.kind()));
}

bool CoreComparison::strip(Two& ids) const {
  const auto local = stripped(top_, ids.local);
  const auto target = stripped(top_, ids.target);
  if (!local || !target) return false;
  ids = {*local, *target};
  return true;
}

bool CoreComparison::same_name(std::uint32_t local_offset, std::uint32_t target_offset) const {
  const std::string_view local = top_.name(local_offset);
  const std::string_view target = top_.name(target_offset);
  if (target.empty()) return local.empty();
  return essential_name(local) == essential_name(target);
}

Verdict CoreComparison::compatible(Two ids, int level) {
  const std::uint64_t key = key_of(ids.local, ids.target, false, level);
  if (const auto known = compatible_.find(key); known != compatible_.end()) return known->second;
  const Verdict verdict = compare(ids, level);
  compatible_.emplace(key, verdict);
  return verdict;
}

Verdict CoreComparison::compare(Two ids, int level) {
  if (ids.local >= top_.end_id() || ids.target >= top_.end_id()) return Verdict::too_deep;
  const bool voids = ids.local == 0 && ids.target == 0;
  if (!voids && (ids.local == 0 || ids.target == 0)) return Verdict::no;
  if (!voids && !same_kind_for_core(top_.type(ids.local), top_.type(ids.target)))
    return Verdict::no;
  for (int step = 0; step < kMostSteps; ++step) {
    if (!strip(ids)) return Verdict::too_deep;
    if (ids.local == 0 || ids.target == 0) return verdict_of(ids.local == ids.target);
    const btf::Type local = top_.type(ids.local);
    const btf::Type target = top_.type(ids.target);
    if (!same_kind_for_core(local, target)) return Verdict::no;
    switch (local.kind()) {
      case Kind::struct_:
      case Kind::union_:
      case Kind::enum_:
      case Kind::enum64:
      case Kind::fwd:
        return Verdict::yes;
      case Kind::int_:
        return verdict_of(btf::int_bit_offset(local.fixed(0)) == 0 &&
                          btf::int_bit_offset(target.fixed(0)) == 0);
      case Kind::ptr:
      case Kind::array:
        break;
      case Kind::func_proto: {
        const Verdict parameters = parameters_are_compatible(local, target, level);
        if (parameters != Verdict::yes) return parameters;
        break;
      }
      default:
        return Verdict::no;
    }
    ids = {led_to(local), led_to(target)};
  }
  return Verdict::too_deep;
}

Verdict CoreComparison::parameters_are_compatible(const btf::Type& local, const btf::Type& target,
                                                  int level) {
  if (local.vlen() != target.vlen()) return Verdict::no;
  for (std::uint32_t index = 0; index < local.vlen(); ++index) {
    Two ids{local.element(index, 1), target.element(index, 1)};
    if (level <= 0 || !strip(ids)) return Verdict::too_deep;
    if (const Verdict verdict = compatible(ids, level - 1); verdict != Verdict::yes) return verdict;
  }
  return Verdict::yes;
}

Verdict CoreComparison::matches(Two ids, bool behind_pointer, int level) {
  if (level <= 0) return Verdict::too_deep;
  const std::uint64_t key = key_of(ids.local, ids.target, behind_pointer, level);
  if (const auto known = matching_.find(key); known != matching_.end()) return known->second;
  const Verdict verdict = match(ids, behind_pointer, level);
  matching_.emplace(key, verdict);
  return verdict;
}

Verdict CoreComparison::match(Two ids, bool behind_pointer, int level) {
  for (int step = 0; step < kMostSteps; ++step) {
    if (!strip(ids)) return Verdict::too_deep;
    if (ids.local == 0 || ids.target == 0) {
      // Void has no name, and matches nothing but itself.
      return verdict_of(ids.local == ids.target);
    }
    const btf::Type local = top_.type(ids.local);
    const btf::Type target = top_.type(ids.target);
    if (!same_name(local.name_offset(), target.name_offset())) return Verdict::no;
    const bool alike = local.kind() == target.kind();
    switch (local.kind()) {
      case Kind::fwd:
        if (alike) return verdict_of(local.kflag() == target.kflag());
        return verdict_of(behind_pointer && declares(local, target));
      case Kind::enum_:
      case Kind::enum64:
        return verdict_of(btf::is_enumeration(target.kind()) && values_match(local, target));
      case Kind::struct_:
      case Kind::union_:
        if (!behind_pointer)
          return alike ? members_match(local, target, behind_pointer, level) : Verdict::no;
        return verdict_of(alike || (target.kind() == Kind::fwd && declares(target, local)));
      case Kind::int_:
        return verdict_of(alike && local.size() == target.size() &&
                          is_signed(local) == is_signed(target));
      case Kind::ptr:
        if (!alike) return Verdict::no;
        behind_pointer = true;
        break;
      case Kind::array:
        if (!alike || local.fixed(2) != target.fixed(2)) return Verdict::no;
        break;
      case Kind::func_proto: {
        if (!alike) return Verdict::no;
        const Verdict parameters = parameters_match(local, target, behind_pointer, level);
        if (parameters != Verdict::yes) return parameters;
        break;
      }
      default:
        return Verdict::no;
    }
    ids = {led_to(local), led_to(target)};
  }
  return Verdict::too_deep;
}

Verdict CoreComparison::members_match(const btf::Type& local, const btf::Type& target,
                                      bool behind_pointer, int level) {
  if (local.vlen() > target.vlen()) return Verdict::no;
  for (std::uint32_t own = 0; own < local.vlen(); ++own) {
    bool matched = false;
    for (std::uint32_t other = 0; other < target.vlen() && !matched; ++other) {
      if (!same_name(local.element(own, 0), target.element(other, 0))) continue;
      const Two ids{local.element(own, 1), target.element(other, 1)};
      const Verdict verdict = matches(ids, behind_pointer, level - 1);
      if (verdict == Verdict::too_deep) return verdict;
      matched = verdict == Verdict::yes;
    }
    if (!matched) return Verdict::no;
  }
  return Verdict::yes;
}

Verdict CoreComparison::parameters_match(const btf::Type& local, const btf::Type& target,
                                         bool behind_pointer, int level) {
  if (local.vlen() != target.vlen()) return Verdict::no;
  for (std::uint32_t index = 0; index < local.vlen(); ++index) {
    const Two ids{local.element(index, 1), target.element(index, 1)};
    const Verdict verdict = matches(ids, behind_pointer, level - 1);
    if (verdict != Verdict::yes) return verdict;
  }
  return Verdict::yes;
}

// Each name of one among those of the other.
bool CoreComparison::values_match(const btf::Type& local, const btf::Type& target) const {
  if (local.size() != target.size() || local.vlen() > target.vlen()) return false;
  for (std::uint32_t own = 0; own < local.vlen(); ++own) {
    bool matched = false;
    for (std::uint32_t other = 0; other < target.vlen() && !matched; ++other)
      matched = same_name(local.element(own, 0), target.element(other, 0));
    if (!matched) return false;
  }
  return true;
}

}  // namespace retort
