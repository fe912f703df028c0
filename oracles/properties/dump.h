// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Dumping as C text: every type of a stack with what it needs, a declaration of each, and data
// shown as values of each. Nothing here knows how the text ought to read in full; what has to hold
// of it does not need to.
#pragma once

#include <cstddef>
#include <cstdint>

#include "oracles/answer.h"
#include "oracles/properties/library_stack.h"

namespace retort {

/// So many types, from void on, are printed as declarations.
inline constexpr std::uint32_t kMaxDecls = 96;
/// So much text is taken of all types and of one declaration: some kilobytes for each type that
/// fits an input; what prints more prints the same again.
inline constexpr std::size_t kMostTypeText = std::size_t{64} * 1024;
inline constexpr std::size_t kMostDeclText = std::size_t{8} * 1024;
/// Whether qualifiers and tags are left out of a type's declaration.
constexpr bool strips_modifiers(std::uint32_t id) {
  return id % 2 != 0;
}

/// Broken, in the order in which they are tried: "dump-range" (an id beyond the end is an error),
/// "dump-again" (asking twice gives the same text), "dump-strings" (it does not depend on string
/// offsets), "dump-balance" (every bracket is closed), "dump-unique" (no struct, union or
/// enumeration of one name is defined twice), "decl-ends" (a declaration comes to an end),
/// "decl-mods" (no qualifier is left where all shall be stripped), "data-length" (the size of the
/// type is returned where all of its bytes are there), "data-zeroes" (only what is zero is left
/// out), "data-short" (-E2BIG where bytes are missing), "data-bounds" (no byte behind the data is
/// read).
Answer check_dump(const Library& library, const Pair& pair);

/// Whether of two broken properties the first is the one that is reported.
bool is_before(std::string_view property, std::string_view other);
/// What a defect that breaks a property makes of an answer.
void foretell_dump(Answer& answer, std::string_view property);

}  // namespace retort
