// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/name_class.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace btf {
namespace {

constexpr std::size_t kMaxName = 512;  // as long as a kernel symbol

// What a character may be part of.
constexpr std::uint8_t kPrintable = 1;
constexpr std::uint8_t kWithinIdentifier = 2;
constexpr std::uint8_t kFirstOfIdentifier = 4;

constexpr std::array<std::uint8_t, 256> kCharacters = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = ' '; c <= '~'; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
    const bool digit = c >= '0' && c <= '9';
    table[c] = kPrintable;
    if (letter || digit) table[c] |= kWithinIdentifier;
    if (letter) table[c] |= kFirstOfIdentifier;
  }
  return table;
}();

NameClass class_of(std::string_view name) {
  if (name.empty()) return NameClass::empty;
  if (name.size() > kMaxName) return NameClass::other;
  const auto traits = [](char c) { return kCharacters[static_cast<unsigned char>(c)]; };
  std::uint8_t shared = kPrintable | kWithinIdentifier;
  for (const char c : name) shared &= traits(c);
  const bool begins = (traits(name[0]) & kFirstOfIdentifier) != 0;
  if ((shared & kWithinIdentifier) != 0 && begins) return NameClass::identifier;
  return (shared & kPrintable) != 0 ? NameClass::printable : NameClass::other;
}

}  // namespace

NameClass NameClasses::at(std::uint32_t offset) {
  const std::uint32_t own = offset - layer_.start_string();
  if (own >= layer_.header().str_len) {
    const auto below = layer_.string(offset);
    return below ? class_of(*below) : NameClass::out_of_range;
  }
  if (known_.empty()) known_.resize(layer_.header().str_len);
  if (known_[own] == 0)
    known_[own] =
        static_cast<std::uint8_t>(static_cast<unsigned>(class_of(*layer_.string(offset))) + 1);
  return static_cast<NameClass>(known_[own] - 1);
}

}  // namespace btf
