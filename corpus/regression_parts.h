// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What regression pairs are put together from: a base that begins with INT 'int', words of its
// header changed by hand, a layout section, a program.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "oracles/pair.h"
#include "relocator/builder.h"

namespace retort {

using ByteVector = std::vector<std::byte>;

inline constexpr std::uint32_t kSigned = 1;
inline constexpr std::endian kForeign =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;

/// So many words, in host byte order.
inline ByteVector words(const std::vector<std::uint32_t>& values) {
  ByteVector bytes(values.size() * btf::kWordBytes);
  for (std::size_t index = 0; index < values.size(); ++index)
    btf::store_word(bytes.data() + index * btf::kWordBytes, values[index]);
  return bytes;
}

/// A base with INT 'int' as type 1, then what `fill` adds.
inline ByteVector base_with(const std::function<void(btf::Builder&)>& fill,
                            std::endian order = std::endian::native) {
  btf::Builder builder(order);
  builder.add_int("int", 4, kSigned);
  fill(builder);
  return builder.finish();
}

inline void add_nothing(btf::Builder& /*builder*/) {}

inline Pair base_of(ByteVector bytes) {
  Pair pair;
  pair.append(kBase, std::move(bytes));
  return pair;
}

inline Pair with_program(Pair pair, std::string_view program) {
  const auto bytes = std::as_bytes(std::span(program));
  pair.append(kProgram, {bytes.begin(), bytes.end()});
  return pair;
}

/// A word of the header, magic number and version being the first.
inline std::uint32_t header_word(const ByteVector& bytes, std::size_t word) {
  return btf::load_word(bytes.data() + word * btf::kWordBytes);
}

inline void set_header_word(ByteVector& bytes, std::size_t word, std::uint32_t value) {
  btf::store_word(bytes.data() + word * btf::kWordBytes, value);
}

/// With nothing but INT 'int' and a word that nobody needs between types and strings.
inline ByteVector with_gap_before_strings(std::endian order = std::endian::native) {
  ByteVector bytes = base_with(add_nothing, order);
  const auto in_order = [&](std::uint32_t word) {
    return order == std::endian::native ? word : btf::swap_bytes(word);
  };
  const std::uint32_t strings = in_order(header_word(bytes, 4));
  bytes.insert(bytes.begin() + btf::kHeaderBytes + strings, btf::kWordBytes, std::byte{0});
  set_header_word(bytes, 4, in_order(strings + btf::kWordBytes));
  return bytes;
}

/// The same with a layout section that knows the first kind that we do not: its elements have so
/// many bytes.
inline ByteVector with_layout(ByteVector bytes, std::uint8_t element_bytes) {
  const std::uint32_t layout = (btf::kKindCount + 1) * btf::kLayoutEntryBytes;
  const std::uint32_t types = header_word(bytes, 3);
  bytes.insert(bytes.begin() + btf::kHeaderBytes + types, layout, std::byte{0});
  bytes.insert(bytes.begin() + btf::kHeaderBytes, btf::kLayoutHeaderBytes - btf::kHeaderBytes,
               std::byte{0});
  set_header_word(bytes, 1, btf::kLayoutHeaderBytes);
  set_header_word(bytes, 4, types + layout);
  set_header_word(bytes, 6, types);
  set_header_word(bytes, 7, layout);
  std::byte* entry = bytes.data() + btf::kLayoutHeaderBytes + types;
  for (std::uint32_t kind = 0; kind < btf::kKindCount; ++kind, entry += btf::kLayoutEntryBytes) {
    const btf::Shape shape = btf::shape_of(static_cast<btf::Kind>(kind));
    entry[0] = static_cast<std::byte>(shape.fixed * btf::kWordBytes);
    entry[1] = static_cast<std::byte>(shape.element * btf::kWordBytes);
  }
  entry[1] = std::byte{element_bytes};
  return bytes;
}

}  // namespace retort
