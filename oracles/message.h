// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A message of PROTOCOL.md: lines of a key and a value, an empty line, and the blobs that lines
// with a "+" announced. That form is common to both directions; what the keys mean is
// protocol.h's.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retort {

struct Message {
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, std::string>> blobs;

  /// The value of the first field of that key, or empty.
  [[nodiscard]] std::string_view field(std::string_view key) const;
  [[nodiscard]] std::string_view blob(std::string_view key) const;
};

std::string encode_message(const Message& message);

/// Takes one message off the front of `received`. Nothing where it is not complete yet; a sentence
/// where it never can be.
std::expected<std::optional<Message>, std::string> take_message(std::string& received);

}  // namespace retort
