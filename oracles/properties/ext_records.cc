// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/ext_records.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "relocator/format.h"

namespace retort {
namespace {

constexpr std::size_t kHeaderLength = 4;  // where hdr_len stands
constexpr std::size_t kSubsections = 8;   // where the first offset and length stand
constexpr std::uint32_t kLeastHeader = 24;
constexpr std::uint32_t kHeaderWithCore = 32;
constexpr std::uint32_t kSectionHeader = 8;

// The words of a record that mean something; the rest is kept as it is.
struct Sort {
  std::uint32_t least_record;
  std::array<ExtWord, 2> words;
};
constexpr std::array<Sort, 3> kSorts = {{
    {.least_record = 8, .words = {{{4, true}, {4, true}}}},
    {.least_record = 16, .words = {{{4, false}, {8, false}}}},
    {.least_record = 16, .words = {{{4, true}, {8, false}}}},
}};

// Where the header says that the records of one sort are.
struct Subsection {
  const Sort* sort;
  std::uint64_t begin;
  std::uint32_t length;

  std::uint64_t end() const { return begin + length; }
};

std::uint16_t magic_of(Bytes bytes) {
  std::uint16_t magic = 0;
  if (bytes.size() >= sizeof magic) std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic;
}

// Reads words in the byte order of the magic.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes), foreign_(btf::is_foreign(bytes)) {}

  std::uint32_t word(std::uint64_t at) const {
    const std::uint32_t word = btf::load_word(bytes_.data() + at);
    return foreign_ ? btf::swap_bytes(word) : word;
  }

  bool is_foreign() const { return foreign_; }

  bool has_header() const {
    if (bytes_.size() < kHeaderLength + btf::kWordBytes) return false;
    if (magic_of(bytes_) != btf::kMagic && !foreign_) return false;
    const std::uint32_t length = word(kHeaderLength);
    return bytes_[2] == std::byte{1} && bytes_[3] == std::byte{0} && bytes_.size() > length &&
           length >= kLeastHeader;
  }

  // Those that are not empty.
  std::vector<Subsection> subsections() const {
    std::vector<Subsection> found;
    const std::uint32_t header = word(kHeaderLength);
    for (std::size_t sort = 0; sort < kSorts.size(); ++sort) {
      if (sort == 2 && header < kHeaderWithCore) break;
      const std::size_t field = kSubsections + sort * 2 * btf::kWordBytes;
      const std::uint32_t length = word(field + btf::kWordBytes);
      if (length != 0)
        found.push_back({&kSorts[sort], std::uint64_t{header} + word(field), length});
    }
    return found;
  }

  bool read(const Subsection& part, std::vector<ExtWord>& words) const {
    const std::uint64_t offset = part.begin - word(kHeaderLength);
    if (offset % btf::kWordBytes != 0 || part.end() > bytes_.size() ||
        part.length < btf::kWordBytes)
      return false;
    const std::uint32_t record = word(part.begin);
    // Records of unknown length cannot be turned over.
    const bool fits = foreign_ ? record == part.sort->least_record
                               : record >= part.sort->least_record && record % btf::kWordBytes == 0;
    return fits && read_sections(part, record, words);
  }

 private:
  bool read_sections(const Subsection& part, std::uint32_t record,
                     std::vector<ExtWord>& words) const {
    std::size_t at = part.begin + btf::kWordBytes;
    std::uint64_t left = part.length - btf::kWordBytes;
    if (left == 0) return false;
    while (left != 0) {
      if (left < kSectionHeader) return false;
      words.push_back({.at = at, .is_id = false});
      const std::uint32_t count = word(at + btf::kWordBytes);
      const std::uint64_t total = kSectionHeader + std::uint64_t{count} * record;
      if (count == 0 || total > left) return false;
      for (std::uint32_t index = 0; index < count; ++index)
        for (const ExtWord& word : part.sort->words)
          words.push_back({.at = at + kSectionHeader + std::size_t{index} * record + word.at,
                           .is_id = word.is_id});
      at += total;
      left -= total;
    }
    return true;
  }

  Bytes bytes_;
  bool foreign_;
};

std::optional<std::vector<ExtWord>> read_words(Bytes bytes) {
  const Reader reader(bytes);
  if (!reader.has_header()) return {};
  std::vector<ExtWord> words;
  for (const Subsection& part : reader.subsections())
    if (!reader.read(part, words)) return {};
  return words;
}

// Turns words over where they stand, one part after the other: what an earlier part has turned, a
// later one that overlaps it reads wrongly.
class Turning {
 public:
  Turning(Bytes bytes, bool from_native)
      : bytes_(bytes.begin(), bytes.end()), from_native_(from_native) {}

  bool turn(const Subsection& part) {
    std::uint64_t at = part.begin;
    std::uint32_t left = part.length - btf::kWordBytes;
    std::uint32_t record = 0;
    if (!turn_word(at, &record)) return false;
    at += btf::kWordBytes;
    while (left != 0) {
      std::uint32_t count = 0;
      if (!turn_word(at, nullptr) || !turn_word(at + btf::kWordBytes, &count)) return false;
      at += kSectionHeader;
      if (!turn_records(at, count, record, part.sort->least_record)) return false;
      left -= static_cast<std::uint32_t>(kSectionHeader + std::uint64_t{record} * count);
    }
    return true;
  }

  void turn_header(std::uint32_t length) {
    std::swap(bytes_[0], bytes_[1]);
    const std::uint32_t end = length < kHeaderWithCore ? kLeastHeader : kHeaderWithCore;
    for (std::uint32_t at = kHeaderLength; at < end; at += btf::kWordBytes) turn_word(at, nullptr);
  }

  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  // More than any input has, where records of no length never come to its end.
  static constexpr std::uint32_t kMostTurned = 1U << 24;

  bool turn_records(std::uint64_t& at, std::uint32_t count, std::uint32_t record,
                    std::uint32_t turned) {
    for (std::uint32_t index = 0; index < count; ++index, at += record)
      for (std::uint32_t word = 0; word < turned; word += btf::kWordBytes)
        if (!turn_word(at + word, nullptr)) return false;
    return true;
  }

  bool turn_word(std::uint64_t at, std::uint32_t* value) {
    if (at + btf::kWordBytes > bytes_.size() || ++turned_ > kMostTurned) return false;
    const std::uint32_t before = btf::load_word(bytes_.data() + at);
    const std::uint32_t after = btf::swap_bytes(before);
    btf::store_word(bytes_.data() + at, after);
    if (value != nullptr) *value = from_native_ ? before : after;
    return true;
  }

  std::vector<std::byte> bytes_;
  bool from_native_;
  std::uint32_t turned_ = 0;
};

}  // namespace

std::optional<std::vector<ExtWord>> read_ext(Bytes bytes) {
  if (btf::is_foreign(bytes)) return {};
  return read_words(bytes);
}

bool is_readable_ext(Bytes bytes) {
  return read_words(bytes).has_value();
}

std::optional<std::vector<std::byte>> turn_ext(Bytes bytes) {
  const Reader reader(bytes);
  Turning turning(bytes, !reader.is_foreign());
  for (const Subsection& part : reader.subsections())
    if (!turning.turn(part)) return {};
  turning.turn_header(reader.word(kHeaderLength));
  return turning.take();
}

bool has_long_ext_records(Bytes bytes) {
  const Reader reader(bytes);
  return std::ranges::any_of(reader.subsections(), [&](const Subsection& part) {
    return reader.word(part.begin) > part.sort->least_record;
  });
}

bool has_overlapping_ext(Bytes bytes) {
  std::vector<Subsection> parts = Reader(bytes).subsections();
  std::ranges::sort(parts, {}, &Subsection::begin);
  return std::ranges::adjacent_find(parts, [](const Subsection& low, const Subsection& high) {
           return low.end() > high.begin;
         }) != parts.end();
}

}  // namespace retort
