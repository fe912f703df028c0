// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Options that several commands share, and the check that a name is one that is known. CLI11 turns
// what is wrong into a sentence; it is put in words here.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fuzzers/cli/commands.h"
#include "fuzzers/cli/comparison.h"
#include "relocator/rules.h"

namespace retort {

CLI::Option* add_bases(CLI::App& command, std::vector<std::string>& bases);
CLI::Option* add_policy(CLI::App& command, std::string& policy);
CLI::Option* add_oracle(CLI::App& command, std::string& oracle);
/// Which difference is meant: one operation, one oracle.
CLI::Option* add_one_op(CLI::App& command, std::string& op);
CLI::Option* add_one_oracle(CLI::App& command, std::string& oracle);
/// --op and --oracles.
void add_selection(CLI::App& command, Selection& selection);
CLI::Option* add_oracles_option(CLI::App& command, std::vector<std::string>& oracles);

/// Refuses a value that is not among `known`: "policy 'x' is unknown; known are a, b and c". The
/// validator's name is these words, for the completion.
CLI::Validator known_name(std::string what, std::vector<std::string> known);
std::vector<std::string> policy_names();

/// The policy of a name that known_name() let through.
const btf::Policy& policy_called(const std::string& name);

/// A subcommand with its example, which hands its options to `body` when it is chosen.
template <class Options>
CLI::App& add_command(CLI::App& app, Run& run, const std::string& name,
                      const std::string& description, const std::string& example,
                      const std::shared_ptr<Options>& options,
                      Result<int> (*body)(const Options&, const Console&)) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer("\nExample: " + example);
  command->callback([&run, options, body] {
    run = [options, body](const Console& console) { return body(*options, console); };
  });
  return *command;
}

}  // namespace retort
