// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What comparison costs: the fuzz target `relocate` (model, libbpf, comparison) beside a loop that
// asks libbpf the same operations and looks at nothing, over the same pairs in the same process.
// Pairs that a guard keeps away from libbpf are left out: alone it would not survive them.
//
// usage: bench-fuzz-loop [--benchmark_...]; environment: RETORT_PAIRS names a folder of pairs, the
// committed corpus otherwise
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "bench/table.h"
#include "fuzzers/target.h"
#include "oracles/fuzz_check.h"
#include "oracles/model.h"
#include "oracles/oracle.h"

namespace retort {
namespace {

constexpr Op kAsked[] = {Op::relocate, Op::roundtrip, Op::laws};
constexpr Op kAlone[] = {Op::relocate, Op::roundtrip};

using File = std::vector<std::uint8_t>;

std::vector<Op> asked_alone(const Pair& pair) {
  std::vector<Op> ops;
  for (const Op op : kAlone)
    if (allows_op(pair, op)) ops.push_back(op);
  return ops;
}

bool any_guard(const Oracle& oracle, const Pair& pair) {
  const Model model(probed_entries(oracle.name()));
  OpenedPair opened(pair);
  return std::ranges::any_of(asked_alone(pair),
                             [&](Op op) { return model.predict(op, opened).guard.has_value(); });
}

std::vector<File> read_pairs(const Oracle& oracle, const std::vector<std::string>& folders) {
  std::vector<File> files;
  for (const std::string& folder : folders)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      File file{std::istreambuf_iterator<char>(stream), {}};
      const auto pair = parse_pair(std::as_bytes(std::span(file)));
      if (pair && file.size() <= kMaxInputBytes && !any_guard(oracle, *pair))
        files.push_back(std::move(file));
    }
  std::ranges::sort(files);
  return files;
}

void ask_alone(const Oracle& oracle, const File& file) {
  const auto pair = parse_pair(std::as_bytes(std::span(file)));
  if (!pair) return;
  for (const Op op : asked_alone(*pair)) benchmark::DoNotOptimize(oracle.answer(op, *pair));
}

template <class Work>
void add(const std::string& who, const std::vector<File>& files, Work work) {
  add_benchmark("fuzz loop", who, files.size(), [&files, work] {
    for (const File& file : files) work(file);
  });
}

int run(int argc, char** argv) {
  if (oracle_table().size() < 2) {
    std::fputs("bench-fuzz-loop: no libbpf was built in.\n", stderr);
    return 2;
  }
  const Oracle& oracle = *oracle_table()[1];
  const char* chosen = std::getenv("RETORT_PAIRS");
  const std::vector<std::string> folders =
      chosen != nullptr
          ? std::vector<std::string>{chosen}
          : std::vector<std::string>{RETORT_CORPUS "/seeds", RETORT_CORPUS "/regressions"};
  const std::vector<File> files = read_pairs(oracle, folders);
  if (files.empty()) {
    std::fputs("bench-fuzz-loop: there is no pair that libbpf would survive alone.\n", stderr);
    return 2;
  }
  std::size_t bytes = 0;
  for (const File& file : files) bytes += file.size();
  std::printf("%zu pairs of %zu bytes on average; laws on 1 of %llu pairs\n", files.size(),
              bytes / files.size(), static_cast<unsigned long long>(kLawsEvery));
  add(std::string(oracle.name()) + " alone", files,
      [&oracle](const File& file) { ask_alone(oracle, file); });
  add("target", files, [](const File& file) { run_target(file.data(), file.size(), kAsked); });
  return run_benchmarks(argc, argv);
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  return retort::run(argc, argv);
}
