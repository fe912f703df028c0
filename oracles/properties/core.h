// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// CO-RE: comparisons of a program's own types with a kernel's, and the relocations that follow from
// them. The top layer of the stack is the program's, and TRGT, or the stack itself, the kernel's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/answer.h"
#include "oracles/properties/library_stack.h"

namespace retort {

/// One line of CORE: "byte_off 3 0:1:2", the id counted from 1 through the whole stack.
struct CoreLine {
  std::uint32_t kind = 0;
  std::uint32_t id = 0;
  std::string access;
};

/// The lines that can be read; others are left alone. Without a part a few relocations of each
/// type, the stack's types being those below `end`.
std::vector<CoreLine> core_lines(const Pair& pair, std::uint32_t end);

/// Of so many types it is asked whether they are what they are themselves.
inline constexpr std::uint32_t kMostCompared = 48;
/// Whether it is asked of that one: libbpf compares such kinds, and an INT that is no bit field,
/// which no compiler makes any more and which is never compatible, by design.
bool is_compared_with_itself(const btf::Type& type);

/// Broken: "core-reflexive" (a type is compatible with itself, and matches itself), "core-order"
/// (answers do not depend on the byte order of the input), "core-own" (a relocation of a type onto
/// itself changes nothing).
Answer check_core(const Library& library, const Pair& pair);

}  // namespace retort
