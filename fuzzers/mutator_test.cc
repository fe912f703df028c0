// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What engines rely on: the result fits, is a pair, and a seed decides it. And what makes the
// mutator worth its name: each mutation does something, and most leave a pair that the library
// still reads.
#include "fuzzers/mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "fuzzers/acceptance.h"
#include "fuzzers/generator.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

constexpr std::size_t kRoom = 64 * 1024;

Pair pair_of(std::uint64_t seed) {
  Random random(seed);
  return generate_pair(random);
}

std::vector<std::byte> mutate(const std::vector<std::byte>& file, std::uint64_t seed,
                              std::size_t max_size = kRoom) {
  std::vector<std::byte> buffer = file;
  buffer.resize(std::max(file.size(), max_size));
  buffer.resize(retort::mutate(buffer, file.size(), max_size, seed));
  return buffer;
}

// A pair that has gone through a few generations, as the inputs of a corpus have.
std::vector<std::byte> aged_pair(std::uint64_t seed) {
  std::vector<std::byte> file = serialize(pair_of(seed));
  for (std::uint64_t age = seed % 12; age != 0; --age) file = mutate(file, seed * 100 + age);
  return file;
}

const btf::Policy& libbpf() {
  return *btf::find_policy("libbpf-6.12");
}

TEST(Mutator, TheResultIsAPairThatFits) {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    const std::vector<std::byte> file = aged_pair(seed);
    for (const std::size_t max_size : {kRoom, file.size(), file.size() / 2, std::size_t{100}}) {
      const std::vector<std::byte> result = mutate(file, seed, max_size);
      EXPECT_LE(result.size(), max_size) << "seed " << seed;
      const auto pair = parse_pair(result);
      EXPECT_TRUE(pair) << "seed " << seed << ": " << pair.error().sentence;
    }
  }
}

TEST(Mutator, WithoutRoomForTheEmptyPairNothingIsReturned) {
  EXPECT_EQ(mutate(serialize(pair_of(1)), 1, 7).size(), 0U);
  EXPECT_EQ(mutate(serialize(pair_of(1)), 1, 8), serialize(Pair{}));
}

TEST(Mutator, ASeedDecidesTheResult) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<std::byte> file = aged_pair(seed);
    EXPECT_EQ(mutate(file, seed), mutate(file, seed)) << "seed " << seed;
  }
}

TEST(Mutator, WhatIsNoPairIsReplacedByASmallValidOne) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<std::byte> result =
        mutate(std::vector<std::byte>(seed, std::byte{0x41}), seed);
    const auto pair = parse_pair(result);
    ASSERT_TRUE(pair);
    EXPECT_FALSE(refusal(*pair, btf::agreed_policy())) << "seed " << seed;
    EXPECT_LT(result.size(), 4096U);
  }
}

TEST(Mutator, NearlyEveryCallChangesThePair) {
  unsigned changed = 0;
  constexpr unsigned kCalls = 1000;
  for (std::uint64_t seed = 0; seed < kCalls; ++seed) {
    const std::vector<std::byte> file = serialize(pair_of(seed));
    if (mutate(file, seed) != file) ++changed;
  }
  std::printf("%u of %u calls changed the pair\n", changed, kCalls);
  EXPECT_GT(changed, kCalls * 9 / 10);
}

TEST(Mutator, EveryMutationOfTheTableIsReachedAndChangesPairs) {
  constexpr std::uint64_t kPairs = 400;
  std::vector<Pair> aged;
  aged.reserve(kPairs);
  for (std::uint64_t seed = 0; seed < kPairs; ++seed) aged.push_back(*parse_pair(aged_pair(seed)));
  for (const Mutation& mutation : mutations()) {
    unsigned applied = 0;
    unsigned changed = 0;
    for (std::uint64_t seed = 0; seed < kPairs; ++seed) {
      const Pair& before = aged[seed];
      Draft draft(before);
      Random random(seed);
      if (!mutation.apply(draft, random)) continue;
      ++applied;
      if (draft.pair() != before) ++changed;
    }
    std::printf("%-28.*s weight %2u, applied to %5.1f %%, changed %5.1f %% of these\n",
                static_cast<int>(mutation.name.size()), mutation.name.data(), mutation.weight,
                100.0 * applied / kPairs, applied == 0 ? 0.0 : 100.0 * changed / applied);
    EXPECT_GT(applied, kPairs / 100) << mutation.name;
    EXPECT_GT(changed, applied / 4) << mutation.name;
  }
}

TEST(Mutator, EveryMutationIsChosenByItsWeight) {
  Random random(3);
  std::vector<const Mutation*> seen;
  for (int draw = 0; draw < 20000; ++draw) {
    const Mutation* chosen = &any_mutation(random);
    if (std::ranges::find(seen, chosen) == seen.end()) seen.push_back(chosen);
  }
  EXPECT_EQ(seen.size(), mutations().size());
}

TEST(Mutator, AMutationThatDoesNotApplyLeavesThePairAlone) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Pair before = pair_of(seed);
    for (const Mutation& mutation : mutations()) {
      Draft draft(before);
      Random random(seed);
      if (mutation.apply(draft, random)) continue;
      EXPECT_EQ(draft.pair(), before) << mutation.name << ", seed " << seed;
    }
  }
}

// What one mutation leaves in an opened stack, the next finds there, readable as bytes or not.
TEST(Mutator, ManyMutationsOfOneDraftEndInAPair) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Draft draft(pair_of(seed));
    Random random(seed);
    unsigned applied = 0;
    for (int step = 0; step < 40; ++step)
      if (any_mutation(random).apply(draft, random)) ++applied;
    EXPECT_GT(applied, 0U);
    const auto pair = parse_pair(serialize(draft.pair()));
    ASSERT_TRUE(pair) << "seed " << seed << ": " << pair.error().sentence;
    EXPECT_EQ(*pair, draft.pair());
  }
}

TEST(Mutator, AfterOneMutationMostPairsAreStillAcceptedWhole) {
  constexpr unsigned kCalls = 2000;
  unsigned accepted_before = 0;
  unsigned accepted_after = 0;
  for (std::uint64_t seed = 0; seed < kCalls; ++seed) {
    const Pair pair = pair_of(seed);
    if (refusal(pair, libbpf())) continue;
    ++accepted_before;
    if (!refusal(*parse_pair(mutate(serialize(pair), seed)), libbpf())) ++accepted_after;
  }
  std::printf(
      "libbpf-6.12's policy accepts %u of %u generated pairs, and %u of these after one call\n",
      accepted_before, kCalls, accepted_after);
  EXPECT_GT(accepted_after, accepted_before / 2);
}

TEST(Mutator, ManyGenerationsKeepAShareOfPairsReadable) {
  constexpr unsigned kPairs = 300;
  unsigned accepted = 0;
  for (std::uint64_t seed = 0; seed < kPairs; ++seed) {
    std::vector<std::byte> file = serialize(pair_of(seed));
    for (std::uint64_t age = 0; age < 30; ++age) file = mutate(file, seed * 100 + age, 8192);
    if (!refusal(*parse_pair(file), libbpf())) ++accepted;
  }
  std::printf("after 30 generations %u of %u pairs are accepted\n", accepted, kPairs);
  EXPECT_GT(accepted, kPairs / 10);
}

}  // namespace
}  // namespace retort
