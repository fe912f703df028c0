// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/text.h"

#include <array>

namespace btf {
namespace {

std::string field(std::string_view label, std::uint64_t value) {
  return " " + std::string(label) + "=" + std::to_string(value);
}

std::string encoding_text(std::uint32_t encoding) {
  static constexpr std::array<std::string_view, 3> names = {"SIGNED", "CHAR", "BOOL"};
  std::string text;
  for (std::size_t bit = 0; bit < names.size(); ++bit) {
    if ((encoding >> bit & 1) == 0) continue;
    if (!text.empty()) text += "|";
    text += names[bit];
  }
  return text.empty() ? "(none)" : text;
}

std::string linkage_text(std::uint32_t linkage) {
  static constexpr std::array<std::string_view, 3> names = {"static", "global", "extern"};
  return linkage < names.size() ? std::string(names[linkage]) : std::to_string(linkage);
}

std::string enum_value_text(const Type& type, std::uint32_t index) {
  std::uint64_t value = type.element(index, 1);
  if (type.kind() == Kind::enum64)
    value |= std::uint64_t{type.element(index, 2)} << 32;
  else if (type.kflag())
    value = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
  return type.kflag() ? std::to_string(static_cast<std::int64_t>(value)) : std::to_string(value);
}

// What stands in braces for one member, parameter, enumerator or section entry.
std::string element_text(const Btf& top, const Type& type, std::uint32_t index) {
  const auto word = [&](std::size_t at) { return type.element(index, at); };
  const auto name = [&] { return quoted(top.name(word(0))); };
  switch (type.kind()) {
    case Kind::struct_:
    case Kind::union_: {
      std::string text = name() + field("type_id", word(1)) +
                         field("bits_offset", member_bit_offset(word(2), type.kflag()));
      const std::uint32_t bits = member_bit_size(word(2), type.kflag());
      return bits == 0 ? text : text + field("bitfield_size", bits);
    }
    case Kind::enum_:
    case Kind::enum64:
      return name() + " val=" + enum_value_text(type, index);
    case Kind::func_proto:
      return name() + field("type_id", word(1));
    case Kind::datasec:
      return "type_id=" + std::to_string(word(0)) + field("offset", word(1)) +
             field("size", word(2));
    default:
      return {};
  }
}

std::string details(const Type& type) {
  switch (type.kind()) {
    case Kind::int_: {
      const std::uint32_t data = type.fixed(0);
      return field("size", type.size()) + field("bits_offset", int_bit_offset(data)) +
             field("nr_bits", int_bits(data)) + " encoding=" + encoding_text(int_encoding(data));
    }
    case Kind::array:
      return field("type_id", type.fixed(0)) + field("index_type_id", type.fixed(1)) +
             field("nr_elems", type.fixed(2));
    case Kind::fwd:
      return std::string(" fwd_kind=") + (type.kflag() ? "union" : "struct") +
             (type.size() == 0 ? "" : field("type_id", type.size()));
    case Kind::enum_:
    case Kind::enum64:
      return std::string(" encoding=") + (type.kflag() ? "SIGNED" : "UNSIGNED") +
             field("size", type.size()) + field("vlen", type.vlen());
    case Kind::func:
      return field("type_id", type.type_id()) + " linkage=" + linkage_text(type.vlen());
    case Kind::func_proto:
      return field("ret_type_id", type.type_id()) + field("vlen", type.vlen());
    case Kind::var:
      return field("type_id", type.type_id()) + " linkage=" + linkage_text(type.fixed(0));
    case Kind::decl_tag:
      return field("type_id", type.type_id()) +
             " component_idx=" + std::to_string(static_cast<std::int32_t>(type.fixed(0)));
    default:
      break;
  }
  switch (type.shape().third) {
    case ThirdWord::type:
      return field("type_id", type.type_id());
    case ThirdWord::size:
      return field("size", type.size()) +
             (type.shape().element != 0 ? field("vlen", type.vlen()) : "");
    case ThirdWord::unused:
      break;
  }
  return field("kind", static_cast<unsigned>(type.kind())) + field("vlen", type.vlen());
}

}  // namespace

std::string quoted(std::string_view name) {
  if (name.empty()) return "'(anon)'";
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "'";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 0x7f && c != '\\' && c != '\'') {
      text += c;
    } else {
      text += "\\x";
      text += digits[byte >> 4];
      text += digits[byte & 0xf];
    }
  }
  return text + "'";
}

std::string to_text(const Btf& top, const Type& type) {
  std::string text = "[" + std::to_string(type.id()) + "] ";
  text += kind_name(type.kind());
  text += " " + quoted(top.name(type)) + details(type);
  if (type.shape().element == 0 || !type.shape().known) return text;
  text += type.vlen() == 0 ? " {" : " { ";
  for (std::uint32_t index = 0; index < type.vlen(); ++index) {
    if (index != 0) text += "; ";
    text += element_text(top, type, index);
  }
  return text + (type.vlen() == 0 ? "}" : " }");
}

std::string to_text(const Btf& layer) {
  std::string text;
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    text += to_text(layer, layer.type(id)) + "\n";
  return text;
}

}  // namespace btf
