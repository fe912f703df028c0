// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/export_calls.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>

#include "relocator/text.h"

namespace retort {
namespace {

using btf::Kind;

constexpr std::uint32_t kMostBuiltTypes = 500;

// One type as calls; valid() is false once something cannot be said so.
class Calls {
 public:
  Calls(const btf::Btf& layer, const btf::Type& type, std::string_view variable)
      : layer_(layer), type_(type), variable_(variable) {}

  std::optional<std::string> text() {
    add();
    if (!valid_) return {};
    return text_;
  }

 private:
  void add() {
    switch (type_.kind()) {
      case Kind::int_:
        return add_int();
      case Kind::float_:
        demand(std::has_single_bit(type_.size()) || type_.size() == 12);
        demand(type_.size() >= 2 && type_.size() <= 16);
        return call("float", fmt::format("{}, {}", name(), type_.size()));
      case Kind::ptr:
        return add_anonymous("ptr");
      case Kind::const_:
        return add_anonymous("const");
      case Kind::volatile_:
        return add_anonymous("volatile");
      case Kind::restrict_:
        return add_anonymous("restrict");
      case Kind::typedef_:
        return call("typedef", fmt::format("{}, {}", name(), type_.type_id()));
      case Kind::type_tag:
        return call("type_tag", fmt::format("{}, {}", name(), type_.type_id()));
      case Kind::array:
        demand(type_.name_offset() == 0 && type_.size() == 0);
        return call("array",
                    fmt::format("{}, {}, {}", type_.fixed(0), type_.fixed(1), type_.fixed(2)));
      case Kind::struct_:
        return add_composite("struct");
      case Kind::union_:
        return add_composite("union");
      case Kind::enum_:
        return add_enum();
      case Kind::enum64:
        return add_enum64();
      case Kind::fwd:
        demand(type_.size() == 0);
        kflag_is_used_ = true;
        return call("fwd", fmt::format("{}, {}", name(),
                                       type_.kflag() ? "BTF_FWD_UNION" : "BTF_FWD_STRUCT"));
      case Kind::func:
        return add_func();
      case Kind::func_proto:
        return add_func_proto();
      case Kind::var:
        demand(type_.fixed(0) <= 2);
        return call("var", fmt::format("{}, {}, {}", name(), type_.fixed(0), type_.type_id()));
      case Kind::datasec:
        return add_datasec();
      case Kind::decl_tag:
        return call("decl_tag", fmt::format("{}, {}, {}", name(), type_.type_id(),
                                            static_cast<std::int32_t>(type_.fixed(0))));
      default:
        demand(false);
    }
  }

  void demand(bool holds) { valid_ = valid_ && holds; }

  // The call that adds the type itself, with what it is as a comment.
  void call(std::string_view what, const std::string& arguments) {
    const bool has_elements = type_.shape().element != 0;
    demand(kflag_is_used_ || !type_.kflag());
    demand(has_elements || vlen_is_used_ || type_.vlen() == 0);
    text_ = fmt::format("\tbtf__add_{}({}{}{});\t/* [{}] */\n", what, variable_,
                        arguments.empty() ? "" : ", ", arguments, type_.id());
  }

  void element(std::string_view what, const std::string& arguments) {
    text_ += fmt::format("\tbtf__add_{}({}, {});\n", what, variable_, arguments);
  }

  std::string literal(std::uint32_t offset, bool may_be_empty) {
    const auto text = layer_.string(offset);
    // An empty name at another offset than 0 cannot be asked for.
    demand(text && (offset == 0 || !text->empty()) && (may_be_empty || !text->empty()));
    return valid_ ? c_literal(*text, "\t\t") : "";
  }
  std::string name() { return literal(type_.name_offset(), false); }

  void add_int() {
    const std::uint32_t data = type_.fixed(0);
    const std::uint32_t encoding = btf::int_encoding(data);
    demand(std::has_single_bit(type_.size()) && type_.size() <= 16);
    demand(data == (encoding << 24 | type_.size() * 8));
    demand(encoding <= 4 && encoding != 3);
    static constexpr const char* encodings[] = {"0", "BTF_INT_SIGNED", "BTF_INT_CHAR", "",
                                                "BTF_INT_BOOL"};
    if (valid_) call("int", fmt::format("{}, {}, {}", name(), type_.size(), encodings[encoding]));
  }

  void add_anonymous(std::string_view what) {
    demand(type_.name_offset() == 0);
    call(what, std::to_string(type_.type_id()));
  }

  void add_composite(std::string_view what) {
    kflag_is_used_ = true;
    call(what, fmt::format("{}, {}", literal(type_.name_offset(), true), type_.size()));
    bool needs_kflag = false;
    for (std::uint32_t index = 0; index < type_.vlen(); ++index) {
      const std::uint32_t word = type_.element(index, 2);
      const std::uint32_t bits = btf::member_bit_size(word, type_.kflag());
      const std::uint32_t offset = btf::member_bit_offset(word, type_.kflag());
      needs_kflag = needs_kflag || bits != 0 || offset % 8 != 0;
      demand(type_.kind() != Kind::union_ || offset == 0);
      element("field", fmt::format("{}, {}, {}, {}", literal(type_.element(index, 0), true),
                                   type_.element(index, 1), offset, bits));
    }
    demand(needs_kflag == type_.kflag());
  }

  void add_enum() {
    kflag_is_used_ = true;
    demand(std::has_single_bit(type_.size()) && type_.size() <= 8);
    call("enum", fmt::format("{}, {}", literal(type_.name_offset(), true), type_.size()));
    bool is_signed = false;
    for (std::uint32_t index = 0; index < type_.vlen(); ++index) {
      const std::uint32_t word = type_.element(index, 1);
      const std::int64_t value =
          type_.kflag() ? std::int64_t{static_cast<std::int32_t>(word)} : std::int64_t{word};
      is_signed = is_signed || value < 0;
      element("enum_value", fmt::format("{}, {}", literal(type_.element(index, 0), false), value));
    }
    demand(is_signed == type_.kflag());
  }

  void add_enum64() {
    kflag_is_used_ = true;
    demand(std::has_single_bit(type_.size()) && type_.size() <= 8);
    call("enum64", fmt::format("{}, {}, {}", literal(type_.name_offset(), true), type_.size(),
                               type_.kflag()));
    for (std::uint32_t index = 0; index < type_.vlen(); ++index) {
      const std::uint64_t value = type_.element(index, 1) | std::uint64_t{type_.element(index, 2)}
                                                                << 32;
      element("enum64_value",
              fmt::format("{}, {}ULL", literal(type_.element(index, 0), false), value));
    }
  }

  void add_func() {
    static constexpr const char* linkages[] = {"BTF_FUNC_STATIC", "BTF_FUNC_GLOBAL",
                                               "BTF_FUNC_EXTERN"};
    vlen_is_used_ = true;
    demand(type_.vlen() <= 2);
    if (valid_)
      call("func", fmt::format("{}, {}, {}", name(), linkages[type_.vlen()], type_.type_id()));
  }

  void add_func_proto() {
    demand(type_.name_offset() == 0);
    call("func_proto", std::to_string(type_.type_id()));
    for (std::uint32_t index = 0; index < type_.vlen(); ++index)
      element("func_param", fmt::format("{}, {}", literal(type_.element(index, 0), true),
                                        type_.element(index, 1)));
  }

  void add_datasec() {
    call("datasec", fmt::format("{}, {}", name(), type_.size()));
    for (std::uint32_t index = 0; index < type_.vlen(); ++index)
      element("datasec_var_info", fmt::format("{}, {}, {}", type_.element(index, 0),
                                              type_.element(index, 1), type_.element(index, 2)));
  }

  const btf::Btf& layer_;
  const btf::Type& type_;
  std::string_view variable_;
  std::string text_;
  bool valid_ = true;
  bool kflag_is_used_ = false;
  bool vlen_is_used_ = false;
};

// Names that no type has, gaps and the like do not come from calls.
bool is_plain(const btf::Btf& layer) {
  const btf::Header& header = layer.header();
  const std::size_t end = std::size_t{header.hdr_len} + header.str_off + header.str_len;
  return layer.byte_order() == std::endian::native && header.version == 1 && header.flags == 0 &&
         header.hdr_len == btf::kHeaderBytes && header.type_off == 0 &&
         header.str_off == header.type_len && end == layer.image().size();
}

std::size_t bytes_of_names(const btf::Btf& layer) {
  std::vector<bool> used(layer.end_string());
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    btf::for_each_name(type, [&](std::size_t word) {
      const std::uint32_t offset = type.word(word);
      const auto text = layer.string(offset);
      if (!text || offset < layer.start_string()) return;
      for (std::size_t at = offset; at <= offset + text->size(); ++at) used[at] = true;
    });
  }
  std::size_t count = layer.start_string() == 0 && !used[0] ? 1 : 0;
  for (const bool one : used) count += one ? 1 : 0;
  return count;
}

}  // namespace

std::optional<std::string> building_calls(const CPart& part) {
  if (!part.read || !is_plain(*part.read)) return {};
  const btf::Btf& layer = *part.read;
  if (layer.end_id() - layer.start_id() > kMostBuiltTypes) return {};
  if (bytes_of_names(layer) != layer.header().str_len) return {};
  std::string text;
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const auto calls = Calls(layer, layer.type(id), part.variable).text();
    if (!calls) return {};
    text += *calls;
  }
  return text;
}

std::string selftest_dump(const btf::Btf& top, const btf::Type& type) {
  std::string text = btf::to_text(top, type);
  if (type.kind() == Kind::var)
    return fmt::format("[{}] VAR {} type_id={}, linkage={}", type.id(), btf::quoted(top.name(type)),
                       type.type_id(),
                       type.fixed(0) == 0   ? "static"
                       : type.fixed(0) == 1 ? "global-alloc"
                                            : "(unknown)");
  const std::size_t brace = text.find(" {");
  if (type.shape().element == 0 || brace == std::string::npos) return text;
  const std::string elements = text.substr(brace);
  text.resize(brace);
  if (type.vlen() == 0) return text;
  // "{ a; b }" becomes a line for each.
  std::string_view rest = std::string_view(elements).substr(3);
  rest.remove_suffix(2);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("; "), rest.size());
    text += "\n\t" + std::string(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 2));
  }
  return text;
}

}  // namespace retort
