// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Names as numbers: for each string offset of a stack one offset that stands for all strings of the
// same content. Only offsets that are asked for are ever hashed, each once, so that afterwards two
// names compare as two words.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "relocator/btf.h"

namespace btf {

/// An array of zeros whose pages cost nothing until they are touched.
class LazyArray {
 public:
  explicit LazyArray(std::size_t size)
      : words_(static_cast<std::uint32_t*>(std::calloc(size + 1, sizeof(std::uint32_t)))) {}
  std::uint32_t& operator[](std::size_t index) { return words_.get()[index]; }
  std::uint32_t operator[](std::size_t index) const { return words_.get()[index]; }

 private:
  struct Free {
    void operator()(std::uint32_t* words) const { std::free(words); }
  };
  std::unique_ptr<std::uint32_t[], Free> words_;
};

class CanonicalNames {
 public:
  /// What canonical() gives for an offset that is out of range.
  static constexpr std::uint32_t kOutOfRange = 0xffffffff;

  explicit CanonicalNames(const Btf& top);

  /// The first offset asked for whose string is equal; 0 for the empty string.
  std::uint32_t canonical(std::uint32_t offset) {
    if (offset >= end_) return kOutOfRange;
    const std::uint32_t known = canonical_[offset];
    return known != 0 ? known - 1 : look_up(offset);
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t offset = 0;  ///< 0 where the slot is free: the empty string is never kept
  };
  std::uint32_t look_up(std::uint32_t offset);
  void grow();

  const Btf& top_;
  std::uint32_t end_;
  LazyArray canonical_;  ///< by offset: one more than the canonical offset, or 0 where unknown
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace btf
