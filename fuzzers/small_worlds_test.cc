// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Every relocation of up to two named types onto up to two, through all oracles and policies, in
// shares that can run beside each other.
#include "fuzzers/small_worlds.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace retort {
namespace {

constexpr std::uint32_t kShares = 2;

class SmallWorlds : public testing::TestWithParam<std::uint32_t> {};

TEST_P(SmallWorlds, OfTwoTypesASideHoldNothingThatIsUnexplained) {
  const WorldSize size = {.distilled = 2, .target = 2, .share = GetParam(), .shares = kShares};
  const WorldCounts counts = explore(size);
  std::printf(
      "%llu cases, %llu relocate, %llu answers differ as foretold, %llu guarded, %zu "
      "behaviours\n",
      static_cast<unsigned long long>(counts.cases),
      static_cast<unsigned long long>(counts.accepted),
      static_cast<unsigned long long>(counts.differing),
      static_cast<unsigned long long>(counts.guarded), counts.behaviours.size());
  EXPECT_TRUE(counts.findings.empty());
  EXPECT_GT(counts.accepted, 1000U);
  EXPECT_GT(counts.differing, 1000U);
  EXPECT_GT(counts.behaviours.size(), 100U);
}

INSTANTIATE_TEST_SUITE_P(Shares, SmallWorlds, testing::Range(0U, kShares));

TEST(SmallWorlds, AreCountedInFull) {
  // One distilled type with the first name: INT, FLOAT, ENUM of two sizes, STRUCT and UNION of two
  // sizes embedded or not, FWD of two sorts; targets of no type and of each one with both names.
  const WorldCounts counts = explore({.distilled = 1, .target = 1});
  EXPECT_EQ(counts.cases, (3U * 2 + 2 * 4 + 2) * (1 + 2 * (6 * 2 + 2)));
  EXPECT_EQ(distilled_sides({.distilled = 1, .target = 1}), 16U);
}

TEST(SmallWorlds, OfSharesAreTheWhole) {
  WorldCounts whole = explore({.distilled = 1, .target = 2});
  std::uint64_t cases = 0;
  for (std::uint32_t share = 0; share < 3; ++share)
    cases += explore({.distilled = 1, .target = 2, .share = share, .shares = 3}).cases;
  EXPECT_EQ(cases, whole.cases);
}

}  // namespace
}  // namespace retort
