// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The console: results go to standard output, messages to standard error; colour only where it is
// wanted, progress only on a terminal, and nothing but errors and results with --quiet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace retort {

enum class Color { automatic, always, never };
enum class Tone { good, bad, doubtful, faint };

struct Console {
  bool quiet = false;
  Color color = Color::automatic;

  /// A result, as it is.
  void print(std::string_view text) const;
  /// The text in a colour, if standard output shows colours.
  [[nodiscard]] std::string toned(Tone tone, std::string_view text) const;
  /// A message that --quiet silences.
  void note(std::string_view sentence) const;
  /// A message that nothing silences.
  void error(std::string_view sentence) const;
};

/// A line on standard error that says how far long work has come, if that is a terminal.
class Progress {
 public:
  Progress(const Console& console, std::string what, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step();

 private:
  std::string what_;
  std::size_t total_;
  std::size_t done_ = 0;
  bool shown_;
};

}  // namespace retort
