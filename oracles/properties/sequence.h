// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Sequences: the program of a pair's PROG part, run on one version of libbpf three times, and what
// has to hold of it whatever it does. None of it needs a second implementation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "oracles/answer.h"
#include "oracles/libbpf/ops.h"
#include "oracles/pair.h"
#include "oracles/properties/hazards.h"
#include "oracles/properties/interpreter.h"
#include "oracles/properties/laws.h"
#include "oracles/properties/library_stack.h"

namespace retort {

/// All promises, in the order of Promise, and a last one: that all memory is given back.
std::span<const Law> sequence_properties();
const Law& property_of(Promise promise);

/// Accepted where every promise holds, else the first that is broken.
Answer check_sequence(const Library& library, const Pair& pair);

/// The version of libbpf that stands for all that read the info word so; any one where none does.
const libbpf_ops& version_reading(btf::Dialect dialect);

/// The hazards that the program gets to, found by running it without them.
HazardSet sequence_hazards(const Pair& pair, btf::Dialect dialect);
bool reaches(const Pair& pair, btf::Dialect dialect, Hazard hazard);

/// What a program is by its text, whatever the parts hold.
enum class ProgramReach : std::uint8_t {
  valid,       ///< objects are made, edited, then used
  call_order,  ///< an object is edited again after it was used
  misuse,      ///< a documented precondition is broken, by calls that are never executed
};
struct ProgramJudgement {
  ProgramReach reach = ProgramReach::valid;
  std::string why{};  ///< the first call that makes it so; empty for valid ones
};
ProgramJudgement judge_program(std::string_view program);

}  // namespace retort
