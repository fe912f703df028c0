// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/layout_section.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "relocator/format.h"

namespace retort {
namespace {

constexpr std::size_t kHeaderLengthWord = 1;
constexpr std::size_t kTypesWord = 2;
constexpr std::size_t kStringsWord = 4;
constexpr std::size_t kLayoutWord = 6;

std::uint32_t word(btf::Bytes bytes, std::size_t at) {
  return btf::load_word(bytes.data() + at * btf::kWordBytes);
}

struct Section {
  std::size_t word;  ///< of the header, where its offset stands, and its length behind it
  std::uint32_t offset;
  std::uint32_t length;
};

bool has_layout(btf::Bytes bytes) {
  if (bytes.size() < btf::kLayoutHeaderBytes) return false;
  const std::uint32_t header = word(bytes, kHeaderLengthWord);
  return header >= btf::kLayoutHeaderBytes && header <= bytes.size() &&
         word(bytes, kLayoutWord + 1) != 0;
}

}  // namespace

bool has_ragged_layout(btf::Bytes bytes) {
  return has_layout(bytes) && (word(bytes, kLayoutWord) % btf::kWordBytes != 0 ||
                               word(bytes, kLayoutWord + 1) % btf::kLayoutEntryBytes != 0);
}

std::optional<std::vector<std::byte>> without_layout(btf::Bytes bytes) {
  if (!has_layout(bytes)) return {};
  const std::uint32_t header = word(bytes, kHeaderLengthWord);
  std::array<Section, 3> sections{};
  std::ranges::transform(
      std::array{kTypesWord, kStringsWord, kLayoutWord}, sections.begin(),
      [&](std::size_t at) { return Section{at, word(bytes, at), word(bytes, at + 1)}; });
  std::ranges::sort(sections, [](const Section& a, const Section& b) {
    return std::pair(a.offset, a.length) < std::pair(b.offset, b.length);
  });
  std::vector<std::byte> left(bytes.begin(), bytes.begin() + header);
  std::uint64_t end = 0;
  const auto put = [&](std::size_t at, std::uint32_t offset, std::uint32_t length) {
    btf::store_word(left.data() + at * btf::kWordBytes, offset);
    btf::store_word(left.data() + (at + 1) * btf::kWordBytes, length);
  };
  for (const Section& section : sections) {
    if (section.offset != end) return {};
    end += section.length;
    if (header + end > bytes.size()) return {};
    if (section.word == kLayoutWord) {
      put(section.word, 0, 0);
      continue;
    }
    put(section.word, static_cast<std::uint32_t>(left.size()) - header, section.length);
    const btf::Bytes content = bytes.subspan(header + section.offset, section.length);
    left.insert(left.end(), content.begin(), content.end());
  }
  if (header + end != bytes.size()) return {};
  return left;
}

}  // namespace retort
