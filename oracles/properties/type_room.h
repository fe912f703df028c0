// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// How much room libbpf takes the block of an object's types to have. It makes the block larger only
// where that says so: what leaves a smaller block in its place makes the next call write beyond it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace retort {

struct TypeRoom {
  std::uint32_t used = 0;  ///< bytes of types
  std::uint32_t room = 0;  ///< bytes that libbpf takes the block to have
  bool is_exact = false;   ///< the block has no more than `used`, whatever libbpf takes it to have

  /// Of a block that has just what it holds.
  static TypeRoom of(std::uint32_t bytes) { return {.used = bytes, .room = bytes}; }

  /// Whether appending so many bytes writes beyond the block.
  [[nodiscard]] bool overflows(std::uint32_t bytes) const {
    return is_exact && bytes != 0 && used + bytes <= room;
  }

  void append(std::uint32_t bytes) {
    constexpr std::uint32_t kLeast = 16;
    used += bytes;
    if (used <= room) return;
    room = std::max({used, room + room / 4, kLeast});
    is_exact = false;
  }
};

}  // namespace retort
