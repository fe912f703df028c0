// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutation goes through the hooks that libFuzzer and centipede call; AFL++ loads afl_mutator.cc
// instead.
#include "fuzzers/target.h"

#include <algorithm>

#include "fuzzers/crossover.h"
#include "fuzzers/mutator.h"
#include "oracles/fuzz_check.h"
#include "oracles/pair.h"

namespace retort {
namespace {

// libFuzzer crosses as often as it mutates; one crossover in so many is enough.
constexpr unsigned kCrossoverOdds = 4;

}  // namespace

int run_target(const std::uint8_t* data, std::size_t size, std::span<const Op> ops) {
  if (size > kMaxInputBytes) return 0;
  const auto pair = parse_pair(std::as_bytes(std::span(data, size)));
  if (pair) check_pair_or_abort(*pair, ops);
  return 0;
}

}  // namespace retort

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  return retort::mutate(std::as_writable_bytes(std::span(data, max_size)), size, max_size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_out_size,
                                                 unsigned int seed) {
  if (seed % retort::kCrossoverOdds != 0) {
    const std::size_t kept = std::min(size1, max_out_size);
    std::copy_n(data1, kept, out);
    return LLVMFuzzerCustomMutator(out, kept, max_out_size, seed);
  }
  return retort::crossover(
      std::as_bytes(std::span(data1, size1)), std::as_bytes(std::span(data2, size2)),
      std::as_writable_bytes(std::span(out, max_out_size)), max_out_size, seed);
}
