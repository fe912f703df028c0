// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Writing BTF: a Builder appends types and finishes into the bytes of one layer. A StringTable
// keeps each string once; the table of a split layer finds what the layers below hold already.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "relocator/btf.h"
#include "relocator/format.h"

namespace btf {

class StringTable {
 public:
  /// An empty table: of a base (which holds the empty string at 0), or on the tables below.
  explicit StringTable(const StringTable* below = nullptr);
  /// All strings of a stack, the first of equals winning; add() then appends a further layer's.
  static StringTable of(const Btf& top);

  StringTable(const StringTable&) = delete;
  StringTable& operator=(const StringTable&) = delete;
  StringTable(StringTable&&) = default;
  StringTable& operator=(StringTable&&) = default;

  /// Makes room for so many strings of so many characters.
  void reserve(std::size_t strings, std::size_t characters);
  /// The offset of the string, which is appended unless this table or one below has it.
  std::uint32_t add(std::string_view text);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const;
  [[nodiscard]] std::uint32_t end() const {
    return start_ + static_cast<std::uint32_t>(characters_.size());
  }
  [[nodiscard]] std::span<const char> characters() const { return characters_; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t offset = kFree;
  };
  static constexpr std::uint32_t kFree = 0xffffffff;

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text, std::uint32_t hash) const;
  [[nodiscard]] bool holds(std::uint32_t offset, std::string_view text) const;
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void make_room();
  void grow(std::size_t size);

  const StringTable* below_;
  std::uint32_t start_;
  std::vector<char> characters_;
  std::vector<Slot> slots_;  ///< a hash table with open addressing, by content
  std::uint32_t count_ = 0;
};

/// A member of a STRUCT or UNION, or with `offset` unused, a parameter.
struct Member {
  std::string_view name;
  std::uint32_t type_id = 0;
  std::uint32_t offset = 0;  ///< as on the wire: bits, with kflag the bit field's size on top
};
struct Enumerator {
  std::string_view name;
  std::uint64_t value = 0;
};

class Builder {
 public:
  /// A base layer.
  explicit Builder(std::endian order = std::endian::native) : order_(order) {}
  /// A split layer on a base that is being built, or whose strings and end_id are given. The
  /// table below must outlive the builder.
  Builder(const Builder& base, std::endian order)
      : strings_(&base.strings_), start_id_(base.end_id()), order_(order) {}
  Builder(const StringTable& below, std::uint32_t start_id, std::endian order)
      : strings_(&below), start_id_(start_id), order_(order) {}
  Builder(StringTable&& below, std::uint32_t start_id, std::endian order) = delete;

  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  [[nodiscard]] std::uint32_t start_id() const { return start_id_; }
  [[nodiscard]] std::uint32_t end_id() const { return next_id_ + start_id_; }
  StringTable& strings() { return strings_; }

  /// Appends a record as it is; returns its id. `tail` holds the words after the head.
  std::uint32_t add(Info info, std::string_view name, std::uint32_t third,
                    std::span<const std::uint32_t> tail = {});
  /// Appends a copy of a type of `source`: names go through this table, ids through `map_id`.
  template <class MapId>
  std::uint32_t copy(const Type& type, const Btf& source, MapId&& map_id) {
    return copy_mapped(
        type, [&](std::uint32_t offset) { return strings_.add(source.name(offset)); }, map_id);
  }
  /// Appends a copy of a type: string offsets go through `map_name`, ids through `map_id`.
  template <class MapName, class MapId>
  std::uint32_t copy_mapped(const Type& type, MapName&& map_name, MapId&& map_id) {
    const std::size_t record = words_.size();
    const std::size_t end = record + type.words();
    words_.resize(end);
    std::uint32_t* const words = words_.data() + record;
    std::memcpy(words, type.bytes().data(), type.bytes().size());
    for_each_reference(
        type, [&](std::size_t word) { words[word] = map_id(words[word]); },
        [&](std::size_t word) { words[word] = map_name(words[word]); });
    return start_id_ + next_id_++;
  }
  /// Makes room for so many words of records.
  void reserve(std::size_t words) { words_.reserve(words); }

  std::uint32_t add_int(std::string_view name, std::uint32_t bytes, std::uint32_t encoding = 0);
  std::uint32_t add_float(std::string_view name, std::uint32_t bytes);
  /// PTR, CONST, VOLATILE, RESTRICT, TYPEDEF, TYPE_TAG.
  std::uint32_t add_reference(Kind kind, std::uint32_t type_id, std::string_view name = {});
  std::uint32_t add_array(std::uint32_t type_id, std::uint32_t index_id, std::uint32_t elements);
  std::uint32_t add_fwd(std::string_view name, bool is_union);
  std::uint32_t add_composite(Kind kind, std::string_view name, std::uint32_t bytes,
                              std::initializer_list<Member> members = {}, bool kflag = false);
  /// ENUM or ENUM64.
  std::uint32_t add_enum(Kind kind, std::string_view name, std::uint32_t bytes,
                         std::initializer_list<Enumerator> values = {}, bool is_signed = false);
  std::uint32_t add_func_proto(std::uint32_t return_id, std::initializer_list<Member> params = {});
  std::uint32_t add_func(std::string_view name, std::uint32_t proto_id, std::uint32_t linkage);
  std::uint32_t add_var(std::string_view name, std::uint32_t type_id, std::uint32_t linkage);
  std::uint32_t add_decl_tag(std::string_view text, std::uint32_t type_id,
                             std::uint32_t component = 0xffffffff);

  /// The layer's bytes: header of 24, types, strings, in the byte order asked for.
  [[nodiscard]] std::vector<std::byte> finish() const;

 private:
  StringTable strings_;
  std::vector<std::uint32_t> words_;
  std::uint32_t start_id_ = 1;
  std::uint32_t next_id_ = 0;
  std::endian order_;
};

/// The bytes of a layer: header of 24, the words of its records, its string section.
std::vector<std::byte> encode_layer(std::span<const std::uint32_t> words, std::string_view strings,
                                    std::endian order);

}  // namespace btf
