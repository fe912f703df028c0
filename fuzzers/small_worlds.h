// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Small worlds: every relocation of a few named types onto a few named types, through every oracle
// and every policy. What mutation meets by chance, enumeration cannot miss: all kinds, two names,
// two sizes, embedded or not, every order of the target.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "oracles/pair.h"

namespace retort {

/// How large the worlds are, and which share of them is visited.
struct WorldSize {
  std::uint32_t distilled = 2;  ///< every multiset of 1 to so many distilled types
  std::uint32_t target = 2;     ///< every sequence of up to so many types of the target
  std::uint32_t share = 0;      ///< of `shares`, by the distilled types
  std::uint32_t shares = 1;
};

struct WorldCounts {
  std::uint64_t cases = 0;
  std::uint64_t accepted = 0;   ///< the reference relocates, under the agreed policy
  std::uint64_t differing = 0;  ///< answers of an oracle that are not the reference's, as foretold
  std::uint64_t guarded = 0;    ///< kept away from an oracle
  /// What happened to each distilled type, under every oracle and policy, in words.
  std::set<std::string> behaviours;
  std::vector<Pair> findings;  ///< answers that nothing explains, at most kWorldFindings
};
inline constexpr std::size_t kWorldFindings = 10;

/// How many distilled sides of that size there are: one step of explore() each.
std::uint64_t distilled_sides(const WorldSize& size);

/// Visits them all; `step` is called after each distilled side.
WorldCounts explore(const WorldSize& size, const std::function<void()>& step = {});

}  // namespace retort
