// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of a part's bytes, which know where header, records and strings lie but not what may
// stand there: fields at their limits, words flipped, strings without an end, a part cut off.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

constexpr std::array kBtfTags = {kBase, kSplit, kDistilled, kTarget};
constexpr std::byte kLittleEndianMagic{0x9f};

// The words of one part, read and written in its byte order.
class Words {
 public:
  explicit Words(std::vector<std::byte>& bytes) : bytes_(bytes) {
    const bool little = bytes[0] == kLittleEndianMagic;
    swap_ = little != (std::endian::native == std::endian::little);
  }
  [[nodiscard]] std::uint32_t get(std::size_t at) const {
    const std::uint32_t word = btf::load_word(bytes_.data() + at);
    return swap_ ? btf::swap_bytes(word) : word;
  }
  void set(std::size_t at, std::uint32_t word) {
    btf::store_word(bytes_.data() + at, swap_ ? btf::swap_bytes(word) : word);
  }

 private:
  std::vector<std::byte>& bytes_;
  bool swap_ = false;
};

// The bytes of a random part that holds BTF, if it has at least a header's.
std::vector<std::byte>* any_bytes(Draft& draft, Random& random) {
  std::vector<std::vector<std::byte>*> parts;
  for (Part& part : draft.pair().parts)
    if (std::ranges::find(kBtfTags, part.tag) != kBtfTags.end() &&
        part.bytes.size() >= btf::kHeaderBytes)
      parts.push_back(&part.bytes);
  return parts.empty() ? nullptr : random.pick(parts);
}

std::uint32_t limit(std::uint32_t old, std::size_t size, Random& random) {
  const auto bytes = static_cast<std::uint32_t>(size);
  const std::array<std::uint32_t, 14> limits = {
      0, 1, 3, 4, 23, 25, 32, 33, bytes - 1, bytes, bytes + 1, 0x7fffffff, 0x80000000, 0xfffffffc};
  return random.one_in(2) ? random.pick(limits) : other_number(old, random);
}

bool damage_header_field(Draft& draft, Random& random) {
  std::vector<std::byte>* bytes = any_bytes(draft, random);
  if (bytes == nullptr) return false;
  Words words(*bytes);
  // hdr_len to str_len, and where the part is long enough the layout's two.
  const std::uint32_t fields = bytes->size() >= btf::kLayoutHeaderBytes ? 7 : 5;
  const std::size_t at = btf::kWordBytes * (1 + std::size_t{random.below(fields)});
  words.set(at, limit(words.get(at), bytes->size(), random));
  return true;
}

bool damage_magic_or_version(Draft& draft, Random& random) {
  std::vector<std::byte>* bytes = any_bytes(draft, random);
  if (bytes == nullptr) return false;
  // Version and flags more often: a wrong magic ends everything at once.
  const std::size_t at = random.one_in(4) ? random.below(2) : random.between(2, 3);
  (*bytes)[at] ^= static_cast<std::byte>(1U << random.below(8));
  return true;
}

bool change_word(Draft& draft, Random& random) {
  std::vector<std::byte>* bytes = any_bytes(draft, random);
  if (bytes == nullptr || bytes->size() < btf::kHeaderBytes + btf::kWordBytes) return false;
  const std::size_t behind_header = (bytes->size() - btf::kHeaderBytes) / btf::kWordBytes;
  const std::size_t at = btf::kHeaderBytes + random.index(behind_header) * btf::kWordBytes;
  Words words(*bytes);
  words.set(at, other_number(words.get(at), random));
  return true;
}

bool flip_bit(Draft& draft, Random& random) {
  std::vector<std::byte>* bytes = any_bytes(draft, random);
  if (bytes == nullptr) return false;
  random.pick(*bytes) ^= static_cast<std::byte>(1U << random.below(8));
  return true;
}

bool truncate(Draft& draft, Random& random) {
  std::vector<std::byte>* bytes = any_bytes(draft, random);
  if (bytes == nullptr) return false;
  // A little off the end, or anywhere.
  const auto size = static_cast<std::uint32_t>(bytes->size());
  bytes->resize(random.one_in(2) ? size - random.between(1, 8) : random.below(size));
  return true;
}

// The string section's first byte must be NUL in a base, its last in every layer.
bool damage_string_ends(Draft& draft, Random& random) {
  std::vector<std::byte>* bytes = any_bytes(draft, random);
  if (bytes == nullptr) return false;
  const Words words(*bytes);
  const std::uint64_t begin = std::uint64_t{words.get(4)} + words.get(16);
  const std::uint64_t end = begin + words.get(20);
  if (begin >= end || end > bytes->size()) return false;
  std::byte& damaged = (*bytes)[random.one_in(3) ? begin : end - 1];
  return std::exchange(damaged, std::byte{'x'}) != std::byte{'x'};
}

// The info word of a record: another number of elements, kind or flag, with the same bytes behind.
bool damage_info_word(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random);
  if (!spot) return false;
  std::uint32_t& info = spot->type().words[1];
  switch (random.below(3)) {
    case 0:
      info = (info & 0xff000000) | (other_number(info, random) & 0xffffff);
      break;
    case 1:
      info = (info & 0x80ffffff) | random.below(btf::kMaxKinds) << 24;
      break;
    default:
      info ^= 1U << random.below(32);
  }
  // From here on the record can only be walked as its bytes say.
  draft.pair();
  return true;
}

constexpr Mutation kTable[] = {
    {"damage-header-field", 4, damage_header_field},
    {"damage-magic-or-version", 1, damage_magic_or_version},
    {"change-word", 4, change_word},
    {"flip-bit", 3, flip_bit},
    {"truncate", 2, truncate},
    {"damage-string-ends", 1, damage_string_ends},
    {"damage-info-word", 3, damage_info_word},
};

}  // namespace

std::span<const Mutation> byte_mutations() {
  return kTable;
}

}  // namespace retort
