// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The manual page, from the command line's own descriptions.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fuzzers/cli/command_tree.h"

namespace retort {
namespace {

// To roff, a backslash escapes, a dot or quote at the start of a line is a request, and a hyphen is
// not the minus sign that one copies into a shell.
std::string roff(const std::string& text) {
  std::string escaped;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
    at_start = c == '\n';
  }
  return escaped;
}

std::string option_term(const OptionText& option) {
  std::string term;
  for (const std::string& name : option.names)
    term += fmt::format("{}\\fB{}\\fR", term.empty() ? "" : ", ", roff(name));
  if (!option.value.empty())
    term += fmt::format("{}\\fI{}\\fR", term.empty() ? "" : " ", roff(option.value));
  return term;
}

std::string synopsis(const CommandText& command) {
  std::string text = fmt::format("\\fBretort {}\\fR", roff(command.name));
  for (const OptionText& option : command.options)
    if (option.names.empty()) text += fmt::format(" \\fI{}\\fR", roff(option.value));
  return text + " [\\fIOPTION\\fR...]";
}

std::string option_list(const CommandText& command) {
  std::string text;
  for (const OptionText& option : command.options) {
    text += fmt::format(".TP\n{}\n{}\n", option_term(option), roff(option.description));
    if (!option.words.empty())
      text += fmt::format("One of {}.\n", roff(fmt::format("{}", fmt::join(option.words, ", "))));
  }
  return text;
}

std::string section(const CommandText& command) {
  return fmt::format(".SS {}\n{}\n.PP\n{}.\n{}.PP\nExample: \\fB{}\\fR\n", roff(command.name),
                     synopsis(command), roff(command.description), option_list(command),
                     roff(command.example));
}

}  // namespace

std::string manual(const std::vector<CommandText>& tree, const std::string& version) {
  const CommandText& program = tree.front();
  const std::size_t end_of_example = program.example.find('\n');
  const std::string example = program.example.substr(0, end_of_example);
  std::string text = fmt::format(
      ".\\\" Written by retort from its own help.\n"
      ".TH RETORT 1 \"\" \"{}\" \"User Commands\"\n"
      ".SH NAME\nretort \\- distil and relocate BTF, and compare who does it\n"
      ".SH SYNOPSIS\n\\fBretort\\fR [\\fIOPTION\\fR...] \\fICOMMAND\\fR [\\fIARGUMENT\\fR...]\n"
      ".SH DESCRIPTION\n{}\n.PP\nExample: \\fB{}\\fR\n"
      ".SH OPTIONS\nThese stand before or after any command.\n{}.SH COMMANDS\n",
      roff(version), roff(program.description), roff(example), option_list(program));
  for (const CommandText& command : tree)
    if (&command != &program) text += section(command);
  if (end_of_example != std::string::npos)
    text += ".SH NOTES\n" + roff(program.example.substr(end_of_example + 1)) + "\n";
  return text;
}

}  // namespace retort
