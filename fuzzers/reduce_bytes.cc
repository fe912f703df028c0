// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Taking bytes away from parts that no stack could be made of: damaged BTF, .BTF.ext, whatever a
// tag holds that is not known here. In BTF the header's lengths are corrected along with it, since
// otherwise hardly any byte could go; what stays is set to zero where it can be.
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "fuzzers/reduce_steps.h"

namespace retort {
namespace {

using ByteVector = std::vector<std::byte>;

constexpr std::size_t kMostBytes = std::size_t{1} << 16;
constexpr std::size_t kTypeLength = 12;  // in the header: type_off, type_len, str_off, str_len
constexpr std::size_t kStringOffset = 16;
constexpr std::size_t kStringLength = 20;

// Whether the parts of this stack can all be edited as types.
bool is_walked(const Pair& pair, std::size_t part) {
  Draft draft(pair);
  std::size_t splits = 0;
  for (std::size_t index = 0; index < part; ++index)
    if (pair.parts[index].tag == kSplit) ++splits;
  const std::string& tag = pair.parts[part].tag;
  const Where where = tag == kTarget                                     ? Where::target
                      : tag == kBase && pair.find(kDistilled) != nullptr ? Where::old_base
                                                                         : Where::split;
  const Stack* stack = draft.open(where);
  if (stack == nullptr) return false;
  return stack->layers.size() > (tag == kSplit ? splits + 1 : 0);
}

bool is_for_bytes(const Pair& pair, std::size_t part) {
  const Part& candidate = pair.parts[part];
  if (candidate.tag == kProgram || candidate.bytes.size() > kMostBytes) return false;
  const bool btf = candidate.tag == kBase || candidate.tag == kSplit ||
                   candidate.tag == kDistilled || candidate.tag == kTarget;
  return !btf || !is_walked(pair, part);
}

bool begins_like_btf(const ByteVector& bytes) {
  std::uint16_t magic = 0;
  if (bytes.size() < btf::kHeaderBytes) return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == btf::kMagic;
}

// Takes from a header field what was cut out of its section.
void lessen(ByteVector& bytes, std::size_t field, std::size_t by) {
  const std::uint32_t value = btf::load_word(bytes.data() + field);
  btf::store_word(bytes.data() + field, value - static_cast<std::uint32_t>(by));
}

// The bytes without [begin, end), and the lengths in the header of BTF as they are then.
std::optional<ByteVector> cut(const ByteVector& bytes, std::size_t begin, std::size_t end) {
  if (!begins_like_btf(bytes) || begin < btf::kHeaderBytes) return {};
  ByteVector shorter = bytes;
  const auto first = shorter.begin();
  shorter.erase(first + static_cast<std::ptrdiff_t>(begin),
                first + static_cast<std::ptrdiff_t>(end));
  const std::size_t strings =
      std::size_t{btf::kHeaderBytes} + btf::load_word(bytes.data() + kStringOffset);
  if (end <= strings) {
    lessen(shorter, kTypeLength, end - begin);
    lessen(shorter, kStringOffset, end - begin);
  } else {
    lessen(shorter, kStringLength, end - begin);
  }
  return shorter;
}

bool attempt_bytes(Reducing& reducing, std::size_t part, ByteVector bytes) {
  Pair candidate = reducing.pair();
  candidate.parts[part].bytes = std::move(bytes);
  return reducing.attempt(std::move(candidate));
}

bool take_bytes(Reducing& reducing, std::size_t part, std::size_t begin, std::size_t end) {
  const ByteVector& bytes = reducing.pair().parts[part].bytes;
  if (auto shorter = cut(bytes, begin, end))
    if (attempt_bytes(reducing, part, std::move(*shorter))) return true;
  ByteVector plain = reducing.pair().parts[part].bytes;
  plain.erase(plain.begin() + static_cast<std::ptrdiff_t>(begin),
              plain.begin() + static_cast<std::ptrdiff_t>(end));
  return attempt_bytes(reducing, part, std::move(plain));
}

bool zero_bytes(Reducing& reducing, std::size_t part, std::size_t begin, std::size_t end) {
  ByteVector bytes = reducing.pair().parts[part].bytes;
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
            bytes.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
  attempt_bytes(reducing, part, std::move(bytes));
  return false;  // they are still there
}

}  // namespace

void reduce_bytes(Reducing& reducing) {
  for (std::size_t part = 0; part < reducing.pair().parts.size(); ++part) {
    if (!is_for_bytes(reducing.pair(), part)) continue;
    const auto size = [&] { return reducing.pair().parts[part].bytes.size(); };
    take_in_chunks(size(), [&](std::size_t begin, std::size_t end) {
      return take_bytes(reducing, part, begin, end);
    });
    take_in_chunks(size(), [&](std::size_t begin, std::size_t end) {
      return zero_bytes(reducing, part, begin, end);
    });
  }
}

}  // namespace retort
