// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The table that every benchmark program prints: each operation once, with the median of each
// contestant and the ratio to the first. A figure counts as a ratio of medians out of one run of
// one process on the same data, since the machine's speed changes from run to run.
#pragma once

namespace retort {

/// Runs the registered benchmarks, whose names are "OPERATION/CONTESTANT", with the program's
/// --benchmark_* options (repetitions: 9 unless told), and prints the table. The first contestant
/// that is registered for an operation is the one that the others are measured by. Returns the exit
/// status.
int run_benchmarks(int argc, char** argv);

}  // namespace retort
