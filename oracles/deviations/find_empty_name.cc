// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The empty name finds the first anonymous type, since an anonymous type's name is the string at
// offset 0, which is empty.
#include "oracles/deviation.h"

namespace retort {
namespace {

FindResult find(const btf::Btf& top, std::string_view name, std::optional<btf::Kind> kind,
                FindResult reference) {
  if (!name.empty()) return reference;
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    if (top.name(type).empty() && (!kind || type.kind() == *kind)) return id;
  }
  return {};
}

}  // namespace

const Deviation kFindEmptyName = {.find = find};

}  // namespace retort
