// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Names by their first bytes alone: a set that a walk over all names of a kernel can ask for next
// to nothing, before anything is measured or hashed.
#pragma once

#include <bit>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace btf {

class Beginnings {
 public:
  void add(std::string_view name) { bits_[bit_of(name.data(), name.size())] = true; }
  /// False where no name of the set begins as the string at `text` does, of which there are
  /// `available` bytes with a NUL among them.
  [[nodiscard]] bool may_have(const char* text, std::size_t available) const {
    return bits_[bit_of(text, available)];
  }

 private:
  static constexpr unsigned kLog = 16;

  // Of at most eight bytes, those before a NUL.
  static std::size_t bit_of(const char* text, std::size_t available) {
    std::uint64_t word = 0;
    if (available >= sizeof word)
      std::memcpy(&word, text, sizeof word);
    else if (available != 0)
      std::memcpy(&word, text, available);
    if constexpr (std::endian::native == std::endian::little) {
      const std::uint64_t zeros = (word - 0x0101010101010101) & ~word & 0x8080808080808080;
      if (zeros != 0) word &= (zeros & -zeros) / 0x80 - 1;
    } else {
      for (std::uint64_t mask = 0xff00000000000000; mask != 0; mask >>= 8)
        if ((word & mask) == 0) word &= ~(mask | (mask - 1));
    }
    return word * 0x9e3779b97f4a7c15 >> (64 - kLog);
  }

  std::bitset<std::size_t{1} << kLog> bits_;
};

}  // namespace btf
