// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The same mutator as AFL++ wants it: a shared object, named by AFL_CUSTOM_MUTATOR_LIBRARY, with
// the functions of its custom mutator API. afl-fuzz loads it into itself, so it is built without
// sanitizers and without the target.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "fuzzers/crossover.h"
#include "fuzzers/mutations_program.h"
#include "fuzzers/mutator.h"
#include "fuzzers/random.h"
#include "fuzzers/trimmer.h"

namespace {

// One in so many inputs is a crossover with the second input that AFL++ offers.
constexpr std::uint32_t kCrossoverOdds = 8;

struct Mutator {
  retort::Random random;
  std::vector<std::byte> buffer;
  std::optional<retort::Trimmer> trimmer;
};

}  // namespace

extern "C" {

// The first argument is AFL++'s own state, which is not needed here.
void* afl_custom_init(void*, unsigned int seed) {
  // Set for the target `sequences`: a mutator cannot see for which target it mutates.
  if (std::getenv("RETORT_PROGRAMS") != nullptr) retort::set_flavour(retort::Flavour::programs);
  return new Mutator{retort::Random(seed), {}, {}};
}

std::size_t afl_custom_fuzz(void* data, std::uint8_t* input, std::size_t size,
                            std::uint8_t** output, std::uint8_t* other, std::size_t other_size,
                            std::size_t max_size) {
  auto& mutator = *static_cast<Mutator*>(data);
  const auto bytes = std::as_bytes(std::span(input, size));
  mutator.buffer.resize(max_size);
  *output = reinterpret_cast<std::uint8_t*>(mutator.buffer.data());
  const std::uint64_t seed = mutator.random.next();
  if (other != nullptr && mutator.random.one_in(kCrossoverOdds))
    return retort::crossover(bytes, std::as_bytes(std::span(other, other_size)), mutator.buffer,
                             max_size, seed);
  const std::size_t kept = size < max_size ? size : max_size;
  std::copy_n(bytes.begin(), kept, mutator.buffer.begin());
  return retort::mutate(mutator.buffer, kept, max_size, seed);
}

// Trimming ends when the number of the step reaches the one that is returned here: steps are 0
// while there is more to try, and then 1.
std::int32_t afl_custom_init_trim(void* data, std::uint8_t* input, std::size_t size) {
  auto& mutator = *static_cast<Mutator*>(data);
  mutator.trimmer.emplace(std::as_bytes(std::span(input, size)));
  return mutator.trimmer->has_more() ? 1 : 0;
}

std::size_t afl_custom_trim(void* data, std::uint8_t** output) {
  auto& mutator = *static_cast<Mutator*>(data);
  mutator.buffer = mutator.trimmer->variant();
  *output = reinterpret_cast<std::uint8_t*>(mutator.buffer.data());
  return mutator.buffer.size();
}

std::int32_t afl_custom_post_trim(void* data, unsigned char success) {
  auto& mutator = *static_cast<Mutator*>(data);
  mutator.trimmer->next(success != 0);
  return mutator.trimmer->has_more() ? 0 : 1;
}

void afl_custom_deinit(void* data) {
  delete static_cast<Mutator*>(data);
}

}  // extern "C"
