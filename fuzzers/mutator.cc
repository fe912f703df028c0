// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// From pair to pair: mutations are drawn from the table until one applies, and again where the
// result does not fit.
#include "fuzzers/mutator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "fuzzers/generator.h"
#include "fuzzers/mutations.h"
#include "fuzzers/mutations_program.h"
#include "oracles/pair.h"

namespace retort {
namespace {

// How often another mutation is tried where one has nothing to work on, or the result is too long.
constexpr int kTries = 8;
constexpr std::uint32_t kMatchOdds = 3;

bool is_for_programs() {
  return flavour() == Flavour::programs;
}

const Mutation& any_of_flavour(Random& random) {
  if (const Mutation* preferred = preferred_mutation(); preferred != nullptr && random.one_in(2))
    return *preferred;
  // The program decides more than what it runs on.
  if (is_for_programs() && !random.one_in(3)) return any_program_mutation(random);
  return any_mutation(random);
}

void apply_one(Draft& draft, Random& random) {
  for (int attempt = 0; attempt < kTries; ++attempt)
    if (any_of_flavour(random).apply(draft, random)) return;
}

std::vector<std::byte> mutated(const Pair& pair, Random& random) {
  Draft draft(pair);
  // Mostly one, so that a finding shows what it depends on; now and then a few at once.
  apply_one(draft, random);
  while (random.one_in(4)) apply_one(draft, random);
  // What a mutation changed about one type is only seen if all others have their match.
  if (random.one_in(kMatchOdds)) match_all(draft, random);
  if (is_for_programs()) ensure_program(draft, random);
  return serialize(draft.pair());
}

std::size_t store(std::span<std::byte> buffer, const std::vector<std::byte>& bytes) {
  std::ranges::copy(bytes, buffer.begin());
  return bytes.size();
}

// Smaller and smaller, down to the empty pair.
std::size_t store_small_pair(std::span<std::byte> buffer, Random& random) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    Draft draft(generate_pair(random, kSmallPair));
    if (is_for_programs()) ensure_program(draft, random);
    const auto bytes = serialize(draft.pair());
    if (bytes.size() <= buffer.size()) return store(buffer, bytes);
  }
  const auto empty = serialize(Pair{});
  return empty.size() <= buffer.size() ? store(buffer, empty) : 0;
}

}  // namespace

std::size_t mutate(std::span<std::byte> buffer, std::size_t size, std::size_t max_size,
                   std::uint64_t seed) {
  Random random(seed);
  const std::span<std::byte> room = buffer.first(std::min(max_size, buffer.size()));
  const auto pair = parse_pair(buffer.first(std::min(size, buffer.size())));
  if (!pair) return store_small_pair(room, random);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const std::vector<std::byte> bytes = mutated(*pair, random);
    if (bytes.size() <= room.size()) return store(room, bytes);
  }
  return size <= room.size() ? size : store_small_pair(room, random);
}

}  // namespace retort
