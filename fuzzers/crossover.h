// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Crossover: one pair out of two. Parts come from either, or types of one are planted into the
// other together with what they refer to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "relocator/format.h"

namespace retort {

/// Writes a pair made of pairs `a` and `b` to `out` and returns its size, at most `max_size`. Where
/// only one of them is a pair it is what is returned; where neither is, a small generated one.
std::size_t crossover(btf::Bytes a, btf::Bytes b, std::span<std::byte> out, std::size_t max_size,
                      std::uint64_t seed);

}  // namespace retort
