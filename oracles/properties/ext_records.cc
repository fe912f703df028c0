// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/ext_records.h"

#include <array>
#include <cstring>
#include <span>

#include "relocator/format.h"

namespace retort {
namespace {

constexpr std::size_t kHeaderLength = 4;  // where hdr_len stands
constexpr std::size_t kSubsections = 8;   // where the first offset and length stand
constexpr std::uint32_t kLeastHeader = 24;
constexpr std::uint32_t kHeaderWithCore = 32;
constexpr std::uint32_t kSectionHeader = 8;

// The words of a record that mean something; the rest is kept as it is.
struct Subsection {
  std::uint32_t least_record;
  std::array<ExtWord, 2> words;
};
constexpr std::array<Subsection, 3> kSorts = {{
    {.least_record = 8, .words = {{{4, true}, {4, true}}}},
    {.least_record = 16, .words = {{{4, false}, {8, false}}}},
    {.least_record = 16, .words = {{{4, true}, {8, false}}}},
}};

std::uint16_t magic_of(Bytes bytes) {
  std::uint16_t magic = 0;
  if (bytes.size() >= sizeof magic) std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic;
}

std::uint32_t word_at(Bytes bytes, std::size_t at) {
  return btf::load_word(bytes.data() + at);
}

bool is_header(Bytes bytes) {
  if (bytes.size() < kHeaderLength + btf::kWordBytes || magic_of(bytes) != btf::kMagic)
    return false;
  const std::uint32_t length = word_at(bytes, kHeaderLength);
  return bytes[2] == std::byte{1} && bytes[3] == std::byte{0} && bytes.size() > length &&
         length >= kLeastHeader;
}

// Sections of records up to the end of `rest`, which begins at `at`.
bool read_sections(Bytes bytes, std::size_t at, std::uint64_t left, std::uint32_t record,
                   const Subsection& sort, std::vector<ExtWord>& words) {
  if (left == 0) return false;
  while (left != 0) {
    if (left < kSectionHeader) return false;
    words.push_back({.at = at, .is_id = false});
    const std::uint32_t count = word_at(bytes, at + btf::kWordBytes);
    const std::uint64_t total = kSectionHeader + std::uint64_t{count} * record;
    if (count == 0 || total > left) return false;
    for (std::uint32_t index = 0; index < count; ++index)
      for (const ExtWord& word : sort.words)
        words.push_back({.at = at + kSectionHeader + std::size_t{index} * record + word.at,
                         .is_id = word.is_id});
    at += total;
    left -= total;
  }
  return true;
}

}  // namespace

std::optional<std::vector<ExtWord>> read_ext(Bytes bytes) {
  if (!is_header(bytes)) return {};
  const std::uint32_t header = word_at(bytes, kHeaderLength);
  std::vector<ExtWord> words;
  for (std::size_t sort = 0; sort < kSorts.size(); ++sort) {
    if (sort == 2 && header < kHeaderWithCore) break;
    const std::size_t field = kSubsections + sort * 2 * btf::kWordBytes;
    const std::uint32_t offset = word_at(bytes, field);
    const std::uint32_t length = word_at(bytes, field + btf::kWordBytes);
    if (length == 0) continue;
    const std::uint64_t begin = std::uint64_t{header} + offset;
    if (offset % btf::kWordBytes != 0 || begin + length > bytes.size() || length < btf::kWordBytes)
      return {};
    const std::uint32_t record = word_at(bytes, begin);
    if (record < kSorts[sort].least_record || record % btf::kWordBytes != 0) return {};
    if (!read_sections(bytes, begin + btf::kWordBytes, length - btf::kWordBytes, record,
                       kSorts[sort], words))
      return {};
  }
  return words;
}

bool is_foreign_ext(Bytes bytes) {
  return magic_of(bytes) == btf::swap_bytes(btf::kMagic);
}

}  // namespace retort
