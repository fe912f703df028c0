// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The child of two pairs is a pair that fits, has something of both, and is decided by a seed.
#include "fuzzers/crossover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "fuzzers/acceptance.h"
#include "fuzzers/generator.h"

namespace retort {
namespace {

constexpr std::size_t kRoom = 64 * 1024;

std::vector<std::byte> file_of(std::uint64_t seed) {
  Random random(seed);
  return serialize(generate_pair(random));
}

std::vector<std::byte> cross(btf::Bytes a, btf::Bytes b, std::uint64_t seed,
                             std::size_t max_size = kRoom) {
  std::vector<std::byte> out(max_size);
  out.resize(crossover(a, b, out, max_size, seed));
  return out;
}

TEST(Crossover, TheChildIsAPairThatFits) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto a = file_of(seed);
    const auto b = file_of(seed + 1);
    for (const std::size_t max_size : {kRoom, a.size(), a.size() / 2, std::size_t{8}}) {
      const auto child = cross(a, b, seed, max_size);
      EXPECT_LE(child.size(), max_size) << "seed " << seed;
      EXPECT_TRUE(parse_pair(child)) << "seed " << seed;
    }
    EXPECT_EQ(cross(a, b, seed, 7).size(), 0U);
  }
}

TEST(Crossover, MostChildrenDifferFromBothAndManyAreStillAccepted) {
  unsigned different = 0;
  unsigned accepted = 0;
  constexpr unsigned kCalls = 1000;
  for (std::uint64_t seed = 0; seed < kCalls; ++seed) {
    const auto a = file_of(seed);
    const auto b = file_of(seed + kCalls);
    const auto child = cross(a, b, seed);
    if (child != a && child != b) ++different;
    if (!refusal(*parse_pair(child), *btf::find_policy("libbpf-6.12"))) ++accepted;
  }
  std::printf("of %u children %u differ from both parents, libbpf-6.12's policy accepts %u\n",
              kCalls, different, accepted);
  EXPECT_GT(different, kCalls / 2);
  EXPECT_GT(accepted, kCalls / 2);
}

TEST(Crossover, ASeedDecidesTheChild) {
  const auto a = file_of(1);
  const auto b = file_of(2);
  for (std::uint64_t seed = 0; seed < 100; ++seed) EXPECT_EQ(cross(a, b, seed), cross(a, b, seed));
}

TEST(Crossover, WhereOneIsNoPairTheOtherIsTheChild) {
  const auto a = file_of(1);
  const std::vector<std::byte> junk(50, std::byte{1});
  EXPECT_EQ(cross(a, junk, 3), a);
  EXPECT_EQ(cross(junk, a, 3), a);
}

TEST(Crossover, WhereNeitherIsAPairTheChildIsASmallValidOne) {
  const std::vector<std::byte> junk(50, std::byte{1});
  const auto child = parse_pair(cross(junk, junk, 3));
  ASSERT_TRUE(child);
  EXPECT_FALSE(refusal(*child, btf::agreed_policy()));
}

}  // namespace
}  // namespace retort
