// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Taking apart goes through btf::Btf, so that whatever the library can walk can be edited. Putting
// together lays the sections out again and keeps what stood between them.
#include "fuzzers/edit.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace retort {
namespace {

using btf::kHeaderBytes;
using btf::kHeadWords;
using btf::kLayoutHeaderBytes;
using btf::kWordBytes;

constexpr std::size_t kLayoutEntryBytes = 4;

std::vector<std::byte> copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

struct Extent {
  Section section;
  std::uint64_t begin;
  std::uint64_t end;
};

// The sections in the order in which they stand. An empty one lies where its offset says, as
// readers compare offsets of empty sections too, but a layout that is not there has its place
// behind the types.
std::array<Extent, 3> extents_of(const btf::Header& header) {
  const auto extent = [&](Section section, std::uint32_t offset, std::uint32_t length) {
    const std::uint64_t begin = std::uint64_t{header.hdr_len} + offset;
    return Extent{section, begin, begin + length};
  };
  std::array<Extent, 3> extents = {extent(Section::types, header.type_off, header.type_len),
                                   extent(Section::strings, header.str_off, header.str_len),
                                   extent(Section::layout, header.layout_off, header.layout_len)};
  Extent& layout = extents[2];
  if (layout.begin == layout.end) layout.begin = layout.end = extents[0].end;
  constexpr std::array rank = {0, 2, 1};  // types, layout, strings where they begin at one byte
  std::ranges::sort(extents, {}, [&](const Extent& placed) {
    return std::tuple(placed.begin, rank[static_cast<std::size_t>(placed.section)]);
  });
  return extents;
}

EditType edit_type(const btf::Type& type, btf::Dialect dialect) {
  EditType edit{
      .words = std::vector<std::uint32_t>(type.words()), .shape = type.shape(), .dialect = dialect};
  std::memcpy(edit.words.data(), type.bytes().data(), type.bytes().size());
  return edit;
}

// Nothing where a section lies over the header's fields: that cannot be put together again.
std::optional<Layer> take_apart(const btf::Btf& layer) {
  const btf::Header& header = layer.header();
  Layer edit;
  edit.order = layer.byte_order();
  edit.version = header.version;
  edit.flags = header.flags;
  edit.header_len = header.hdr_len;
  edit.has_layout = layer.dialect() == btf::Dialect::wide && header.hdr_len >= kLayoutHeaderBytes;
  const std::uint64_t fields = edit.has_layout ? kLayoutHeaderBytes : kHeaderBytes;
  std::uint64_t at = std::max(fields, std::uint64_t{header.hdr_len});
  edit.header_rest = copy_of(layer.image().subspan(fields, at - fields));
  const auto extents = extents_of(header);
  for (std::size_t index = 0; index < extents.size(); ++index) {
    const Extent& extent = extents[index];
    edit.sections[index].section = extent.section;
    if (extent.begin == extent.end) continue;
    if (extent.begin < at) return {};
    edit.sections[index].gap = copy_of(layer.image().subspan(at, extent.begin - at));
    const Bytes bytes = layer.image().subspan(extent.begin, extent.end - extent.begin);
    if (extent.section == Section::strings) {
      edit.strings.resize(bytes.size());
      std::memcpy(edit.strings.data(), bytes.data(), bytes.size());
    } else if (extent.section == Section::layout) {
      edit.layout = copy_of(bytes);
    }
    at = extent.end;
  }
  edit.trailing = copy_of(layer.image().subspan(at));
  edit.types.reserve(layer.end_id() - layer.start_id());
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    edit.types.push_back(edit_type(layer.type(id), layer.dialect()));
  return edit;
}

btf::BtfPtr parse_in_either_dialect(Bytes bytes, const btf::BtfPtr& base) {
  for (const btf::Dialect dialect : {btf::Dialect::wide, btf::Dialect::narrow}) {
    auto parsed = btf::Btf::parse(bytes, {.base = base, .dialect = dialect, .borrow = true});
    if (parsed) return *parsed;
  }
  return nullptr;
}

// Appends words and halves in a layer's byte order.
class Writer {
 public:
  explicit Writer(std::endian order) : swap_(order != std::endian::native) {}

  void word(std::uint32_t value) { raw(swap_ ? btf::swap_bytes(value) : value); }
  void half(std::uint16_t value) { raw(swap_ ? btf::swap_bytes(value) : value); }
  void byte(std::uint8_t value) { raw(value); }
  void put(std::size_t at, std::uint32_t value) {
    btf::store_word(bytes_.data() + at, swap_ ? btf::swap_bytes(value) : value);
  }
  template <class T>
  void append(const std::vector<T>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  template <class T>
  void raw(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  std::vector<std::byte> bytes_;
  bool swap_;
};

void write_layout(Writer& writer, const std::vector<std::byte>& layout) {
  for (std::size_t at = 0; at + kLayoutEntryBytes <= layout.size(); at += kLayoutEntryBytes) {
    writer.byte(static_cast<std::uint8_t>(layout[at]));
    writer.byte(static_cast<std::uint8_t>(layout[at + 1]));
    std::uint16_t flags = 0;
    std::memcpy(&flags, layout.data() + at + 2, sizeof flags);
    writer.half(flags);
  }
}

void write_section(Writer& writer, const Layer& layer, Section section) {
  switch (section) {
    case Section::types:
      for (const EditType& type : layer.types)
        for (const std::uint32_t word : type.words) writer.word(word);
      return;
    case Section::strings:
      return writer.append(layer.strings);
    case Section::layout:
      return write_layout(writer, layer.layout);
  }
}

// Where in the header a section's offset stands; its length follows.
std::size_t header_field(Section section) {
  switch (section) {
    case Section::types:
      return 8;
    case Section::strings:
      return 16;
    case Section::layout:
      return 24;
  }
  return 0;
}

}  // namespace

EditType EditType::make(Kind kind, std::uint32_t name, std::uint32_t third, bool kflag) {
  EditType type{.words = {}, .shape = btf::shape_of(kind)};
  type.words.resize(kHeadWords + type.shape.fixed);
  type.words[0] = name;
  type.words[1] = btf::pack_info({kind, kflag, 0});
  type.words[2] = third;
  return type;
}

void EditType::set_kflag(bool kflag) {
  words[1] = (words[1] & 0x7fffffffU) | static_cast<std::uint32_t>(kflag) << 31;
}

void EditType::set_vlen(std::uint32_t vlen) {
  const std::uint32_t mask = dialect == btf::Dialect::wide ? 0xffffffU : 0xffffU;
  words[1] = (words[1] & ~mask) | (vlen & mask);
}

void EditType::become(Kind kind) {
  EditType other = make(kind, name(), third(), kflag());
  std::swap(*this, other);
}

std::span<std::uint32_t> EditType::element(std::size_t index) {
  return std::span(words).subspan(kHeadWords + shape.fixed + index * shape.element, shape.element);
}

std::span<const std::uint32_t> EditType::element(std::size_t index) const {
  return std::span(words).subspan(kHeadWords + shape.fixed + index * shape.element, shape.element);
}

void EditType::insert_element(std::size_t index, std::span<const std::uint32_t> element) {
  const auto at = static_cast<std::ptrdiff_t>(kHeadWords + shape.fixed + index * shape.element);
  words.insert(words.begin() + at, element.begin(), element.end());
  set_vlen(vlen() + 1);
}

void EditType::remove_element(std::size_t index) {
  const auto at = static_cast<std::ptrdiff_t>(kHeadWords + shape.fixed + index * shape.element);
  words.erase(words.begin() + at, words.begin() + at + shape.element);
  set_vlen(vlen() - 1);
}

void Layer::set_layout(bool present) {
  has_layout = present;
  header_rest.clear();
  header_len = present ? kLayoutHeaderBytes : kHeaderBytes;
  if (!present) layout.clear();
}

std::vector<std::byte> encode(const Layer& layer) {
  Writer writer(layer.order);
  writer.half(btf::kMagic);
  writer.byte(layer.version);
  writer.byte(layer.flags);
  writer.word(layer.header_len);
  const std::size_t fields = layer.has_layout ? kLayoutHeaderBytes : kHeaderBytes;
  while (writer.size() < fields) writer.word(0);
  writer.append(layer.header_rest);
  for (const PlacedSection& placed : layer.sections) {
    if (placed.section == Section::layout && !layer.has_layout) continue;
    writer.append(placed.gap);
    const std::size_t begin = writer.size();
    write_section(writer, layer, placed.section);
    const std::size_t field = header_field(placed.section);
    writer.put(field, static_cast<std::uint32_t>(begin) - layer.header_len);
    writer.put(field + kWordBytes, static_cast<std::uint32_t>(writer.size() - begin));
  }
  writer.append(layer.trailing);
  return writer.take();
}

Stack Stack::decode(std::span<const Bytes> layers) {
  Stack stack;
  btf::BtfPtr below;
  for (const Bytes bytes : layers) {
    below = parse_in_either_dialect(bytes, below);
    if (!below) break;
    std::optional<Layer> layer = take_apart(*below);
    if (!layer) break;
    stack.layers.push_back(std::move(*layer));
  }
  return stack;
}

std::uint32_t Stack::start_id(std::size_t layer) const {
  std::uint32_t id = 1;
  for (std::size_t below = 0; below < layer; ++below)
    id += static_cast<std::uint32_t>(layers[below].types.size());
  return id;
}

std::uint32_t Stack::start_string(std::size_t layer) const {
  std::uint32_t offset = 0;
  for (std::size_t below = 0; below < layer; ++below)
    offset += static_cast<std::uint32_t>(layers[below].strings.size());
  return offset;
}

std::size_t Stack::layer_of(std::uint32_t id) const {
  std::size_t layer = 0;
  while (layer + 1 < layers.size() && id >= end_id(layer)) ++layer;
  return layer;
}

EditType* Stack::type(std::uint32_t id) {
  return const_cast<EditType*>(std::as_const(*this).type(id));
}

const EditType* Stack::type(std::uint32_t id) const {
  if (id == 0) return nullptr;
  std::size_t index = id - 1;
  for (const Layer& layer : layers) {
    if (index < layer.types.size()) return &layer.types[index];
    index -= layer.types.size();
  }
  return nullptr;
}

Kind Stack::kind_of(std::uint32_t id) const {
  const EditType* found = type(id);
  return found == nullptr ? Kind::void_ : found->kind();
}

std::optional<std::string_view> Stack::text(std::uint32_t offset) const {
  std::size_t at = offset;
  for (const Layer& layer : layers) {
    if (at < layer.strings.size()) return std::string_view(layer.strings.data() + at);
    at -= layer.strings.size();
  }
  return {};
}

std::uint32_t Stack::intern(std::size_t layer, std::string_view text) {
  if (text.empty()) return 0;
  for (std::size_t below = 0; below <= layer; ++below) {
    const std::string_view strings(layers[below].strings.data(), layers[below].strings.size());
    for (std::size_t at = strings.find(text); at != std::string_view::npos;
         at = strings.find(text, at + 1)) {
      const bool begins = at == 0 || strings[at - 1] == '\0';
      if (begins && strings[at + text.size()] == '\0')
        return start_string(below) + static_cast<std::uint32_t>(at);
    }
  }
  return append_string(layer, text);
}

std::uint32_t Stack::append_string(std::size_t layer, std::string_view text) {
  const std::uint32_t offset = start_string(layer + 1);
  const auto bytes = static_cast<std::uint32_t>(text.size()) + 1;
  const std::uint32_t end = end_string();
  for (std::size_t above = layer + 1; above < layers.size(); ++above)
    for (EditType& type : layers[above].types)
      for_each_name(type, [&](std::uint32_t& name) {
        if (name >= offset && name < end) name += bytes;
      });
  std::vector<char>& strings = layers[layer].strings;
  strings.insert(strings.end(), text.begin(), text.end());
  strings.push_back('\0');
  return offset;
}

void Stack::compact_strings() {
  // A stack without types, so that strings can be added to it without moving anything.
  Stack compact;
  compact.layers.resize(layers.size());
  compact.layers[0].strings = {'\0'};
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    for (EditType& type : layers[layer].types)
      for_each_name(type, [&](std::uint32_t& name) {
        if (const auto content = text(name)) name = compact.intern(layer, *content);
      });
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    layers[layer].strings = std::move(compact.layers[layer].strings);
}

template <class Map>
void Stack::map_ids(Map&& map) {
  const std::uint32_t end = end_id();
  for_each_type([&](std::uint32_t, EditType& type) {
    for_each_id(type, [&](std::uint32_t& id) {
      if (id < end) id = map(id);
    });
  });
}

std::uint32_t Stack::add(std::size_t layer, std::span<const EditType> added) {
  const std::uint32_t first = end_id(layer);
  const auto count = static_cast<std::uint32_t>(added.size());
  map_ids([&](std::uint32_t id) { return id < first ? id : id + count; });
  std::vector<EditType>& types = layers[layer].types;
  types.insert(types.end(), added.begin(), added.end());
  return first;
}

void Stack::remove(std::uint32_t id, std::uint32_t replacement) {
  map_ids([&](std::uint32_t referred) {
    const std::uint32_t kept = referred == id ? replacement : referred;
    return kept > id ? kept - 1 : kept;
  });
  const std::size_t layer = layer_of(id);
  std::vector<EditType>& types = layers[layer].types;
  types.erase(types.begin() + static_cast<std::ptrdiff_t>(id - start_id(layer)));
}

void Stack::permute(std::size_t layer, std::span<const std::uint32_t> order) {
  const std::uint32_t start = start_id(layer);
  std::vector<std::uint32_t> new_index(order.size());
  for (std::uint32_t index = 0; index < order.size(); ++index) new_index[order[index]] = index;
  map_ids([&](std::uint32_t id) {
    const bool moves = id >= start && id - start < order.size();
    return moves ? start + new_index[id - start] : id;
  });
  std::vector<EditType> permuted;
  permuted.reserve(order.size());
  for (const std::uint32_t index : order) permuted.push_back(std::move(layers[layer].types[index]));
  layers[layer].types = std::move(permuted);
}

}  // namespace retort
