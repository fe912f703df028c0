// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The completion for bash: commands, the options of each, the values that an option is known to
// take, and files anywhere else.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "fuzzers/cli/command_tree.h"

namespace retort {
namespace {

std::vector<std::string> option_names(const CommandText& command) {
  std::vector<std::string> names;
  for (const OptionText& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// The cases of one command: "relocate:--policy) words=... ;;".
std::string values(const CommandText& command, const std::string& in) {
  std::string text;
  for (const OptionText& option : command.options) {
    if (option.names.empty() || option.words.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(in + ":" + name);
    text += fmt::format("    {}) words='{}' ;;\n", fmt::join(patterns, "|"),
                        fmt::join(option.words, " "));
  }
  return text;
}

}  // namespace

std::string bash_completion(const std::vector<CommandText>& tree) {
  const CommandText& program = tree.front();
  std::vector<std::string> commands;
  std::string options;
  std::string known = values(program, "*");
  for (const CommandText& command : tree) {
    if (&command == &program) continue;
    commands.push_back(command.name);
    options += fmt::format("    {}) options='{}' ;;\n", command.name,
                           fmt::join(option_names(command), " "));
    known += values(command, command.name);
  }
  return fmt::format(
      "# Written by retort from its own help: completion for bash.\n"
      "_retort() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  local command='' options='' words='' word\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case $word in\n      {}) command=$word; break ;;\n    esac\n  done\n"
      "  case $command:$previous in\n{}  esac\n"
      "  if [[ $words ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n    return\n  fi\n"
      "  case $command in\n{}  esac\n"
      "  if [[ $current == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options {}\" -- \"$current\"))\n"
      "  elif [[ ! $command ]]; then\n"
      "    COMPREPLY=($(compgen -W '{}' -- \"$current\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _retort retort\n",
      fmt::join(commands, "|"), known, options, fmt::join(option_names(program), " "),
      fmt::join(commands, " "));
}

}  // namespace retort
