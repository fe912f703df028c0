// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// BTF on the wire: kinds, the words of each kind's record, the packed info word in both dialects,
// and loads in host byte order. Everything that depends on the kind of a type stands in shape_of(),
// the one switch over the kinds; the rest of the library walks records by their Shape.
//
// Rules: Documentation/bpf/btf.rst, sections 2.1 to 2.2.19; the dialect of 2026 (24 bits of vlen,
// layout section) from the kernel's uapi header of 7.x.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace btf {

using Bytes = std::span<const std::byte>;

inline constexpr std::uint16_t kMagic = 0xeb9f;
inline constexpr std::uint32_t kHeaderBytes = 24;        ///< magic to str_len
inline constexpr std::uint32_t kLayoutHeaderBytes = 32;  ///< with layout_off and layout_len
inline constexpr std::uint32_t kHeadWords = 3;           ///< name_off, info, size or type
inline constexpr std::uint32_t kWordBytes = 4;
inline constexpr std::uint32_t kHeadBytes = kHeadWords * kWordBytes;
inline constexpr std::uint32_t kMaxTypes = 0x7fffffff;

enum class Kind : std::uint8_t {
  void_ = 0,
  int_ = 1,
  ptr = 2,
  array = 3,
  struct_ = 4,
  union_ = 5,
  enum_ = 6,
  fwd = 7,
  typedef_ = 8,
  volatile_ = 9,
  const_ = 10,
  restrict_ = 11,
  func = 12,
  func_proto = 13,
  var = 14,
  datasec = 15,
  float_ = 16,
  decl_tag = 17,
  type_tag = 18,
  enum64 = 19,
};
inline constexpr unsigned kKindCount = 20;
constexpr std::size_t index_of(Kind kind) {
  return static_cast<std::size_t>(kind);
}
inline constexpr std::uint32_t kLayoutEntryBytes = 4;
inline constexpr unsigned kMaxKinds = 128;  ///< what seven bits can name

/// The kind as the kernel's documentation writes it: "STRUCT", "TYPE_TAG"; "UNKNOWN" beyond.
std::string_view kind_name(Kind kind);

enum class Dialect : std::uint8_t {
  narrow,  ///< to 6.x: vlen 16 bits, kind 5 bits, no layout section
  wide,    ///< from 7.x: vlen 24 bits, kind 7 bits, layout section
};

/// The packed second word of every record.
struct Info {
  Kind kind;
  bool kflag;
  std::uint32_t vlen;
};

constexpr Info unpack_info(std::uint32_t word, Dialect dialect) {
  const bool wide = dialect == Dialect::wide;
  return {.kind = static_cast<Kind>(word >> 24 & (wide ? 0x7fU : 0x1fU)),
          .kflag = word >> 31 != 0,
          .vlen = word & (wide ? 0xffffffU : 0xffffU)};
}

constexpr std::uint32_t pack_info(Info info) {
  return static_cast<std::uint32_t>(info.kflag) << 31 |
         static_cast<std::uint32_t>(info.kind) << 24 | info.vlen;
}

/// What the third word of a record's head holds.
enum class ThirdWord : std::uint8_t { unused, size, type };

/// The words of a kind's record: three of head, then `fixed`, then vlen times `element`. The masks
/// say which of these words are type ids or string offsets; bit 0 is the first word of its group.
struct Shape {
  ThirdWord third = ThirdWord::unused;
  std::uint8_t fixed = 0;
  std::uint8_t element = 0;
  std::uint8_t fixed_ids = 0;
  std::uint8_t element_ids = 0;
  std::uint8_t element_names = 0;
  bool known = false;
  bool in_words = true;  ///< false where a layout section gives another size

  [[nodiscard]] constexpr std::uint64_t words(std::uint32_t vlen) const {
    return kHeadWords + fixed + std::uint64_t{element} * vlen;
  }
};

/// The one switch over the kinds. A kind that is not known here has `known` unset.
constexpr Shape shape_of(Kind kind) {
  switch (kind) {
    case Kind::void_:
      return {};
    case Kind::int_:
      return {.third = ThirdWord::size, .fixed = 1, .known = true};
    case Kind::float_:
      return {.third = ThirdWord::size, .known = true};
    case Kind::ptr:
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::type_tag:
    case Kind::func:
      return {.third = ThirdWord::type, .known = true};
    case Kind::fwd:
      return {.known = true};
    case Kind::array:  // element type, index type, number of elements
      return {.fixed = 3, .fixed_ids = 0b011, .known = true};
    case Kind::struct_:
    case Kind::union_:  // name, type, offset
      return {.third = ThirdWord::size,
              .element = 3,
              .element_ids = 0b010,
              .element_names = 0b001,
              .known = true};
    case Kind::enum_:  // name, value
      return {.third = ThirdWord::size, .element = 2, .element_names = 0b001, .known = true};
    case Kind::enum64:  // name, low half, high half
      return {.third = ThirdWord::size, .element = 3, .element_names = 0b001, .known = true};
    case Kind::func_proto:  // name, type
      return {.third = ThirdWord::type,
              .element = 2,
              .element_ids = 0b010,
              .element_names = 0b001,
              .known = true};
    case Kind::var:       // linkage
    case Kind::decl_tag:  // index of the member or parameter
      return {.third = ThirdWord::type, .fixed = 1, .known = true};
    case Kind::datasec:  // type, offset, size
      return {.third = ThirdWord::size, .element = 3, .element_ids = 0b001, .known = true};
  }
  return {};
}

/// shape_of() as a table, for the loops that walk millions of records.
inline constexpr std::array<Shape, kKindCount> kShapes = [] {
  std::array<Shape, kKindCount> shapes{};
  for (unsigned kind = 0; kind < kKindCount; ++kind)
    shapes[kind] = shape_of(static_cast<Kind>(kind));
  return shapes;
}();

/// Calls visit.operator()<kind>() for a kind that is known here, and other() for one that is not: a
/// loop over millions of records then knows each Shape as a constant, and the processor foresees
/// where the next record begins.
template <class Visit, class Other>
constexpr decltype(auto) with_kind(Kind kind, Visit&& visit, Other&& other) {
  switch (kind) {
    case Kind::void_:
      break;
    case Kind::int_:
      return visit.template operator()<Kind::int_>();
    case Kind::ptr:
      return visit.template operator()<Kind::ptr>();
    case Kind::array:
      return visit.template operator()<Kind::array>();
    case Kind::struct_:
      return visit.template operator()<Kind::struct_>();
    case Kind::union_:
      return visit.template operator()<Kind::union_>();
    case Kind::enum_:
      return visit.template operator()<Kind::enum_>();
    case Kind::fwd:
      return visit.template operator()<Kind::fwd>();
    case Kind::typedef_:
      return visit.template operator()<Kind::typedef_>();
    case Kind::volatile_:
      return visit.template operator()<Kind::volatile_>();
    case Kind::const_:
      return visit.template operator()<Kind::const_>();
    case Kind::restrict_:
      return visit.template operator()<Kind::restrict_>();
    case Kind::func:
      return visit.template operator()<Kind::func>();
    case Kind::func_proto:
      return visit.template operator()<Kind::func_proto>();
    case Kind::var:
      return visit.template operator()<Kind::var>();
    case Kind::datasec:
      return visit.template operator()<Kind::datasec>();
    case Kind::float_:
      return visit.template operator()<Kind::float_>();
    case Kind::decl_tag:
      return visit.template operator()<Kind::decl_tag>();
    case Kind::type_tag:
      return visit.template operator()<Kind::type_tag>();
    case Kind::enum64:
      return visit.template operator()<Kind::enum64>();
  }
  return other();
}

constexpr bool is_composite(Kind kind) {
  return kind == Kind::struct_ || kind == Kind::union_;
}
constexpr bool is_enumeration(Kind kind) {
  return kind == Kind::enum_ || kind == Kind::enum64;
}
/// CONST, VOLATILE, RESTRICT, TYPEDEF, TYPE_TAG: what lets a value of the type below through.
constexpr bool is_modifier(Kind kind) {
  return kind == Kind::const_ || kind == Kind::volatile_ || kind == Kind::restrict_ ||
         kind == Kind::typedef_ || kind == Kind::type_tag;
}

/// The kinds that relocation matches; a target's typedefs and functions never count.
inline constexpr std::array<bool, kMaxKinds> kMatchable = [] {
  std::array<bool, kMaxKinds> table{};
  for (const Kind kind : {Kind::int_, Kind::float_, Kind::fwd, Kind::struct_, Kind::union_,
                          Kind::enum_, Kind::enum64})
    table[index_of(kind)] = true;
  return table;
}();
constexpr bool is_matchable(Kind kind) {
  return kMatchable[index_of(kind)];
}

/// INT's fourth word.
constexpr std::uint32_t int_bits(std::uint32_t word) {
  return word & 0xff;
}
constexpr std::uint32_t int_bit_offset(std::uint32_t word) {
  return word >> 16 & 0xff;
}
constexpr std::uint32_t int_encoding(std::uint32_t word) {
  return word >> 24 & 0xf;
}
/// Bits without a meaning; bits 8 to 15 have none either, but everyone accepts them.
constexpr std::uint32_t kIntReserved = 0xf0000000;

/// A member's offset word: with kflag the top byte is the size of the bit field.
constexpr std::uint32_t member_bit_offset(std::uint32_t word, bool kflag) {
  return kflag ? word & 0xffffff : word;
}
constexpr std::uint32_t member_bit_size(std::uint32_t word, bool kflag) {
  return kflag ? word >> 24 : 0;
}

/// One word in host byte order; the address need not be aligned.
inline std::uint32_t load_word(const std::byte* at) {
  std::uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
inline void store_word(std::byte* at, std::uint32_t word) {
  std::memcpy(at, &word, sizeof word);
}

constexpr std::uint16_t swap_bytes(std::uint16_t value) {
  return static_cast<std::uint16_t>(value << 8 | value >> 8);
}
/// Whether the bytes begin with the magic of the other byte order.
inline bool is_foreign(Bytes bytes) {
  std::uint16_t magic = 0;
  if (bytes.size() < sizeof magic) return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == swap_bytes(kMagic);
}
constexpr std::uint32_t swap_bytes(std::uint32_t value) {
  return __builtin_bswap32(value);
}
constexpr std::uint64_t swap_bytes(std::uint64_t value) {
  return __builtin_bswap64(value);
}

}  // namespace btf
