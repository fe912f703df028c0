// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Names as numbers: for each string offset of a stack one offset that stands for all strings of the
// same content. Only offsets that are asked for are ever hashed, each once, so that afterwards two
// names compare as two words.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "relocator/beginnings.h"
#include "relocator/btf.h"
#include "relocator/lazy_array.h"

namespace btf {

/// Which names had been asked for at some time; the empty one always is.
class KnownNames {
 public:
  [[nodiscard]] bool has(std::uint32_t offset) const;

 private:
  friend class CanonicalNames;
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t offset = 0;  ///< 0 where the slot is free: the empty string is never kept
  };
  explicit KnownNames(const Btf& top) : top_(top) {}
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint32_t hash) const;

  const Btf& top_;
  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  Beginnings beginnings_;
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

  /// The names asked for until now.
  [[nodiscard]] KnownNames known() const { return names_; }

 private:
  std::uint32_t look_up(std::uint32_t offset);
  void grow();

  const Btf& top_;
  std::uint32_t end_;
  LazyArray canonical_;  ///< by offset: one more than the canonical offset, or 0 where unknown
  KnownNames names_;
  std::size_t used_ = 0;
};

}  // namespace btf
