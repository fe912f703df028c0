// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Reach: who can meet what a pair shows. It is determined from the pair alone, never said by hand:
// valid input is what any loader may be given, malformed input has to get past whoever hands it in,
// and a sequence of calls may be out of order or break what is documented.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "oracles/pair.h"

namespace retort {

enum class Reach : std::uint8_t {
  valid,       ///< the strictest check accepts every part
  malformed,   ///< a part is refused by some check, or cannot be walked
  call_order,  ///< valid or malformed parts, and calls in an order that nobody needs
  misuse,      ///< a documented precondition of a call is broken; never a defect
};
inline constexpr Reach kReaches[] = {Reach::valid, Reach::malformed, Reach::call_order,
                                     Reach::misuse};
std::string_view reach_name(Reach reach);
/// What the word means, as half a sentence for reports.
std::string_view reach_sentence(Reach reach);

struct ReachJudgement {
  Reach reach = Reach::valid;
  std::string why;  ///< the first place where a part is refused; empty for valid ones
};

/// The worst of what the parts and the program are.
ReachJudgement reach_of(const Pair& pair);

/// What the calls of the PROG part are by themselves, whatever the other parts hold.
ReachJudgement reach_of_program(std::string_view program);

}  // namespace retort
