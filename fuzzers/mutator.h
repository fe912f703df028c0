// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The mutator: a pair file in, a changed pair file out, decided by a seed alone. A plain function
// that no fuzzing engine is part of, so that every engine calls the same one through a thin
// wrapper.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace retort {

/// Changes the first `size` bytes of the buffer in place and returns their new number, at most
/// `max_size`, which the buffer must hold. Bytes that are no pair are replaced by a small generated
/// one. The result is always a pair that parse_pair() reads, if `max_size` lets one fit at all.
std::size_t mutate(std::span<std::byte> buffer, std::size_t size, std::size_t max_size,
                   std::uint64_t seed);

}  // namespace retort
