// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "bench/table.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <string>
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
      row(run.run_name.function_name).nanoseconds.push_back(per_item(run));
    }
  }

  void print() const {
    std::printf("%-28s %-16s %14s %8s %12s\n", "operation", "who", "median, us", "spread", "times");
    for (const Row& row : rows_) {
      const double middle = median(row.nanoseconds);
      const auto [low, high] = std::ranges::minmax(row.nanoseconds);
      const Row& first = first_of(row.operation);
      std::printf("%-28s %-16s %14.3f %6.0f %% %12.2f\n", row.operation.c_str(),
                  row.contestant.c_str(), middle / 1e3, 100 * (high - low) / middle,
                  median(first.nanoseconds) / middle);
    }
    std::puts("times: how many times as fast as the first of that operation");
  }

  [[nodiscard]] bool failed() const { return failed_ || rows_.empty(); }

 private:
  Row& row(const std::string& name) {
    const std::size_t slash = name.find('/');
    const std::string operation = name.substr(0, slash);
    const std::string contestant = slash == std::string::npos ? "" : name.substr(slash + 1);
    for (Row& row : rows_)
      if (row.operation == operation && row.contestant == contestant) return row;
    return rows_.emplace_back(Row{operation, contestant, {}});
  }
  [[nodiscard]] const Row& first_of(const std::string& operation) const {
    return *std::ranges::find(rows_, operation, &Row::operation);
  }

  std::vector<Row> rows_;
  bool failed_ = false;
};

}  // namespace

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
  if (table.failed()) return 1;
  table.print();
  return 0;
}

}  // namespace retort
