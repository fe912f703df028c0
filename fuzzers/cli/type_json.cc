// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/type_json.h"

#include <array>
#include <string>
#include <string_view>

#include "relocator/text.h"

namespace retort {
namespace {

using btf::Kind;
using btf::Type;
using Json = nlohmann::ordered_json;

std::string encoding_text(std::uint32_t encoding) {
  switch (encoding) {
    case 0:
      return "(none)";
    case 1:
      return "SIGNED";
    case 2:
      return "CHAR";
    case 4:
      return "BOOL";
    default:
      return "UNKN(" + std::to_string(encoding) + ")";
  }
}

Json linkage(std::uint32_t value) {
  static constexpr std::array<std::string_view, 3> names = {"static", "global", "extern"};
  return value < names.size() ? Json(names[value]) : Json(value);
}

std::string element_name(const btf::Btf& top, const Type& type, std::size_t index) {
  return json_name(top.name(type.element(index, 0)));
}

Json member(const btf::Btf& top, const Type& type, std::size_t index) {
  const std::uint32_t offset = type.element(index, 2);
  Json json = {{"name", element_name(top, type, index)},
               {"type_id", type.element(index, 1)},
               {"bits_offset", btf::member_bit_offset(offset, type.kflag())}};
  const std::uint32_t bits = btf::member_bit_size(offset, type.kflag());
  if (bits != 0) json["bitfield_size"] = bits;
  return json;
}

Json enumerator(const btf::Btf& top, const Type& type, std::size_t index) {
  std::uint64_t value = type.element(index, 1);
  if (type.kind() == Kind::enum64)
    value |= std::uint64_t{type.element(index, 2)} << 32;
  else if (type.kflag())
    value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
  return {{"name", element_name(top, type, index)},
          {"val", type.kflag() ? Json(static_cast<std::int64_t>(value)) : Json(value)}};
}

template <class Element>
Json elements(const Type& type, Element&& element) {
  Json list = Json::array();
  for (std::size_t index = 0; index < type.vlen(); ++index) list.push_back(element(index));
  return list;
}

void add_details(Json& json, const btf::Btf& top, const Type& type) {
  switch (type.kind()) {
    case Kind::int_:
      json["size"] = type.size();
      json["bits_offset"] = btf::int_bit_offset(type.fixed(0));
      json["nr_bits"] = btf::int_bits(type.fixed(0));
      json["encoding"] = encoding_text(btf::int_encoding(type.fixed(0)));
      return;
    case Kind::float_:
      json["size"] = type.size();
      return;
    case Kind::array:
      json["type_id"] = type.fixed(0);
      json["index_type_id"] = type.fixed(1);
      json["nr_elems"] = type.fixed(2);
      return;
    case Kind::struct_:
    case Kind::union_:
      json["size"] = type.size();
      json["vlen"] = type.vlen();
      json["members"] = elements(type, [&](std::size_t index) { return member(top, type, index); });
      return;
    case Kind::enum_:
    case Kind::enum64:
      json["encoding"] = type.kflag() ? "SIGNED" : "UNSIGNED";
      json["size"] = type.size();
      json["vlen"] = type.vlen();
      json["values"] =
          elements(type, [&](std::size_t index) { return enumerator(top, type, index); });
      return;
    case Kind::fwd:
      json["fwd_kind"] = type.kflag() ? "union" : "struct";
      return;
    case Kind::func:
      json["type_id"] = type.type_id();
      json["linkage"] = linkage(type.vlen());
      return;
    case Kind::func_proto:
      json["ret_type_id"] = type.type_id();
      json["vlen"] = type.vlen();
      json["params"] = elements(type, [&](std::size_t index) {
        return Json{{"name", element_name(top, type, index)}, {"type_id", type.element(index, 1)}};
      });
      return;
    case Kind::var:
      json["type_id"] = type.type_id();
      json["linkage"] = linkage(type.fixed(0));
      return;
    case Kind::datasec:
      json["size"] = type.size();
      json["vlen"] = type.vlen();
      json["vars"] = elements(type, [&](std::size_t index) {
        return Json{{"type_id", type.element(index, 0)},
                    {"offset", type.element(index, 1)},
                    {"size", type.element(index, 2)}};
      });
      return;
    case Kind::decl_tag:
      json["type_id"] = type.type_id();
      json["component_idx"] = static_cast<std::int32_t>(type.fixed(0));
      return;
    case Kind::ptr:
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::type_tag:
      json["type_id"] = type.type_id();
      return;
    case Kind::void_:
      break;
  }
  // A kind that only the layout section gives a size.
  json["kind_number"] = static_cast<unsigned>(type.kind());
  json["vlen"] = type.vlen();
}

}  // namespace

std::string json_name(std::string_view name) {
  const std::string quoted = btf::quoted(name);
  return quoted.substr(1, quoted.size() - 2);
}

nlohmann::ordered_json type_json(const btf::Btf& top, const Type& type) {
  Json json = {{"id", type.id()},
               {"kind", btf::kind_name(type.kind())},
               {"name", json_name(top.name(type))}};
  add_details(json, top, type);
  return json;
}

}  // namespace retort
