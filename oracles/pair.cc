// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/pair.h"

#include <algorithm>

namespace retort {
namespace {

constexpr std::string_view kPairMagic = "RTRT";
constexpr std::uint32_t kPairVersion = 1;
constexpr std::size_t kTagBytes = 4;
constexpr std::size_t kPairHeader = 8;
constexpr std::size_t kPartHeader = 8;

std::uint32_t little_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < 4; ++at) value |= static_cast<std::uint32_t>(bytes[at]) << 8 * at;
  return value;
}

void append_little_endian(std::vector<std::byte>& to, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    to.push_back(static_cast<std::byte>(value >> shift));
}

void append_text(std::vector<std::byte>& to, std::string_view text) {
  for (const char c : text) to.push_back(static_cast<std::byte>(c));
}

std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_tag(std::string_view tag) {
  return std::ranges::all_of(
      tag, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

const std::vector<std::byte>* Pair::find(std::string_view tag) const {
  const auto found = std::ranges::find(parts, tag, &Part::tag);
  return found == parts.end() ? nullptr : &found->bytes;
}

void Pair::set(std::string_view tag, std::vector<std::byte> bytes) {
  const auto found = std::ranges::find(parts, tag, &Part::tag);
  if (found == parts.end()) return append(tag, std::move(bytes));
  found->bytes = std::move(bytes);
}

void Pair::append(std::string_view tag, std::vector<std::byte> bytes) {
  parts.push_back({std::string(tag), std::move(bytes)});
}

std::vector<const std::vector<std::byte>*> Pair::splits() const {
  std::vector<const std::vector<std::byte>*> layers;
  for (const Part& part : parts)
    if (part.tag == kSplit) layers.push_back(&part.bytes);
  return layers;
}

bool looks_like_pair(Bytes file) {
  return file.size() >= kPairMagic.size() && text_of(file.first(kPairMagic.size())) == kPairMagic;
}

std::vector<Bytes> stack_of(const Pair& pair) {
  const auto* lowest = pair.find(kDistilled);
  if (lowest == nullptr) lowest = pair.find(kBase);
  if (lowest == nullptr) return {};
  std::vector<Bytes> layers{Bytes(*lowest)};
  for (const auto* split : pair.splits()) layers.emplace_back(*split);
  return layers;
}

std::expected<Pair, PairError> parse_pair(Bytes file) {
  const auto fail = [](std::uint64_t offset, std::string sentence) {
    return std::unexpected(PairError{offset, std::move(sentence)});
  };
  if (!looks_like_pair(file))
    return fail(0, "this is not a pair file: it does not begin with RTRT");
  if (file.size() < kPairHeader) return fail(4, "the version is cut off");
  const std::uint32_t version = little_endian(file.subspan(4, 4));
  if (version != kPairVersion)
    return fail(4, "version " + std::to_string(version) + " of the pair format is unknown");
  Pair pair;
  for (std::size_t at = kPairHeader; at < file.size();) {
    if (file.size() - at < kPartHeader) return fail(at, "a part's tag and length are cut off");
    std::string tag = text_of(file.subspan(at, kTagBytes));
    if (!is_tag(tag)) return fail(at, "a part's tag is not four capital letters or digits");
    if (tag != kSplit && pair.find(tag) != nullptr)
      return fail(at, "the part " + tag + " occurs twice");
    const std::uint32_t length = little_endian(file.subspan(at + kTagBytes, 4));
    at += kPartHeader;
    if (length > file.size() - at)
      return fail(at, "the part " + tag + " is cut off: " + std::to_string(length) +
                          " bytes are announced, " + std::to_string(file.size() - at) + " follow");
    const Bytes bytes = file.subspan(at, length);
    pair.parts.push_back({std::move(tag), {bytes.begin(), bytes.end()}});
    at += length;
  }
  return pair;
}

std::vector<std::byte> serialize(const Pair& pair) {
  std::vector<std::byte> file;
  append_text(file, kPairMagic);
  append_little_endian(file, kPairVersion);
  for (const Part& part : pair.parts) {
    append_text(file, part.tag);
    append_little_endian(file, static_cast<std::uint32_t>(part.bytes.size()));
    file.insert(file.end(), part.bytes.begin(), part.bytes.end());
  }
  return file;
}

}  // namespace retort
