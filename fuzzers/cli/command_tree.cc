// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/command_tree.h"

#include <sstream>

namespace retort {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// known_name() names its validator by what it lets through; other validators have no name.
std::vector<std::string> known_values(CLI::Option& option) {
  try {
    return words_of(option.get_validator(0)->get_name());
  } catch (const CLI::OptionNotFound&) {
    return {};
  }
}

OptionText text_of(CLI::Option& option) {
  OptionText text;
  for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
  if (option.get_expected_max() > 0 && option.get_type_size() > 0)
    text.value = text.names.empty() ? option.get_name(true) : option.get_type_name();
  text.description = option.get_description();
  text.words = known_values(option);
  return text;
}

std::string without_label(std::string text) {
  static const std::string label = "Example: ";
  while (!text.empty() && text.front() == '\n') text.erase(0, 1);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.starts_with(label) ? text.substr(label.size()) : text;
}

CommandText text_of(CLI::App& command) {
  CommandText text{.name = command.get_name(),
                   .description = command.get_description(),
                   .example = without_label(command.get_footer()),
                   .options = {}};
  for (CLI::Option* option : command.get_options()) text.options.push_back(text_of(*option));
  return text;
}

}  // namespace

std::vector<CommandText> command_tree(CLI::App& app) {
  std::vector<CommandText> tree = {text_of(app)};
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
    if (!command->get_group().empty()) tree.push_back(text_of(*command));
  return tree;
}

}  // namespace retort
