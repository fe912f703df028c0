// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Oracles beside those that are compiled in: the kernels that were built, and what the user names
// with --oracle NAME=COMMAND. They join the table before the command line is read, because which
// names are known is asked while it is read.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>

namespace retort {

/// Adds them all; a sentence where the user's is no oracle.
std::optional<std::string> add_further_oracles(int argc, char** argv);

/// Declares --oracle NAME=COMMAND for a command; what it says is in the table already.
void add_oracle_commands(CLI::App& command);

}  // namespace retort
