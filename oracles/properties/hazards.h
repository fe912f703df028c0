// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Hazards: calls of which it is known that libbpf reads or writes where it must not, or never comes
// back, though no documented precondition is broken. Guards are made of them: whether a program
// gets to such a call depends on all calls before it, so it is found by running the program with
// the hazardous calls left out.
#pragma once

#include <bitset>
#include <cstdint>

#include "oracles/properties/object_view.h"
#include "relocator/btf.h"

namespace retort {

enum class Hazard : std::uint8_t {
  own_bytes,         ///< a name or type is read out of bytes that the same call frees
  align_of_endless,  ///< align_of() visits a type that holds itself, or one too often
  align_of_missing,  ///< align_of() reads a type that does not exist
  swapped_header,    ///< a header of less than its fields is swapped as a whole
  short_header,      ///< a header of less than its fields is copied and then used as a whole
  fwd_id,            ///< the third word of a FWD is used as a type id
  return_id,         ///< the return type of a FUNC_PROTO does not exist
  modifier_loop,     ///< relocation follows a member's modifiers for ever
  stacked_strings,   ///< relocation's map of strings is shorter than the strings
  stacked_target,    ///< relocation counts names of all of a target in room for its top layer's
  rollback,          ///< memory runs out while a whole object is appended
  stale_room,        ///< types are appended to a block that has less room than libbpf takes it for
};
inline constexpr std::size_t kHazardCount = 12;
using HazardSet = std::bitset<kHazardCount>;

inline HazardSet set_of(Hazard hazard) {
  return HazardSet().set(static_cast<std::size_t>(hazard));
}

/// Of align_of() for that type.
HazardSet align_of_hazards(const ObjectView& view, std::uint32_t id);
/// Of what follows the ids of every type of the stack: deduplication, distillation, relocation.
HazardSet id_hazards(const ObjectView& view);
/// Of relocation alone, whose split lies on the distilled base of this view.
HazardSet relocation_hazards(const ObjectView& split, const ObjectView& distilled,
                             std::uint32_t top_strings);

}  // namespace retort
