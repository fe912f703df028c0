// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace retort {
namespace {

bool wants_color(Color color) {
  if (color != Color::automatic) return color == Color::always;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::doubtful:
      return "\x1b[33m";
    case Tone::faint:
      return "\x1b[2m";
  }
  return "";
}

}  // namespace

void Console::print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string Console::toned(Tone tone, std::string_view text) const {
  if (!wants_color(color)) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape_of(tone), text);
}

void Console::note(std::string_view sentence) const {
  if (!quiet) error(sentence);
}

void Console::error(std::string_view sentence) const {
  // What was printed before comes first, also where both streams end in one file.
  std::fflush(stdout);
  fmt::print(stderr, "retort: {}\n", sentence);
}

Progress::Progress(const Console& console, std::string what, std::size_t total)
    : what_(std::move(what)), total_(total), shown_(!console.quiet && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_ && done_ != 0) std::fputs("\r\x1b[K", stderr);
}

void Progress::step() {
  ++done_;
  if (shown_) fmt::print(stderr, "\r{} {}/{}\x1b[K", what_, done_, total_);
}

}  // namespace retort
