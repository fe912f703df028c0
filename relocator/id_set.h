// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A set of type ids, one bit each, that can tell how many of its ids are smaller than one: so what
// is known about the few types that a split uses can stand in a dense array, without hashing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace btf {

class IdSet {
 public:
  /// A set of ids below `end`.
  explicit IdSet(std::uint32_t end = 0) : words_(std::size_t{end} / kBits + 1) {}

  [[nodiscard]] bool has(std::uint32_t id) const {
    return (words_[id / kBits].bits >> id % kBits & 1) != 0;
  }
  void insert(std::uint32_t id) { words_[id / kBits].bits |= std::uint64_t{1} << id % kBits; }

  /// The ids, ascending. rank() answers for these until the next insertion.
  std::vector<std::uint32_t> ranked() {
    std::vector<std::uint32_t> ids;
    for (std::size_t at = 0; at < words_.size(); ++at) {
      words_[at].smaller = static_cast<std::uint32_t>(ids.size());
      for (std::uint64_t bits = words_[at].bits; bits != 0; bits &= bits - 1)
        ids.push_back(static_cast<std::uint32_t>(at * kBits) +
                      static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
    return ids;
  }
  /// How many ids of the set are smaller.
  [[nodiscard]] std::size_t rank(std::uint32_t id) const {
    const Word& word = words_[id / kBits];
    const std::uint64_t below = (std::uint64_t{1} << id % kBits) - 1;
    return word.smaller + static_cast<std::size_t>(std::popcount(word.bits & below));
  }

 private:
  static constexpr std::uint32_t kBits = 64;
  struct Word {
    std::uint64_t bits = 0;
    std::uint32_t smaller = 0;  ///< how many ids stand in the words before
  };
  std::vector<Word> words_;
};

}  // namespace btf
