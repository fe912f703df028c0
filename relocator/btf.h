// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A Btf: an immutable view of one layer of BTF on its optional base. Type ids and string offsets
// count through the whole stack, lowest layer first; id 0 is void. Parsing only makes sure that
// every record and string can be walked; what references and names must look like is check.h's.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "relocator/error.h"
#include "relocator/format.h"
#include "relocator/rules.h"

namespace btf {

class Btf;
using BtfPtr = std::shared_ptr<const Btf>;

/// The header, in host byte order. Fields that hdr_len leaves out are zero.
struct Header {
  std::uint8_t version = 1;
  std::uint8_t flags = 0;
  std::uint32_t hdr_len = kHeaderBytes;
  std::uint32_t type_off = 0;  ///< this and the following offsets count from the header's end
  std::uint32_t type_len = 0;
  std::uint32_t str_off = 0;
  std::uint32_t str_len = 0;
  std::uint32_t layout_off = 0;
  std::uint32_t layout_len = 0;
};

/// One type's record. A view: valid as long as the Btf that gave it.
class Type {
 public:
  Type(std::uint32_t id, const std::byte* record, Info info, const Shape* shape)
      : record_(record), shape_(shape), id_(id), info_(info) {}

  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] Kind kind() const { return info_.kind; }
  [[nodiscard]] bool kflag() const { return info_.kflag; }
  [[nodiscard]] std::uint32_t vlen() const { return info_.vlen; }
  [[nodiscard]] const Shape& shape() const { return *shape_; }
  /// The `index`th word of the record, in host byte order.
  [[nodiscard]] std::uint32_t word(std::size_t index) const {
    return load_word(record_ + index * kWordBytes);
  }
  [[nodiscard]] std::size_t words() const { return shape_->words(info_.vlen); }
  [[nodiscard]] Bytes bytes() const { return {record_, words() * kWordBytes}; }
  [[nodiscard]] std::uint32_t name_offset() const { return word(0); }
  /// The third word: a size in bytes, a type id, or unused (shape().third says which).
  [[nodiscard]] std::uint32_t size() const { return word(2); }
  [[nodiscard]] std::uint32_t type_id() const { return word(2); }
  /// Word `word` of fixed part or of element `index`, counted from the start of that group.
  [[nodiscard]] std::uint32_t fixed(std::size_t word) const {
    return this->word(kHeadWords + word);
  }
  [[nodiscard]] std::uint32_t element(std::size_t index, std::size_t word) const {
    return this->word(element_word(index, word));
  }
  [[nodiscard]] std::size_t element_word(std::size_t index, std::size_t word) const {
    return kHeadWords + shape_->fixed + index * shape_->element + word;
  }

 private:
  const std::byte* record_;
  const Shape* shape_;
  std::uint32_t id_;
  Info info_;
};

/// Calls visit(word index) for every word of the record that is a type id.
template <class Visit>
void for_each_id(const Type& type, Visit&& visit) {
  const Shape& shape = type.shape();
  if (shape.third == ThirdWord::type) visit(std::size_t{2});
  for (std::size_t word = 0; word < shape.fixed; ++word)
    if ((shape.fixed_ids >> word & 1) != 0) visit(kHeadWords + word);
  if (shape.element_ids == 0) return;
  const auto id_word = static_cast<std::size_t>(std::countr_zero(shape.element_ids));
  for (std::size_t index = 0; index < type.vlen(); ++index)
    visit(type.element_word(index, id_word));
}

/// Calls visit(word index) for every word of the record that is a string offset, the name first.
template <class Visit>
void for_each_name(const Type& type, Visit&& visit) {
  visit(std::size_t{0});
  if (type.shape().element_names == 0) return;
  const auto name_word = static_cast<std::size_t>(std::countr_zero(type.shape().element_names));
  for (std::size_t index = 0; index < type.vlen(); ++index)
    visit(type.element_word(index, name_word));
}

/// Both of these on one way through the record.
template <class VisitId, class VisitName>
void for_each_reference(const Type& type, VisitId&& visit_id, VisitName&& visit_name) {
  const Shape& shape = type.shape();
  visit_name(std::size_t{0});
  if (shape.third == ThirdWord::type) visit_id(std::size_t{2});
  for (std::size_t word = 0; word < shape.fixed; ++word)
    if ((shape.fixed_ids >> word & 1) != 0) visit_id(kHeadWords + word);
  if (shape.element_ids == 0 && shape.element_names == 0) return;
  const std::size_t end = shape.words(type.vlen());
  for (std::size_t element = kHeadWords + shape.fixed; element < end; element += shape.element) {
    if (shape.element_names != 0)
      visit_name(element + static_cast<std::size_t>(std::countr_zero(shape.element_names)));
    if (shape.element_ids != 0)
      visit_id(element + static_cast<std::size_t>(std::countr_zero(shape.element_ids)));
  }
}

struct ParseOptions {
  BtfPtr base = nullptr;  ///< the layer below, or null
  Dialect dialect = Dialect::wide;
  bool fwd_type_refers = false;  ///< Rule::fwd_type_refers
  bool borrow = false;  ///< keep pointing at the caller's bytes where they are in host byte order
};

/// What an id that no layer holds refers to.
inline constexpr std::array<std::byte, kHeadWords * kWordBytes> kVoidRecord{};

/// What parsing notes of a layer's own types on its one walk, so that whether all references lead
/// somewhere needs no second one. The third word of a FWD is no reference here.
struct Reach {
  std::uint32_t id = 0;           ///< the highest type id that a type refers to
  std::uint32_t name = 0;         ///< the highest string offset of a name
  bool kinds_are_known = true;    ///< no kind is one that only a layout section gives a size
  bool funcs_have_protos = true;  ///< each FUNC refers to a FUNC_PROTO
};

class Btf {
 public:
  /// Reads one layer. Errors: EINVAL, with the byte offset and, within the types, the type id;
  /// ENOTSUP for a header that the narrow dialect cannot read in foreign byte order.
  static std::expected<BtfPtr, Error> parse(Bytes bytes, const ParseOptions& options = {});

  [[nodiscard]] const BtfPtr& base() const { return base_; }
  /// How many layers lie below; the lowest base has 0.
  [[nodiscard]] std::uint32_t layer() const { return layer_; }
  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] Dialect dialect() const { return dialect_; }
  [[nodiscard]] std::endian byte_order() const { return byte_order_; }
  /// The layer's bytes in host byte order, as long as the input.
  [[nodiscard]] Bytes image() const { return image_; }

  [[nodiscard]] const Reach& reach() const { return reach_; }
  /// Whether every kind is known and no reference or name of the layer's own types lies beyond what
  /// there is.
  [[nodiscard]] bool references_lie_within() const {
    return reach_.kinds_are_known && reach_.id < end_id() && reach_.name < end_string();
  }

  /// First type id of this layer, and one past the last: void counts as id 0 of the lowest.
  [[nodiscard]] std::uint32_t start_id() const { return start_id_; }
  [[nodiscard]] std::uint32_t end_id() const { return start_id_ + type_count_; }
  /// First string offset of this layer, and one past the last.
  [[nodiscard]] std::uint32_t start_string() const { return start_string_; }
  [[nodiscard]] std::uint32_t end_string() const { return start_string_ + header_.str_len; }

  /// The layer of this stack that holds the id; this one where no layer does.
  [[nodiscard]] const Btf& layer_of(std::uint32_t id) const;
  /// The type of that id in this layer or below; void for 0 and for an id out of range.
  [[nodiscard]] Type type(std::uint32_t id) const;
  /// The layer of this stack in which the string at that offset begins; this one where none does.
  [[nodiscard]] const Btf& layer_of_string(std::uint32_t offset) const;
  /// The string at that offset in this layer or below, or nothing if it is out of range.
  [[nodiscard]] std::optional<std::string_view> string(std::uint32_t offset) const;
  /// The same, empty where out of range: for names of checked BTF.
  [[nodiscard]] std::string_view name(std::uint32_t offset) const {
    return string(offset).value_or(std::string_view{});
  }
  [[nodiscard]] std::string_view name(const Type& type) const { return name(type.name_offset()); }

  /// Byte offset within image() of a type of this layer.
  [[nodiscard]] std::uint32_t record_offset(std::uint32_t id) const {
    return records_[id - start_id_];
  }

 private:
  friend class Parser;
  Btf() = default;

  BtfPtr base_;
  std::vector<std::byte> owned_;
  Bytes image_;
  Header header_;
  std::unique_ptr<std::uint32_t[]> records_;  ///< byte offset in image_ of each type
  std::uint32_t type_count_ = 0;
  std::vector<Shape> layout_shapes_;  ///< kinds beyond ours that the layout section sizes
  const Shape* fwd_shape_ = nullptr;
  Reach reach_;
  std::uint32_t start_id_ = 1;
  std::uint32_t start_string_ = 0;
  std::uint32_t layer_ = 0;
  Dialect dialect_ = Dialect::wide;
  std::endian byte_order_ = std::endian::native;
};

// Every walk over types asks these two, so they stand where they can be inlined.
[[gnu::always_inline]] inline const Btf& Btf::layer_of(std::uint32_t id) const {
  const Btf* layer = this;
  if (id == 0) return *layer;
  while (id < layer->start_id_) layer = layer->base_.get();
  return *layer;
}

[[gnu::always_inline]] inline Type Btf::type(std::uint32_t id) const {
  const Btf& layer = layer_of(id);
  const std::uint32_t index = id - layer.start_id_;
  if (id == 0 || index >= layer.type_count_)
    return {0, kVoidRecord.data(), Info{Kind::void_, false, 0}, kShapes.data()};
  const std::byte* record = layer.image_.data() + layer.records_[index];
  const Info info = unpack_info(load_word(record + kWordBytes), layer.dialect_);
  if (info.kind == Kind::fwd) return {id, record, info, layer.fwd_shape_};
  const auto kind = static_cast<std::size_t>(info.kind);
  return {id, record, info, kind < kKindCount ? &kShapes[kind] : &layer.layout_shapes_[kind]};
}

/// Copies a layer's image, which is in host byte order, into the byte order the layer came in.
std::vector<std::byte> to_wire(const Btf& layer, std::vector<std::byte> image);

}  // namespace btf
