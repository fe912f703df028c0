// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The canonical form of a layer: ids, kinds and fields in host byte order, names by their content.
// Header length, layout section, order of strings and padding do not count, so two layers with the
// same digest say the same thing. The digest is made from records and names handed in one by one,
// so that an implementation with a view of its own can be asked for what it sees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relocator/btf.h"

namespace btf {

/// 64 bits over a canonical form; equal in every process and on every machine.
class Digest {
 public:
  void add(std::uint32_t word);
  void add(std::string_view text);
  /// Both halves of a wide value, another digest for example.
  void add_wide(std::uint64_t value) {
    add(static_cast<std::uint32_t>(value));
    add(static_cast<std::uint32_t>(value >> 32));
  }
  [[nodiscard]] std::uint64_t value() const { return state_; }
  [[nodiscard]] std::string hex() const;

 private:
  std::uint64_t state_ = 0x6a09e667f3bcc908;
};

/// Adds one record; `name_at(offset)` gives the content of a string offset.
template <class NameAt>
void add_canonical(Digest& digest, const Type& type, NameAt&& name_at) {
  digest.add(type.id());
  std::size_t next_name = 0;
  std::size_t word = 0;
  const auto add_words_to = [&](std::size_t end) {
    for (; word < end; ++word) digest.add(type.word(word));
  };
  for_each_name(type, [&](std::size_t name) {
    next_name = name;
    add_words_to(next_name);
    digest.add(name_at(type.word(name)));
    word = next_name + 1;
  });
  add_words_to(type.words());
}

/// The digest of one layer as somebody sees it who has its types [start, end) as `type_at(id)` and
/// the contents of its string offsets as `name_at(offset)`.
template <class TypeAt, class NameAt>
Digest canonical_digest(std::uint32_t start, std::uint32_t end, TypeAt&& type_at,
                        NameAt&& name_at) {
  Digest digest;
  digest.add(start);
  digest.add(end);
  for (std::uint32_t id = start; id < end; ++id) add_canonical(digest, type_at(id), name_at);
  return digest;
}

/// The digest of one layer (its ids and names count from the stack below it).
Digest canonical_digest(const Btf& layer);

}  // namespace btf
