// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A set of type ids, one bit each, that can tell how many of its ids are smaller than one: so what
// is known about the few types that a split uses can stand in a dense array, without hashing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace btf {

class IdSet {
 public:
  /// A set of ids below `end`.
  explicit IdSet(std::uint32_t end = 0)
      : words_(end / kBits + 1),
        used_words_(words_.size() / kBits + 1),
        smaller_(std::make_unique_for_overwrite<std::uint32_t[]>(words_.size())) {}

  [[nodiscard]] bool has(std::uint32_t id) const {
    return (words_[id / kBits] >> id % kBits & 1) != 0;
  }
  void insert(std::uint32_t id) {
    const std::uint32_t at = id / kBits;
    words_[at] |= std::uint64_t{1} << id % kBits;
    used_words_[at / kBits] |= std::uint64_t{1} << at % kBits;
  }

  /// The ids, ascending. rank() answers for these until the next insertion.
  std::vector<std::uint32_t> ranked() {
    std::vector<std::uint32_t> ids;
    for_each_bit(used_words_, [&](std::uint32_t at) {
      smaller_[at] = static_cast<std::uint32_t>(ids.size());
      for_each_bit(std::span(&words_[at], 1),
                   [&](std::uint32_t bit) { ids.push_back(at * kBits + bit); });
    });
    return ids;
  }
  /// How many ids of the set are smaller than this one of it.
  [[nodiscard]] std::size_t rank(std::uint32_t id) const {
    const std::uint64_t below = (std::uint64_t{1} << id % kBits) - 1;
    return smaller_[id / kBits] +
           static_cast<std::size_t>(std::popcount(words_[id / kBits] & below));
  }

 private:
  static constexpr std::uint32_t kBits = 64;

  template <class Visit>
  static void for_each_bit(std::span<const std::uint64_t> words, Visit&& visit) {
    for (std::uint32_t at = 0; at < words.size(); ++at)
      for (std::uint64_t bits = words[at]; bits != 0; bits &= bits - 1)
        visit(at * kBits + static_cast<std::uint32_t>(std::countr_zero(bits)));
  }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> used_words_;     ///< a bit for each word that is not zero
  std::unique_ptr<std::uint32_t[]> smaller_;  ///< by such a word: how many ids stand before it
};

}  // namespace btf
