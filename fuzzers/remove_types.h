// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Taking types out of a stack: what stays is renumbered, and what referred to a type that goes has
// one of four ways out.
#pragma once

#include <cstdint>

#include "fuzzers/edit.h"

namespace retort {

/// What happens to a reference to a type that goes.
enum class Orphans : std::uint8_t {
  go_too,            ///< whoever refers goes as well; a member that refers goes alone
  lose_members,      ///< members that refer go; other references become refer_on's
  refer_on,          ///< refers to what the lost type referred to, void where that was nothing
  refer_to_another,  ///< refers to the first type of the same kind that stays
};

/// Removes the types from `begin` up to `end`, and what goes with them.
void remove_types(Stack& stack, std::uint32_t begin, std::uint32_t end, Orphans orphans);

}  // namespace retort
