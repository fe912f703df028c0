// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/message.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace retort {
namespace {

// More than any answer needs; who announces more has lost its place in the stream.
constexpr std::uint64_t kMaxBlob = std::uint64_t{1} << 30;
constexpr std::size_t kMaxHead = std::size_t{1} << 16;

std::string_view value_of(const std::vector<std::pair<std::string, std::string>>& in,
                          std::string_view key) {
  const auto found = std::ranges::find(in, key, &std::pair<std::string, std::string>::first);
  return found == in.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::uint64_t> length_of(std::string_view digits) {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), length);
  if (error != std::errc{} || end != digits.end() || length > kMaxBlob) return {};
  return length;
}

struct Head {
  Message message;  ///< blobs hold their lengths, as digits
  std::size_t size = 0;
  std::uint64_t blob_bytes = 0;
};

std::expected<Head, std::string> parse_head(std::string_view head) {
  Head parsed{.message = {}, .size = head.size() + 2};
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(head.size(), line.size() + 1));
    const bool is_blob = line.starts_with('+');
    const std::size_t space = line.find(' ');
    const std::string_view key = line.substr(is_blob ? 1 : 0, space - (is_blob ? 1 : 0));
    const std::string_view value = space == std::string_view::npos ? "" : line.substr(space + 1);
    if (!is_blob) {
      parsed.message.fields.emplace_back(key, value);
      continue;
    }
    const auto length = length_of(value);
    if (!length) return std::unexpected("'" + std::string(line) + "' announces no length");
    parsed.blob_bytes += *length;
    parsed.message.blobs.emplace_back(key, value);
  }
  return parsed;
}

}  // namespace

std::string_view Message::field(std::string_view key) const {
  return value_of(fields, key);
}

std::string_view Message::blob(std::string_view key) const {
  return value_of(blobs, key);
}

std::string encode_message(const Message& message) {
  std::string encoded;
  for (const auto& [key, value] : message.fields) encoded += key + " " + value + "\n";
  for (const auto& [key, bytes] : message.blobs)
    encoded += "+" + key + " " + std::to_string(bytes.size()) + "\n";
  encoded += "\n";
  for (const auto& [key, bytes] : message.blobs) encoded += bytes;
  return encoded;
}

std::expected<std::optional<Message>, std::string> take_message(std::string& received) {
  const std::size_t end = received.find("\n\n");
  if (end == std::string::npos) {
    if (received.size() > kMaxHead) return std::unexpected("no empty line ends the message's head");
    return std::nullopt;
  }
  auto head = parse_head(std::string_view(received).substr(0, end));
  if (!head) return std::unexpected(head.error());
  if (received.size() - head->size < head->blob_bytes) return std::nullopt;
  std::size_t at = head->size;
  for (auto& [key, value] : head->message.blobs) {
    const auto length = static_cast<std::size_t>(*length_of(value));
    value = received.substr(at, length);
    at += length;
  }
  received.erase(0, at);
  return std::move(head->message);
}

}  // namespace retort
