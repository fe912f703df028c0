// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What all fuzz targets share: an input is a pair file, and a target is the list of operations that
// it asks. To add one: a file in targets/ with its list, and its name in CMakeLists.txt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "oracles/answer.h"

namespace retort {

/// Longer inputs find nothing that shorter ones do not, and cost time: 64 KiB hold some thousand
/// types.
inline constexpr std::size_t kMaxInputBytes = std::size_t{64} * 1024;

/// Asks those of `ops` that the input's parts allow; aborts on what nothing explains. Returns 0,
/// as libFuzzer wants it. What is no pair file is left alone.
int run_target(const std::uint8_t* data, std::size_t size, std::span<const Op> ops);

}  // namespace retort
