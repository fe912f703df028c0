// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// BTF taken apart for editing: a Stack of layers, each a list of records whose every word can be
// changed, a string section, and whatever else stood in its bytes (gaps, trailing bytes, header
// fields). Names stay string offsets, because two offsets of one text, the tail of another string
// or an offset out of range are what a fuzzer wants to make and to keep. A Stack renumbers ids and
// string offsets in all layers when one layer grows or shrinks, so that an edit does not break the
// rest.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "relocator/btf.h"
#include "relocator/format.h"

namespace retort {

using btf::Bytes;
using btf::Kind;

/// One record. The number of words always fits the info word.
struct EditType {
  std::vector<std::uint32_t> words;
  btf::Shape shape;
  btf::Dialect dialect = btf::Dialect::wide;  ///< how the info word is read

  static EditType make(Kind kind, std::uint32_t name = 0, std::uint32_t third = 0,
                       bool kflag = false);

  [[nodiscard]] btf::Info info() const { return btf::unpack_info(words[1], dialect); }
  [[nodiscard]] Kind kind() const { return info().kind; }
  [[nodiscard]] bool kflag() const { return info().kflag; }
  [[nodiscard]] std::uint32_t vlen() const { return info().vlen; }
  /// FUNC keeps its linkage in vlen and has no elements.
  [[nodiscard]] std::uint32_t elements() const { return shape.element == 0 ? 0 : vlen(); }
  void set_kflag(bool kflag);
  void set_vlen(std::uint32_t vlen);  ///< only for kinds without elements
  /// Becomes a record of another kind with no elements; name and third word stay.
  void become(Kind kind);

  std::uint32_t& name() { return words[0]; }
  std::uint32_t& third() { return words[2]; }
  [[nodiscard]] std::uint32_t name() const { return words[0]; }
  [[nodiscard]] std::uint32_t third() const { return words[2]; }
  std::uint32_t& fixed(std::size_t word) { return words[btf::kHeadWords + word]; }
  [[nodiscard]] std::uint32_t fixed(std::size_t word) const {
    return words[btf::kHeadWords + word];
  }
  std::span<std::uint32_t> element(std::size_t index);
  [[nodiscard]] std::span<const std::uint32_t> element(std::size_t index) const;
  void insert_element(std::size_t index, std::span<const std::uint32_t> element);
  void add_element(std::span<const std::uint32_t> element) { insert_element(elements(), element); }
  void remove_element(std::size_t index);

  /// The record as relocator/ sees it; valid until the next change.
  [[nodiscard]] btf::Type view(std::uint32_t id = 0) const {
    return {id, reinterpret_cast<const std::byte*>(words.data()), info(), &shape};
  }
};

/// Calls visit(std::uint32_t&) for every type id of the record.
template <class Visit>
void for_each_id(EditType& type, Visit&& visit) {
  btf::for_each_id(type.view(), [&](std::size_t word) { visit(type.words[word]); });
}

/// Calls visit(std::uint32_t&) for every string offset of the record, its own name first.
template <class Visit>
void for_each_name(EditType& type, Visit&& visit) {
  btf::for_each_name(type.view(), [&](std::size_t word) { visit(type.words[word]); });
}

enum class Section : std::uint8_t { types, strings, layout };

struct PlacedSection {
  Section section = Section::types;
  std::vector<std::byte> gap;  ///< what stands between the section before and this one
};

struct Layer {
  std::endian order = std::endian::native;
  std::uint8_t version = 1;
  std::uint8_t flags = 0;
  std::uint32_t header_len = btf::kHeaderBytes;  ///< as claimed; 24 bytes are always written
  bool has_layout = false;                       ///< the header has layout_off and layout_len
  std::vector<std::byte> header_rest;            ///< header bytes behind the fields
  std::array<PlacedSection, 3> sections = {
      {{Section::types, {}}, {Section::layout, {}}, {Section::strings, {}}}};
  std::vector<EditType> types;
  std::vector<char> strings;
  std::vector<std::byte> layout;  ///< entries of four bytes, in host byte order
  std::vector<std::byte> trailing;

  /// Gives the header its layout fields, or takes them away with the section.
  void set_layout(bool present);
};

std::vector<std::byte> encode(const Layer& layer);

class Stack {
 public:
  std::vector<Layer> layers;  ///< lowest first

  /// Takes apart as many layers, from the lowest, as can be walked, in either dialect.
  static Stack decode(std::span<const Bytes> layers);

  [[nodiscard]] std::uint32_t start_id(std::size_t layer) const;
  [[nodiscard]] std::uint32_t end_id(std::size_t layer) const { return start_id(layer + 1); }
  [[nodiscard]] std::uint32_t end_id() const { return start_id(layers.size()); }
  [[nodiscard]] std::uint32_t start_string(std::size_t layer) const;
  [[nodiscard]] std::uint32_t end_string() const { return start_string(layers.size()); }
  [[nodiscard]] std::size_t layer_of(std::uint32_t id) const;

  /// The type of that id; nullptr for void and for an id out of range.
  EditType* type(std::uint32_t id);
  [[nodiscard]] const EditType* type(std::uint32_t id) const;
  [[nodiscard]] Kind kind_of(std::uint32_t id) const;
  /// The string at that offset, or nothing if it is out of range.
  [[nodiscard]] std::optional<std::string_view> text(std::uint32_t offset) const;
  [[nodiscard]] std::string_view name(const EditType& type) const {
    return text(type.name()).value_or(std::string_view{});
  }

  /// The offset of the text, in this layer or below if it is there, else appended to this layer.
  std::uint32_t intern(std::size_t layer, std::string_view text);
  std::uint32_t append_string(std::size_t layer, std::string_view text);
  /// Leaves only the strings in use, each once. Offsets out of range stay as they are.
  void compact_strings();

  /// Appends types to a layer; ids of higher layers move up, those in `added` count as after that.
  /// Returns the id of the first.
  std::uint32_t add(std::size_t layer, std::span<const EditType> added);
  std::uint32_t add(std::size_t layer, const EditType& added) { return add(layer, {&added, 1}); }
  /// Takes a type away; what referred to it refers to `replacement` then.
  void remove(std::uint32_t id, std::uint32_t replacement);
  /// Gives the types of a layer another order: `order[new index]` is the old index.
  void permute(std::size_t layer, std::span<const std::uint32_t> order);

  /// Calls visit(id, EditType&) for every type, ascending.
  template <class Visit>
  void for_each_type(Visit&& visit) {
    std::uint32_t id = 1;
    for (Layer& layer : layers)
      for (EditType& type : layer.types) visit(id++, type);
  }

 private:
  template <class Map>
  void map_ids(Map&& map);
};

}  // namespace retort
