// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the generator and the mutator rely on: the stream is the published one, and bounds hold.
#include "fuzzers/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace retort {
namespace {

TEST(Random, TheStreamIsSplitmix64) {
  Random random(0);
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafU);
  EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4U);
  EXPECT_EQ(random.next(), 0x06c45d188009454fU);
}

TEST(Random, NumbersStayWithinTheirBoundsAndReachThem) {
  Random random(1);
  std::set<std::uint32_t> seen;
  for (int draw = 0; draw < 200; ++draw) seen.insert(random.between(3, 7));
  EXPECT_EQ(seen, (std::set<std::uint32_t>{3, 4, 5, 6, 7}));
  for (int draw = 0; draw < 20; ++draw) EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, EveryElementIsPicked) {
  Random random(2);
  constexpr std::array kLetters = {'a', 'b', 'c'};
  std::set<char> seen;
  for (int draw = 0; draw < 100; ++draw) seen.insert(random.pick(kLetters));
  EXPECT_EQ(seen.size(), kLetters.size());
}

}  // namespace
}  // namespace retort
