// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The command line as data, read from what the commands declared: so the manual and the completion
// know each option as soon as --help does.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace retort {

struct OptionText {
  std::vector<std::string> names;  ///< "--json"; none for what is told by its place
  std::string value;               ///< "FILE"; empty for a flag
  std::string description;
  std::vector<std::string> words;  ///< the values that it takes, where they are known
};

struct CommandText {
  std::string name;
  std::string description;
  std::string example;
  std::vector<OptionText> options;  ///< in the order in which they were declared
};

/// Every command that is listed, and in front of them the program itself.
std::vector<CommandText> command_tree(CLI::App& app);

/// The page for man(1), in roff.
std::string manual(const std::vector<CommandText>& tree, const std::string& version);
/// The script that bash reads to complete command lines.
std::string bash_completion(const std::vector<CommandText>& tree);

}  // namespace retort
