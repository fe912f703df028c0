// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Reducing: the smallest pair that still shows something. What it has to show is the caller's to
// say, as a predicate; here are the steps by which a pair gets smaller (parts, types, members,
// headers, names, values, lines of the program, bytes of what cannot be walked), tried again and
// again until none of them succeeds (delta debugging). Every step makes the pair smaller by some
// count, so this ends; it asks the same questions in the same order for the same pair.
#pragma once

#include <cstddef>
#include <functional>

#include "oracles/pair.h"

namespace retort {

/// Whether a candidate still shows what the pair showed.
using StillShows = std::function<bool(const Pair& candidate)>;

struct ReduceBudget {
  std::size_t questions = 200'000;
  std::function<bool()> is_over;  ///< asked before each question; never over where it is empty
};

struct Reduction {
  Pair pair;
  std::size_t questions = 0;
  bool finished = true;  ///< nothing more could be taken away; false where the budget ended first
};

/// The pair itself is taken to show it.
Reduction reduce(Pair pair, const StillShows& shows, const ReduceBudget& budget = {});

/// How many types all parts have together; parts that cannot be walked count none.
std::size_t count_types(const Pair& pair);

}  // namespace retort
