// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// make-mutants: a folder of mutated pairs that a module and its kernel could be, the same for the
// same seed on any machine. They are for comparisons that cannot run inside a fuzz target, as with
// a booted kernel.
//
// usage: make-mutants SEED COUNT OUT PAIR...
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzzers/generator.h"
#include "fuzzers/mutator.h"
#include "fuzzers/random.h"
#include "fuzzers/target.h"
#include "oracles/answer.h"
#include "oracles/pair.h"

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

constexpr std::uint32_t kMostMutations = 4;
// One in so many begins with a pair that nobody has seen.
constexpr std::uint32_t kGeneratedOdds = 3;

bool is_module_and_kernel(const Bytes& bytes) {
  const auto pair = retort::parse_pair(bytes);
  return pair && pair->splits().size() == 1 && pair->find(retort::kDistilled) != nullptr &&
         pair->find(retort::kTarget) != nullptr;
}

Bytes mutant(const std::vector<Bytes>& seeds, retort::Random& random) {
  while (true) {
    const bool generated = seeds.empty() || random.one_in(kGeneratedOdds);
    Bytes bytes = generated ? retort::serialize(retort::generate_pair(random)) : random.pick(seeds);
    for (std::uint32_t left = random.between(1, kMostMutations); left > 0; --left) {
      const std::size_t size = bytes.size();
      bytes.resize(retort::kMaxInputBytes);
      bytes.resize(retort::mutate(bytes, size, bytes.size(), random.next()));
    }
    if (is_module_and_kernel(bytes)) return bytes;
  }
}

bool write_whole(const fs::path& path, const Bytes& bytes) {
  const fs::path temporary = path.string() + ".partial";
  {
    std::ofstream file(temporary, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) return false;
  }
  std::error_code error;
  fs::rename(temporary, path, error);
  return !error;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  return error == std::errc{} && end == text.end();
}

std::vector<Bytes> read_seeds(std::span<char* const> paths) {
  std::vector<Bytes> seeds;
  for (const char* path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    Bytes bytes(begin, begin + text.size());
    // What the mutator could not make a mutant of is no seed of it.
    if (bytes.size() <= retort::kMaxInputBytes && is_module_and_kernel(bytes))
      seeds.push_back(std::move(bytes));
  }
  return seeds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
  std::uint64_t seed = 0;
  std::uint32_t count = 0;
  if (words.size() < 4 || !read_number(words[1], seed) || !read_number(words[2], count)) {
    std::fprintf(stderr, "usage: make-mutants SEED COUNT OUT PAIR...\n");
    return 2;
  }
  const fs::path out(words[3]);
  std::error_code error;
  fs::create_directories(out, error);
  const std::vector<Bytes> seeds = read_seeds(words.subspan(4));
  retort::Random random(seed);
  for (std::uint32_t index = 0; index < count; ++index) {
    std::string number = std::to_string(index);
    number.insert(0, 6 - std::min<std::size_t>(6, number.size()), '0');
    const fs::path path = out / ("mutant-" + number + ".pair");
    if (!write_whole(path, mutant(seeds, random))) {
      std::fprintf(stderr, "make-mutants: %s cannot be written.\n", path.c_str());
      return 2;
    }
  }
  return 0;
}
