// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/appended.h"

namespace retort {
namespace {

using btf::Kind;

constexpr std::uint32_t kFwdOfEnum = 2;

// In the order of lb_added, as far as it appends types.
constexpr Kind kKinds[] = {Kind::int_,      Kind::float_,   Kind::ptr,       Kind::array,
                           Kind::struct_,   Kind::union_,   Kind::enum_,     Kind::enum64,
                           Kind::fwd,       Kind::typedef_, Kind::volatile_, Kind::const_,
                           Kind::restrict_, Kind::type_tag, Kind::func,      Kind::func_proto,
                           Kind::var,       Kind::datasec,  Kind::decl_tag};

lb_added added_by(Verb verb) {
  return static_cast<lb_added>(static_cast<int>(verb) - static_cast<int>(Verb::add_int));
}

}  // namespace

lb_add arguments_of(const Call& call, const std::function<int(const TypeRef&)>& resolve) {
  const auto& arguments = call.arguments;
  const auto number = [&](std::size_t index) {
    return static_cast<std::uint32_t>(arguments[index].number);
  };
  lb_add add{};
  add.what = added_by(call.verb);
  const std::string_view letters = text_of(call.verb).arguments;
  if (letters[1] == 'n' && arguments[1].text) add.name = arguments[1].text->c_str();
  if (const std::size_t at = letters.find('t'); at != std::string_view::npos)
    add.type = resolve(arguments[at].type);
  switch (call.verb) {
    case Verb::add_int:
    case Verb::add_enum64:
      add.size = number(2);
      add.flag = static_cast<int>(number(3));
      break;
    case Verb::add_array:
      add.index_type = resolve(arguments[2].type);
      add.size = number(3);
      break;
    case Verb::add_float:
    case Verb::add_struct:
    case Verb::add_union:
    case Verb::add_enum:
    case Verb::add_datasec:
      add.size = number(2);
      break;
    case Verb::add_fwd:
    case Verb::add_func:
    case Verb::add_var:
      add.flag = static_cast<int>(number(2));
      break;
    case Verb::add_decl_tag:
      add.flag = static_cast<int>(number(3));
      break;
    case Verb::add_field:
      add.offset = number(3);
      add.size = number(4);
      break;
    case Verb::add_enum_value:
    case Verb::add_enum64_value:
      add.value = arguments[2].number;
      break;
    case Verb::add_datasec_var_info:
      add.offset = number(2);
      add.size = number(3);
      break;
    default:
      break;
  }
  return add;
}

AppendedType expected_type(const lb_add& added) {
  const auto flag = static_cast<std::uint32_t>(added.flag);
  const auto type = static_cast<std::uint32_t>(added.type);
  AppendedType expected{.info = {.kind = kKinds[added.what], .kflag = false, .vlen = 0}};
  switch (expected.info.kind) {
    case Kind::int_:
      return {expected.info, added.size, {flag << 24 | added.size * 8}};
    case Kind::array:
      return {expected.info, 0, {type, static_cast<std::uint32_t>(added.index_type), added.size}};
    case Kind::fwd:
      if (flag == kFwdOfEnum) return {{Kind::enum_, false, 0}, sizeof(int), {}};
      expected.info.kflag = flag == 1;
      return expected;
    case Kind::enum64:
      expected.info.kflag = flag != 0;
      expected.third = added.size;
      return expected;
    case Kind::func:
      expected.info.vlen = flag;
      expected.third = type;
      return expected;
    case Kind::var:
    case Kind::decl_tag:
      return {expected.info, type, {flag}};
    default:
      break;
  }
  const bool sized = btf::shape_of(expected.info.kind).third == btf::ThirdWord::size;
  expected.third = sized ? added.size : type;
  return expected;
}

bool element_reads_back(const btf::Type& type, const lb_add& added) {
  if (type.vlen() == 0) return false;
  const std::uint32_t last = type.vlen() - 1;
  const auto word = [&](std::size_t index) { return type.element(last, index); };
  switch (added.what) {
    case lb_field:
      return word(1) == static_cast<std::uint32_t>(added.type) &&
             btf::member_bit_offset(word(2), type.kflag()) == added.offset &&
             btf::member_bit_size(word(2), type.kflag()) == added.size;
    case lb_enum_value:
      return word(1) == static_cast<std::uint32_t>(added.value);
    case lb_enum64_value:
      return (std::uint64_t{word(2)} << 32 | word(1)) == added.value;
    case lb_func_param:
      return word(1) == static_cast<std::uint32_t>(added.type);
    case lb_datasec_var_info:
      return word(0) == static_cast<std::uint32_t>(added.type) && word(1) == added.offset &&
             word(2) == added.size;
    default:
      return false;
  }
}

std::vector<std::uint64_t> elements_of(const btf::Type& type) {
  std::vector<std::uint64_t> elements;
  if (type.shape().element == 0) return elements;
  const bool members = btf::is_composite(type.kind());
  for (std::uint32_t index = 0; index < type.vlen(); ++index)
    for (std::size_t word = 0; word < type.shape().element; ++word) {
      const std::uint32_t value = type.element(index, word);
      if (!members || word != 2) {
        elements.push_back(value);
        continue;
      }
      elements.push_back(btf::member_bit_offset(value, type.kflag()));
      elements.push_back(btf::member_bit_size(value, type.kflag()));
    }
  return elements;
}

}  // namespace retort
