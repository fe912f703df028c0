// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/reduce.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzzers/reduce_steps.h"
#include "fuzzers/slice.h"
#include "oracles/digest.h"

namespace retort {
namespace {

// Above this a slice is worth its one question.
constexpr std::size_t kManyTypes = 1000;

std::vector<std::string> lines_of(const std::vector<std::byte>& bytes) {
  std::vector<std::string> lines;
  std::string line;
  for (const std::byte byte : bytes) {
    line += static_cast<char>(byte);
    if (line.back() == '\n') lines.push_back(std::exchange(line, {}));
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::vector<std::byte> bytes_of(const std::vector<std::string>& lines) {
  std::vector<std::byte> bytes;
  for (const std::string& line : lines)
    for (const char c : line) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

void slice_if_large(Reducing& reducing) {
  if (count_types(reducing.pair()) < kManyTypes) return;
  if (auto sliced = slice(reducing.pair())) reducing.attempt(std::move(*sliced));
}

}  // namespace

bool Reducing::is_over() const {
  return questions_ >= budget_.questions || (budget_.is_over && budget_.is_over());
}

bool Reducing::attempt(Pair candidate) {
  if (is_over() || candidate == pair_ || !asked_.insert(digest_of(candidate)).second) return false;
  ++questions_;
  if (!shows_(candidate)) return false;
  ++successes_;
  pair_ = std::move(candidate);
  return true;
}

void reduce_parts(Reducing& reducing) {
  take_in_chunks(reducing.pair().parts.size(), [&](std::size_t begin, std::size_t end) {
    Pair candidate = reducing.pair();
    const auto first = candidate.parts.begin();
    candidate.parts.erase(first + static_cast<std::ptrdiff_t>(begin),
                          first + static_cast<std::ptrdiff_t>(end));
    return reducing.attempt(std::move(candidate));
  });
}

void reduce_program(Reducing& reducing) {
  const std::vector<std::byte>* program = reducing.pair().find(kProgram);
  if (program == nullptr) return;
  std::vector<std::string> lines = lines_of(*program);
  take_in_chunks(lines.size(), [&](std::size_t begin, std::size_t end) {
    std::vector<std::string> fewer = lines;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin),
                fewer.begin() + static_cast<std::ptrdiff_t>(end));
    Pair candidate = reducing.pair();
    candidate.set(kProgram, bytes_of(fewer));
    if (!reducing.attempt(std::move(candidate))) return false;
    lines = std::move(fewer);
    return true;
  });
}

Reduction reduce(Pair pair, const StillShows& shows, const ReduceBudget& budget) {
  Reducing reducing(std::move(pair), shows, budget);
  static constexpr std::array steps = {reduce_parts,    reduce_program, reduce_types,
                                       reduce_elements, reduce_headers, reduce_names,
                                       reduce_values,   reduce_bytes};
  reduce_parts(reducing);
  slice_if_large(reducing);
  std::size_t before = 0;
  do {
    before = reducing.successes();
    for (const auto step : steps)
      if (!reducing.is_over()) step(reducing);
  } while (reducing.successes() > before && !reducing.is_over());
  return {
      .pair = reducing.pair(), .questions = reducing.questions(), .finished = !reducing.is_over()};
}

std::size_t count_types(const Pair& pair) {
  Draft draft(pair);
  std::size_t count = 0;
  for (const Where where : kWheres)
    if (const Stack* stack = draft.open(where)) count += stack->end_id() - 1;
  return count;
}

}  // namespace retort
