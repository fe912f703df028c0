// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The generator: valid pairs out of a seed. Every part is accepted by the agreed policy; whether
// the split relocates onto the target depends on how far that was varied.
#pragma once

#include <cstdint>

#include "fuzzers/edit.h"
#include "fuzzers/random.h"
#include "oracles/pair.h"

namespace retort {

/// How many types a side has about: a type brings those that it needs.
struct GeneratorLimits {
  std::uint32_t base_types = 50;
  std::uint32_t split_types = 30;
};
/// For the place of an input that is no pair.
inline constexpr GeneratorLimits kSmallPair = {.base_types = 6, .split_types = 4};

/// BASE and SPLT, with a TRGT or without, or DIST, SPLT and TRGT.
Pair generate_pair(Random& random, const GeneratorLimits& limits = {});

/// One valid layer of about that many types on top of a valid stack.
void generate_layer(Stack& stack, std::uint32_t types, Random& random);

/// The layer lists the sizes of all kinds, as BTF of 2026 may do.
void describe_layout(Layer& layer);

}  // namespace retort
