// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Fault injection: an operation is repeated with its n-th allocation failing, and has to end in
// ENOMEM and nothing else. The allocator is libbpf's alone, so that nothing around it fails.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "oracles/answer.h"
#include "oracles/libbpf/ops.h"
#include "oracles/pair.h"
#include "oracles/properties/hazards.h"
#include "oracles/properties/laws.h"
#include "oracles/properties/library_stack.h"

namespace retort {

std::span<const Law> nomem_properties();

/// The allocations that are made to fail: all where they are few, else some that the pair decides.
std::vector<std::uint64_t> allocations_to_fail(std::uint64_t count, const Pair& pair);

/// The hazards that the program gets to with the allocations failing that check_nomem() lets fail.
HazardSet nomem_hazards(const Pair& pair, btf::Dialect dialect);

/// Whether the operation, if it runs the program, gets to the hazard.
constexpr bool runs_program(Op op) {
  return op == Op::sequence || op == Op::nomem;
}
bool reaches_by(Op op, const Pair& pair, btf::Dialect dialect, Hazard hazard);

/// Asks for the operation, with input_preserved to be found out on every rejection.
using AskOnce = std::function<Answer(Op)>;

/// Every operation of the pair that is no property operation, and its program.
Answer check_nomem(const Library& library, const Pair& pair, const AskOnce& ask);

}  // namespace retort
