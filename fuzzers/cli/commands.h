// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The commands of `retort`. Each adds itself to the command line, and when it is chosen leaves what
// is to be done in `run`.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "fuzzers/cli/console.h"
#include "fuzzers/cli/failure.h"

namespace retort {

/// Ends with the exit status, or with the sentence that says why there is none.
using Run = std::function<Result<int>(const Console&)>;

void add_dump(CLI::App& app, Run& run);
void add_check(CLI::App& app, Run& run);
void add_find(CLI::App& app, Run& run);
void add_distill(CLI::App& app, Run& run);
void add_relocate(CLI::App& app, Run& run);
void add_dedup(CLI::App& app, Run& run);
void add_modules(CLI::App& app, Run& run);
void add_pack(CLI::App& app, Run& run);  ///< and unpack
void add_slice(CLI::App& app, Run& run);
void add_diff(CLI::App& app, Run& run);
void add_explain(CLI::App& app, Run& run);
void add_export(CLI::App& app, Run& run);
void add_reduce(CLI::App& app, Run& run);
void add_oracles(CLI::App& app, Run& run);  ///< and rules
void add_replay(CLI::App& app, Run& run);
void add_survey(CLI::App& app, Run& run);
void add_stats(CLI::App& app, Run& run);
void add_worlds(CLI::App& app, Run& run);
void add_explode(CLI::App& app, Run& run);
/// Prints the manual or the completion of all commands that were added; it is not listed itself.
void add_document(CLI::App& app, Run& run);

}  // namespace retort
