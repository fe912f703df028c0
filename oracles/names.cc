// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/names.h"

#include <set>
#include <string_view>

namespace retort {

btf::BtfPtr read_top(const Pair& pair, btf::Dialect dialect) {
  btf::BtfPtr top;
  for (const Bytes bytes : stack_of(pair)) {
    const auto parsed = btf::Btf::parse(bytes, {.base = top, .dialect = dialect, .borrow = true});
    if (!parsed) return nullptr;
    top = *parsed;
  }
  return top;
}

std::vector<std::pair<std::string, btf::Kind>> names_to_find(const btf::Btf& top) {
  std::set<std::pair<std::string, btf::Kind>> names;
  for (std::uint32_t id = top.start_id(); id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    names.emplace(top.name(type), type.kind());
  }
  for (const std::string_view name : {"void", "", "retort: no such name"})
    names.emplace(name, btf::Kind::struct_);
  return {names.begin(), names.end()};
}

}  // namespace retort
