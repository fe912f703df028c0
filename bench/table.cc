// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "bench/table.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace retort {
namespace {

struct Row {
  std::string operation;
  std::string contestant;
  std::vector<double> nanoseconds;  ///< CPU time of one item, by repetition
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// What a benchmark calls an item is counted by SetItemsProcessed; without that it is an iteration.
double per_item(const benchmark::BenchmarkReporter::Run& run) {
  const auto rate = run.counters.find("items_per_second");
  if (rate != run.counters.end() && rate->second.value > 0) return 1e9 / rate->second.value;
  return run.GetAdjustedCPUTime();
}

// In the order of registration, which is the order of the table.
std::vector<Row>& rows() {
  static std::vector<Row> all;
  return all;
}

Row* find_row(const std::string& name) {
  for (Row& row : rows())
    if (row.operation + "/" + row.contestant == name) return &row;
  return nullptr;
}

class Table : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override {
    PrintBasicContext(&GetErrorStream(), context);
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      if (run.error_occurred) {
        failed_ = true;
        std::fprintf(stderr, "%s: %s\n", run.benchmark_name().c_str(), run.error_message.c_str());
        continue;
      }
      if (Row* const row = find_row(run.run_name.function_name))
        row->nanoseconds.push_back(per_item(run));
    }
  }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

// What --benchmark_filter left out has no figures.
bool was_measured(const Row& row) {
  return !row.nanoseconds.empty();
}

void print_row(const Row& row) {
  const double middle = median(row.nanoseconds);
  const auto [low, high] = std::ranges::minmax(row.nanoseconds);
  const Row& first = *std::ranges::find_if(rows(), [&](const Row& other) {
    return was_measured(other) && other.operation == row.operation;
  });
  std::printf("%-32s %-21s %14.3f %6.0f %% %12.2f\n", row.operation.c_str(), row.contestant.c_str(),
              middle / 1e3, 100 * (high - low) / middle, median(first.nanoseconds) / middle);
}

int print_table() {
  if (std::ranges::none_of(rows(), was_measured)) return 1;
  std::printf("%-32s %-21s %14s %8s %12s\n", "operation", "who", "median, us", "spread", "times");
  for (const Row& row : rows())
    if (was_measured(row)) print_row(row);
  std::puts("times: how many times as fast as the first of that operation");
  return 0;
}

}  // namespace

void add_benchmark(const std::string& operation, const std::string& contestant, std::size_t items,
                   std::function<void()> work) {
  rows().push_back({operation, contestant, {}});
  benchmark::RegisterBenchmark(
      (operation + "/" + contestant).c_str(),
      [items, work = std::move(work)](benchmark::State& state) {
        for (auto _ : state) work();
        state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(items));
      });
}

int run_benchmarks(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string repetitions = "--benchmark_repetitions=9";
  std::string interleaved = "--benchmark_enable_random_interleaving=true";
  // Defaults come first: what the user says later wins.
  arguments.insert(arguments.begin() + 1, {repetitions.data(), interleaved.data()});
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  Table table;
  benchmark::RunSpecifiedBenchmarks(&table);
  return table.failed() ? 1 : print_table();
}

}  // namespace retort
