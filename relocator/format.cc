// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The kinds' names, as Documentation/bpf/btf.rst writes them.
#include "relocator/format.h"

namespace btf {

std::string_view kind_name(Kind kind) {
  static constexpr std::array<std::string_view, kKindCount> names = {
      "VOID", "INT",     "PTR",      "ARRAY",    "STRUCT",   "UNION", "ENUM",
      "FWD",  "TYPEDEF", "VOLATILE", "CONST",    "RESTRICT", "FUNC",  "FUNC_PROTO",
      "VAR",  "DATASEC", "FLOAT",    "DECL_TAG", "TYPE_TAG", "ENUM64"};
  const auto index = static_cast<std::size_t>(kind);
  return index < names.size() ? names[index] : "UNKNOWN";
}

}  // namespace btf
