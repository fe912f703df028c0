// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/export_prune.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace retort {
namespace {

bool is_of_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The text with blanks in the place of comments and literals, which may name anything.
std::string code_of(std::string_view text) {
  std::string code(text);
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t at = from; at < std::min(to, code.size()); ++at)
      if (code[at] != '\n') code[at] = ' ';
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t end = at;
    if (text.substr(at).starts_with("/*")) {
      end = std::min(text.find("*/", at + 2), text.size());
      blank(at, end + 2);
      at = end + 1;
    } else if (text[at] == '"' || text[at] == '\'') {
      for (end = at + 1; end < text.size() && text[end] != text[at]; ++end)
        if (text[end] == '\\') ++end;
      blank(at + 1, end);
      at = end;
    }
  }
  return code;
}

struct Definition {
  std::string_view text;  ///< with the blank line after it
  std::string_view code;
};

std::vector<Definition> definitions(std::string_view text, std::string_view code) {
  std::vector<Definition> all;
  const auto add = [&](std::size_t begin, std::size_t end) {
    all.push_back({text.substr(begin, end - begin), code.substr(begin, end - begin)});
  };
  std::size_t begin = 0;
  for (std::size_t at = text.find("\n\n"); at != std::string_view::npos;
       at = text.find("\n\n", at + 1)) {
    const std::size_t next = at + 2;
    const bool goes_on = next < text.size() && (text[next] == '\t' || text[next] == '\n');
    if (goes_on) continue;
    add(begin, next);
    begin = next;
  }
  add(begin, text.size());
  return all;
}

// The name of the static function that is defined, or nothing.
std::string_view function_of(std::string_view definition) {
  std::size_t line = definition.find("static ");
  while (line != std::string_view::npos && line != 0 && definition[line - 1] != '\n')
    line = definition.find("static ", line + 1);
  if (line == std::string_view::npos) return {};
  const std::size_t end = std::min(definition.find('\n', line), definition.size());
  const std::size_t bracket = definition.substr(0, end).find('(', line);
  if (bracket == std::string_view::npos ||
      definition.find("\n{", bracket) == std::string_view::npos)
    return {};
  std::size_t begin = bracket;
  while (begin > line && is_of_word(definition[begin - 1])) --begin;
  return definition.substr(begin, bracket - begin);
}

bool names(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t after = at + word.size();
    if ((at == 0 || !is_of_word(text[at - 1])) &&
        (after == text.size() || !is_of_word(text[after])))
      return true;
  }
  return false;
}

bool drop_unused(std::vector<Definition>& all) {
  const auto is_unused = [&](const Definition& one) {
    const std::string_view name = function_of(one.code);
    return !name.empty() && std::ranges::none_of(all, [&](const Definition& other) {
      return &other != &one && names(other.code, name);
    });
  };
  const auto unused = std::ranges::find_if(all, is_unused);
  if (unused == all.end()) return false;
  all.erase(unused);
  return true;
}

}  // namespace

std::string without_unused_functions(std::string_view text) {
  const std::string code = code_of(text);
  std::vector<Definition> all = definitions(text, code);
  while (drop_unused(all)) {
  }
  std::string kept;
  for (const Definition& one : all) kept += one.text;
  return kept;
}

}  // namespace retort
