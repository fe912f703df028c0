// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Trimming, as AFL++ asks for it: one smaller variant after the other, of which the engine keeps
// those that still reach what the input reached. Types go in ever smaller chunks, each with what
// refers to it, so that what is left can still be walked.
#pragma once

#include <cstddef>
#include <vector>

#include "fuzzers/draft.h"
#include "oracles/pair.h"

namespace retort {

class Trimmer {
 public:
  /// What is no pair file has no smaller variants.
  explicit Trimmer(Bytes input);

  /// Whether another variant is there to be tried.
  [[nodiscard]] bool has_more() const { return place_ < kWheres.size() && attempts_ > 0; }
  /// The variant; never longer than the input, and the input itself where nothing can go here.
  std::vector<std::byte> variant();
  /// Says whether the variant is kept; moves on.
  void next(bool kept);

 private:
  [[nodiscard]] std::size_t types_here();
  void start_place();

  static constexpr std::size_t kMostAttempts = 128;

  Pair pair_;
  Pair candidate_;
  std::size_t place_ = kWheres.size();  ///< index in kWheres
  std::size_t chunk_ = 0;
  std::size_t end_ = 0;  ///< one past the last type of the chunk, counted through the stack
  std::size_t attempts_ = kMostAttempts;
};

}  // namespace retort
