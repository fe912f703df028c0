// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A pair: one test case. Base and split BTF, and where the operation needs them the distilled base,
// a target base, .BTF.ext and a program of operations. As a file it is a magic number, a version
// and then parts, each a tag of four letters, a length and that many bytes, all numbers
// little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "relocator/format.h"

namespace retort {

using btf::Bytes;

/// The tags that mean something. Others are kept and named.
inline constexpr std::string_view kBase = "BASE";
inline constexpr std::string_view kSplit = "SPLT";      ///< again for each further layer
inline constexpr std::string_view kDistilled = "DIST";  ///< if present, the lowest SPLT lies on it
inline constexpr std::string_view kTarget = "TRGT";
inline constexpr std::string_view kExt = "BEXT";
inline constexpr std::string_view kProgram = "PROG";
inline constexpr std::string_view kElf = "ELFF";   ///< a file to read BTF from
inline constexpr std::string_view kCore = "CORE";  ///< relocations as text, one a line
inline constexpr std::string_view kData = "DATA";  ///< bytes to be shown as values of each type

struct Part {
  std::string tag;
  std::vector<std::byte> bytes;
  bool operator==(const Part&) const = default;
};

struct PairError {
  std::uint64_t offset = 0;  ///< where in the file
  std::string sentence;
};

struct Pair {
  std::vector<Part> parts;

  /// The bytes of the first part of that tag, or nullptr.
  [[nodiscard]] const std::vector<std::byte>* find(std::string_view tag) const;
  /// Replaces the part of that tag, or appends it; SPLT too counts as one.
  void set(std::string_view tag, std::vector<std::byte> bytes);
  void append(std::string_view tag, std::vector<std::byte> bytes);
  /// The split layers, lowest first.
  [[nodiscard]] std::vector<const std::vector<std::byte>*> splits() const;
  bool operator==(const Pair&) const = default;
};

/// The bytes of DIST or BASE, then of each SPLT; empty where there is neither of the first two.
std::vector<Bytes> stack_of(const Pair& pair);

/// Reads a pair file. Errors: no magic, another version, a part that is cut off, a tag that is not
/// four capital letters or digits, a repeated tag other than SPLT.
std::expected<Pair, PairError> parse_pair(Bytes file);
std::vector<std::byte> serialize(const Pair& pair);

/// Whether the bytes begin like a pair file.
bool looks_like_pair(Bytes file);

}  // namespace retort
