// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the steps of a reduction have in common: the pair in hand, which a smaller one replaces
// wherever the caller's predicate holds for it, and the order in which things are taken away, in
// ever smaller chunks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "fuzzers/draft.h"
#include "fuzzers/reduce.h"
#include "oracles/pair.h"

namespace retort {

class Reducing {
 public:
  Reducing(Pair pair, const StillShows& shows, const ReduceBudget& budget)
      : pair_(std::move(pair)), shows_(shows), budget_(budget) {}

  [[nodiscard]] const Pair& pair() const { return pair_; }
  [[nodiscard]] std::size_t questions() const { return questions_; }
  [[nodiscard]] std::size_t successes() const { return successes_; }
  [[nodiscard]] bool is_over() const;

  /// Whether the candidate still shows it; then it is the pair in hand. None is asked about twice.
  bool attempt(Pair candidate);

  /// The same with an edit of one stack; `edit` says whether it changed anything.
  template <class Edit>
  bool attempt_edit(Where where, Edit&& edit) {
    if (is_over()) return false;
    Draft draft(pair_);
    Stack* stack = draft.open(where);
    if (stack == nullptr || !edit(*stack)) return false;
    return attempt(std::move(draft.pair()));
  }
  /// The same with an edit of every stack.
  template <class Edit>
  bool attempt_edit_of_all(Edit&& edit) {
    if (is_over()) return false;
    Draft draft(pair_);
    bool changed = false;
    for (const Where where : kWheres)
      if (Stack* stack = draft.open(where)) changed = edit(*stack) || changed;
    return changed && attempt(std::move(draft.pair()));
  }

 private:
  Pair pair_;
  const StillShows& shows_;
  const ReduceBudget& budget_;
  std::unordered_set<std::uint64_t> asked_;
  std::size_t questions_ = 0;
  std::size_t successes_ = 0;
};

/// Takes away as many of `count` things as go: all at once, then halves, and so on. `take(begin,
/// end)` says whether they are gone; those behind have moved up then. From the end, since what
/// comes later depends on what came before.
template <class Take>
void take_in_chunks(std::size_t count, Take&& take) {
  for (std::size_t chunk = count; chunk > 0; chunk /= 2)
    for (std::size_t end = count; end > 0;) {
      const std::size_t begin = end > chunk ? end - chunk : 0;
      if (take(begin, end)) count -= end - begin;
      end = begin;
    }
}

// The steps. Each leaves the pair in hand as small as it can make it.
void reduce_parts(Reducing& reducing);
void reduce_types(Reducing& reducing);
void reduce_elements(Reducing& reducing);
void reduce_headers(Reducing& reducing);
void reduce_names(Reducing& reducing);
void reduce_values(Reducing& reducing);
void reduce_program(Reducing& reducing);
void reduce_bytes(Reducing& reducing);

}  // namespace retort
