// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Which data a dump is asked to show: for each type of a stack bytes of exactly its size, and
// fewer. The questions, and what is known of their answers, come from our own reading, so that what
// asks libbpf and what foretells its answers have the same in mind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "oracles/pair.h"
#include "relocator/btf.h"

namespace retort {

/// A value that is no struct, union or array, and lies somewhere in a value of a type.
struct Leaf {
  std::uint32_t id = 0;       ///< behind modifiers
  std::uint64_t byte = 0;     ///< where it begins, counted from the whole
  std::uint32_t bit = 0;      ///< of a bit field: where in that byte
  std::uint32_t bits = 0;     ///< of a bit field: how many
  std::uint32_t size = 0;     ///< of its type, in bytes
  bool in_array = false;      ///< an element of an array, or a part of one
  bool first = false;         ///< only first members and elements lead to it
  std::uint32_t member = 0;   ///< the member of the whole that it lies in
  bool in_composite = false;  ///< that member is a struct or union itself
};

struct DataQuestion {
  std::uint32_t id = 0;
  std::uint32_t size = 0;   ///< of the type
  std::uint32_t given = 0;  ///< bytes that are handed over, at most `size`
  std::uint32_t options = 0;
  std::vector<Leaf> leaves{};
  /// Every leaf is of a kind and size that can be shown, and lies within the type; and whatever
  /// lies in it has the size that libbpf takes it for.
  bool regular = false;
};
/// Bits of DataQuestion::options.
inline constexpr std::uint32_t kCompact = 1;
inline constexpr std::uint32_t kSkipNames = 2;
inline constexpr std::uint32_t kEmitZeroes = 4;
inline constexpr std::uint32_t kIndented = 8;
inline constexpr std::uint32_t kAllOptions = 16;

/// Each question is asked with nothing readable behind the data, and with so many of these bytes.
inline constexpr std::size_t kReadableBehind = 2048;
inline constexpr std::byte kByteBehind{0x5a};

/// Types that take long to show are left out, and those with parts so far behind their beginning
/// that no fence stands there. Each exists as a question with all its bytes and, if it has any,
/// with some only.
std::vector<DataQuestion> data_questions(const btf::Btf& top);

/// The bytes to show as a value of a type: those of the part DATA again and again, or of a pattern
/// in which some words are zero.
void fill_data(const Pair& pair, const DataQuestion& question, std::span<std::byte> bytes);

/// The names of the members of the whole that are structs or unions themselves and not all zero,
/// where what zero means is beyond doubt: there are no bit fields, and no strings.
std::vector<std::string_view> shown_members(const btf::Btf& top, const DataQuestion& question,
                                            Bytes data);

/// Whether libbpf has a way to print a number of that kind and size, outside bit fields.
bool is_printable(btf::Kind kind, std::uint32_t size);

/// Whether libbpf has to say that the data is too short, where it shows zeroes too.
bool is_too_short(const DataQuestion& question);

}  // namespace retort
