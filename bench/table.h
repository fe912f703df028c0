// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The table that every benchmark program prints: each operation once, with the median of each
// contestant and the ratio to the first. A figure counts as a ratio of medians out of one run of
// one process on the same data, since the machine's speed changes from run to run.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace retort {

/// Registers one contestant of an operation; one call of `work` does `items` of what the operation
/// counts. The first contestant of an operation is the one that the others are measured by.
void add_benchmark(const std::string& operation, const std::string& contestant, std::size_t items,
                   std::function<void()> work);

/// Runs what was registered with the program's --benchmark_* options (repetitions: 9 unless told,
/// of all contestants in turn), and prints the table. Returns the exit status.
int run_benchmarks(int argc, char** argv);

}  // namespace retort
