// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The checks themselves. Demands on one field stand in the function named for the kind; what every
// kind has in common (names, references, unused bits) comes first. Where they come from:
// Documentation/bpf/btf.rst, and where it is silent what libbpf and both paths into the kernel
// (BPF_BTF_LOAD and a module's .BTF) accept.
#include "relocator/check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "relocator/name_class.h"
#include "relocator/resolve.h"

namespace btf {
namespace {

constexpr std::uint32_t kMaxInt = 128;  // bits, as __int128
constexpr std::uint32_t kLinkageStatic = 0;
constexpr std::uint32_t kLinkageGlobal = 1;
constexpr std::uint32_t kNoComponent = 0xffffffff;
constexpr std::uint64_t kMaxFloatAlignment = 8;

// What btf.rst says of the name of each kind.
enum class NameRule : std::uint8_t { any, none, identifier_or_none, identifier, printable, text };

constexpr NameRule name_rule(Kind kind) {
  switch (kind) {
    case Kind::ptr:
    case Kind::const_:
    case Kind::volatile_:
    case Kind::restrict_:
    case Kind::array:
    case Kind::func_proto:
      return NameRule::none;
    case Kind::struct_:
    case Kind::union_:
    case Kind::enum_:
    case Kind::enum64:
      return NameRule::identifier_or_none;
    case Kind::fwd:
    case Kind::typedef_:
    case Kind::func:
    case Kind::var:
      return NameRule::identifier;
    case Kind::datasec:
      return NameRule::printable;
    case Kind::decl_tag:
    case Kind::type_tag:
      return NameRule::text;
    default:
      return NameRule::any;
  }
}

// What check_kind() demands of each kind: where a policy makes none of these demands, it is not
// called.
constexpr CheckSet own_demands(Kind kind) {
  switch (kind) {
    case Kind::int_:
      return {Check::int_bits, Check::int_encoding};
    case Kind::float_:
      return {Check::float_size};
    case Kind::enum_:
    case Kind::enum64:
      return {Check::enum_size};
    case Kind::struct_:
    case Kind::union_:
      return {Check::union_offset,  Check::member_order, Check::void_reference,
              Check::sizeless_type, Check::int_bits,     Check::member_bounds};
    case Kind::array:
      return {Check::void_reference, Check::sizeless_type, Check::array_index, Check::int_bits,
              Check::size_overflow};
    case Kind::func:
      return {Check::func_linkage, Check::func_refers_to_proto, Check::name_required};
    case Kind::func_proto:
      return {Check::sizeless_type, Check::proto_params};
    case Kind::var:
      return {Check::void_reference, Check::sizeless_type, Check::var_linkage};
    case Kind::datasec:
      return {Check::datasec_size, Check::datasec_vars, Check::datasec_entries};
    case Kind::decl_tag:
      return {Check::decl_tag_target, Check::decl_tag_component};
    default:
      return {Check::sizeless_type};
  }
}

// What a kind demands of every record, in a table for the loop over all types.
struct KindDemands {
  NameRule name = NameRule::any;
  bool known = false;
  bool uses_vlen = true;
  bool uses_kflag = true;
  bool third_is_unused = false;
  CheckSet own{};
};

constexpr std::array<KindDemands, kKindCount> kDemands = [] {
  std::array<KindDemands, kKindCount> table{};
  for (unsigned number = 0; number < kKindCount; ++number) {
    const auto kind = static_cast<Kind>(number);
    if (!kShapes[number].known) continue;
    table[number] = {.name = name_rule(kind),
                     .known = true,
                     .uses_vlen = kind == Kind::func || kShapes[number].element != 0,
                     .uses_kflag = is_composite(kind) || is_enumeration(kind) ||
                                   kind == Kind::fwd || kind == Kind::type_tag ||
                                   kind == Kind::decl_tag,
                     .third_is_unused = kind == Kind::fwd || kind == Kind::array,
                     .own = own_demands(kind)};
  }
  return table;
}();

// A kind that only a layout section knows demands nothing.
constexpr KindDemands kUnknownKind{};

const KindDemands& demands_of(Kind kind) {
  const auto number = static_cast<std::size_t>(kind);
  return number < kKindCount ? kDemands[number] : kUnknownKind;
}

// The checks that ask what a name looks like; beside them, only whether it is there matters.
constexpr CheckSet kNameChecks = {Check::empty_name_offset, Check::name_forbidden,
                                  Check::name_required, Check::name_identifier};
// What libbpf relies on. Parsing sees on its way whether all types meet these; if not, the walk
// here says which does not.
constexpr CheckSet kReferenceChecks = {Check::header_length,   Check::section_order,
                                       Check::layout_fits,     Check::unknown_kind,
                                       Check::name_range,      Check::id_range,
                                       Check::return_id_range, Check::func_refers_to_proto};

class Checker {
 public:
  enum class Extent : std::uint8_t { first, first_of_each, all };

  Checker(const Btf& layer, CheckSet demanded, Extent extent)
      : layer_(layer),
        demanded_(demanded),
        extent_(extent),
        stop_(extent == Extent::first),
        only_references_(stop_ && (demanded & kReferenceChecks) == demanded),
        names_matter_(!stop_ || !(demanded & kNameChecks).empty()),
        resolver_(layer),
        names_(layer) {}

  void run() {
    check_header();
    if (!only_references_ || !references_are_met())
      for (std::uint32_t id = layer_.start_id(); id < layer_.end_id() && !done(); ++id)
        check_type(layer_.type(id));
    if (done() || (stop_ && !demanded_.has(Check::reference_loop))) return;
    for (const std::uint32_t id : reference_loops(layer_))
      report(Check::reference_loop, layer_.type(id), 2, id);
  }

  [[nodiscard]] CheckSet unmet() const { return unmet_; }
  /// The places, as far as they were wanted.
  [[nodiscard]] const std::vector<Error>& errors() const { return errors_; }

 private:
  [[nodiscard]] bool done() const { return stop_ && !errors_.empty(); }

  void report(Check check, std::uint64_t offset, std::optional<std::uint32_t> value,
              std::optional<std::uint32_t> type_id = {}) {
    const bool is_first = !unmet_.has(check);
    unmet_.insert(check);
    if ((!is_first && extent_ != Extent::all) || !demanded_.has(check)) return;
    errors_.push_back({.code = EINVAL,
                       .reason = Reason::check,
                       .check = check,
                       .layer = layer_.layer(),
                       .type_id = type_id,
                       .offset = offset,
                       .value = value});
  }

  void report(Check check, const Type& type, std::size_t word, std::optional<std::uint32_t> value) {
    report(check, layer_.record_offset(type.id()) + word * kWordBytes, value, type.id());
  }

  // What an id out of range refers to is not asked for: that it does not exist is reported already.
  [[nodiscard]] bool exists(std::uint32_t id) const { return id < layer_.end_id(); }

  // Reports the word at fault with its value unless `met`.
  void demand(bool met, Check check, const Type& type, std::size_t word) {
    if (!met) report(check, type, word, type.word(word));
  }

  void check_header() {
    const Header& header = layer_.header();
    if (header.hdr_len < kHeaderBytes) report(Check::header_length, 4, header.hdr_len);
    if (header.version != 1) report(Check::version, 2, header.version);
    if (header.flags != 0) report(Check::flags, 3, header.flags);
    check_header_extra();
    check_gaps();
    // Even an empty string section has its place behind the types.
    if (header.str_off < std::uint64_t{header.type_off} + header.type_len)
      report(Check::section_order, 16, header.str_off);
    check_layout();
    if (header.type_len == 0 && !layer_.base()) report(Check::no_types, 12, header.type_len);
  }

  void check_layout() {
    const Header& header = layer_.header();
    if (header.layout_len == 0) return;
    const std::uint64_t types_end = std::uint64_t{header.type_off} + header.type_len;
    if (header.layout_off < types_end ||
        std::uint64_t{header.layout_off} + header.layout_len > header.str_off)
      report(Check::section_order, 24, header.layout_off);
    for (std::uint32_t kind = 0; kind < header.layout_len / kLayoutEntryBytes; ++kind) {
      const std::uint64_t at = std::uint64_t{header.hdr_len} + header.layout_off +
                               std::uint64_t{kind} * kLayoutEntryBytes;
      const auto fixed = static_cast<std::uint8_t>(layer_.image()[at]);
      const auto element = static_cast<std::uint8_t>(layer_.image()[at + 1]);
      if (!layout_fits(kind, fixed, element)) return report(Check::layout_fits, at, kind);
    }
  }

  // Void has no size that could be wrong.
  static bool layout_fits(std::uint32_t kind, std::uint8_t fixed, std::uint8_t element) {
    if (kind >= kMaxKinds || fixed % kWordBytes != 0 || element % kWordBytes != 0) return false;
    const Shape ours = shape_of(static_cast<Kind>(kind));
    return !ours.known ||
           (fixed == ours.fixed * kWordBytes && element == ours.element * kWordBytes);
  }

  void check_header_extra() {
    const std::uint32_t known =
        layer_.dialect() == Dialect::wide ? kLayoutHeaderBytes : kHeaderBytes;
    for (std::uint32_t at = known; at < layer_.header().hdr_len; ++at) {
      const auto extra = static_cast<std::uint32_t>(layer_.image()[at]);
      if (extra != 0) return report(Check::header_extra, at, extra);
    }
  }

  // The sections follow the header and each other without a gap, in any order, to the end.
  void check_gaps() {
    const Header& header = layer_.header();
    std::array<std::pair<std::uint64_t, std::uint64_t>, 3> sections = {{
        {header.type_off, header.type_len},
        {header.str_off, header.str_len},
        {header.layout_off, header.layout_len},
    }};
    std::ranges::sort(sections);
    std::uint64_t end = 0;
    for (const auto& [offset, length] : sections) {
      if (length == 0) continue;
      if (offset > end)
        report(Check::section_gap, header.hdr_len + end, static_cast<std::uint32_t>(offset - end));
      end = offset + length;
    }
    const std::uint64_t trailing = layer_.image().size() - header.hdr_len - end;
    if (trailing != 0)
      report(Check::trailing_bytes, header.hdr_len + end, static_cast<std::uint32_t>(trailing));
  }

  // Whether parsing came upon nothing that kReferenceChecks object to.
  [[nodiscard]] bool references_are_met() const {
    return layer_.references_lie_within() && layer_.reach().funcs_have_protos;
  }

  void check_type(const Type& type) {
    const KindDemands& demands = demands_of(type.kind());
    if (!demands.known) report(Check::unknown_kind, type, 1, static_cast<unsigned>(type.kind()));
    if (!demands.uses_vlen) demand(type.vlen() == 0, Check::vlen_zero, type, 1);
    if (!demands.uses_kflag) demand(!type.kflag(), Check::kflag_zero, type, 1);
    if (demands.third_is_unused) demand(type.word(2) == 0, Check::unused_word, type, 2);
    check_names(type, demands.name);
    check_ids(type);
    if (!stop_ || !(demanded_ & demands.own).empty()) check_kind(type);
  }

  void check_names(const Type& type, NameRule rule) {
    for_each_name(type, [&](std::size_t word) {
      const std::uint32_t offset = type.word(word);
      if (offset >= layer_.end_string())
        report(Check::name_range, type, word, offset);
      else if (names_matter_)
        check_name(type, word, offset, rule);
    });
  }

  void check_name(const Type& type, std::size_t word, std::uint32_t offset, NameRule rule) {
    const NameClass name = names_.at(offset);
    const bool empty = name == NameClass::empty;
    demand(offset == 0 || !empty, Check::empty_name_offset, type, word);
    if (word != 0) return check_element_name(type, word, name);
    switch (rule) {
      case NameRule::any:
        return;
      case NameRule::none:
        return demand(offset == 0, Check::name_forbidden, type, word);
      case NameRule::identifier:
        demand(!empty, Check::name_required, type, word);
        [[fallthrough]];
      case NameRule::identifier_or_none:
        return demand(empty || name == NameClass::identifier, Check::name_identifier, type, word);
      case NameRule::printable:
        demand(name != NameClass::other, Check::name_identifier, type, word);
        [[fallthrough]];
      case NameRule::text:
        return demand(!empty, Check::name_required, type, word);
    }
  }

  // Members and parameters may be anonymous, enumerators may not.
  void check_element_name(const Type& type, std::size_t word, NameClass name) {
    const bool empty = name == NameClass::empty;
    if (is_enumeration(type.kind())) demand(!empty, Check::name_required, type, word);
    demand(empty || name == NameClass::identifier, Check::name_identifier, type, word);
  }

  void check_ids(const Type& type) {
    // What a FWD holds in the place of an id is unused_word's, whether or not the policy reads it.
    if (type.kind() == Kind::fwd) return;
    for_each_id(type, [&](std::size_t word) {
      if (!exists(type.word(word)))
        report(range_check(type.kind(), word), type, word, type.word(word));
    });
  }

  // The id that upstream forgets to check has a check of its own.
  static Check range_check(Kind kind, std::size_t word) {
    return word == 2 && kind == Kind::func_proto ? Check::return_id_range : Check::id_range;
  }

  void check_kind(const Type& type) {
    switch (type.kind()) {
      case Kind::int_:
        return check_int(type);
      case Kind::float_:
        return check_float(type);
      case Kind::enum_:
      case Kind::enum64:
        return demand(is_enum_size(type.size()), Check::enum_size, type, 2);
      case Kind::struct_:
      case Kind::union_:
        return check_composite(type);
      case Kind::array:
        return check_array(type);
      case Kind::func:
        return check_func(type);
      case Kind::func_proto:
        return check_func_proto(type);
      case Kind::var:
        return check_var(type);
      case Kind::datasec:
        return check_datasec(type);
      case Kind::decl_tag:
        return check_decl_tag(type);
      default:
        return check_reference(type);
    }
  }

  static bool is_enum_size(std::uint32_t size) {
    return size == 1 || size == 2 || size == 4 || size == 8;
  }

  void check_int(const Type& type) {
    const std::uint32_t word = type.fixed(0);
    const std::uint32_t bits = int_bits(word) + int_bit_offset(word);
    const bool fits = bits <= kMaxInt && (bits + 7) / 8 <= type.size();
    demand((word & kIntReserved) == 0 && fits, Check::int_bits, type, kHeadWords);
    demand(std::popcount(int_encoding(word)) <= 1 && int_encoding(word) != 8, Check::int_encoding,
           type, kHeadWords);
  }

  void check_float(const Type& type) {
    const std::uint32_t size = type.size();
    demand(size == 2 || size == 4 || size == 8 || size == 12 || size == 16, Check::float_size, type,
           2);
  }

  // A pointer or modifier may lead to void, a FWD or a function's prototype, not to a FUNC, VAR,
  // DATASEC or DECL_TAG.
  void check_reference(const Type& type) {
    if (type.shape().third != ThirdWord::type || type.kind() == Kind::fwd) return;
    demand(is_referable(type.type_id()), Check::sizeless_type, type, 2);
  }

  bool is_referable(std::uint32_t id) {
    const Kind kind = layer_.type(id).kind();
    return kind != Kind::func && kind != Kind::var && kind != Kind::datasec &&
           kind != Kind::decl_tag;
  }

  bool is_sized(std::uint32_t id) { return !exists(id) || resolver_.resolve(id).sized; }

  // Demands that values of the type which `word` names exist and have a size.
  Resolved demand_sized(const Type& type, std::size_t word) {
    const std::uint32_t id = type.word(word);
    demand(id != 0, Check::void_reference, type, word);
    const Resolved resolved = resolver_.resolve(id);
    if (id != 0 && exists(id)) demand(resolved.sized, Check::sizeless_type, type, word);
    return resolved;
  }

  void check_array(const Type& type) {
    const Resolved element = demand_sized(type, kHeadWords);
    const Resolved index = resolver_.resolve(type.fixed(1));
    demand(type.fixed(1) != 0, Check::void_reference, type, kHeadWords + 1);
    if (type.fixed(1) != 0 && exists(type.fixed(1)))
      demand(index.kind == Kind::int_ && is_regular_int(index.id), Check::array_index, type,
             kHeadWords + 1);
    if (element.kind == Kind::int_)
      demand(is_regular_int(element.id), Check::int_bits, type, kHeadWords);
    demand(resolver_.resolve(type.id()).size <= 0xffffffff, Check::size_overflow, type,
           kHeadWords + 2);
  }

  // An INT whose bits fill 1, 2, 4, 8 or 16 bytes from bit 0.
  bool is_regular_int(std::uint32_t id) const {
    const std::uint32_t word = layer_.type(id).fixed(0);
    const std::uint32_t bits = int_bits(word);
    return int_bit_offset(word) == 0 && bits >= 8 && bits <= kMaxInt && std::has_single_bit(bits);
  }

  void check_composite(const Type& type) {
    std::uint32_t last = 0;
    for (std::uint32_t index = 0; index < type.vlen() && !done(); ++index) {
      const std::uint32_t offset = member_bit_offset(type.element(index, 2), type.kflag());
      const std::size_t word = type.element_word(index, 2);
      if (type.kind() == Kind::union_) demand(offset == 0, Check::union_offset, type, word);
      demand(offset >= last, Check::member_order, type, word);
      last = offset;
      check_member(type, index);
    }
  }

  void check_member(const Type& type, std::uint32_t index) {
    const Resolved member = demand_sized(type, type.element_word(index, 1));
    if (!exists(type.element(index, 1))) return;
    const std::uint32_t word = type.element(index, 2);
    const std::uint32_t bit_size = member_bit_size(word, type.kflag());
    std::uint64_t begin = member_bit_offset(word, type.kflag());
    std::uint64_t bits = member.size * 8;
    bool aligned = begin % 8 == 0;
    if (member.kind == Kind::int_) {  // in the older notation the INT says what bits there are
      const std::uint32_t data = layer_.type(member.id).fixed(0);
      begin += int_bit_offset(data);
      bits = int_bits(data);
      aligned = !type.kflag() || aligned;
      demand(!type.kflag() || is_regular_int(member.id), Check::int_bits, type,
             type.element_word(index, 1));
    } else if (member.kind == Kind::float_ && member.size != 0) {
      aligned = begin % (8 * std::min(member.size, kMaxFloatAlignment)) == 0;
    }
    if (bit_size != 0) {  // a bit field that says its own size: of an INT or enumeration
      aligned = (member.kind == Kind::int_ || is_enumeration(member.kind)) && bit_size <= bits;
      bits = bit_size;
    }
    const bool inside = (begin + bits + 7) / 8 <= type.size();
    demand(aligned && inside, Check::member_bounds, type, type.element_word(index, 2));
  }

  // A prototype needs names for its parameters only where a function has it.
  void check_func(const Type& type) {
    demand(type.vlen() <= kLinkageGlobal, Check::func_linkage, type, 1);
    if (!exists(type.type_id())) return;
    const Type proto = layer_.type(type.type_id());
    if (proto.kind() != Kind::func_proto)
      return report(Check::func_refers_to_proto, type, 2, type.type_id());
    for (std::uint32_t index = 0; index < proto.vlen() && !done(); ++index)
      if (proto.element(index, 0) == 0 && proto.element(index, 1) != 0)
        return report(Check::name_required, type, 2, type.type_id());
  }

  void check_func_proto(const Type& type) {
    demand(type.type_id() == 0 || is_sized(type.type_id()), Check::sizeless_type, type, 2);
    for (std::uint32_t index = 0; index < type.vlen() && !done(); ++index) {
      // Void without a name, as the last parameter, stands for "...".
      const std::size_t word = type.element_word(index, 1);
      if (type.word(word) == 0) {
        const bool varargs = index + 1 == type.vlen() && type.element(index, 0) == 0;
        demand(varargs, Check::proto_params, type, word);
      } else {
        demand(is_sized(type.word(word)), Check::sizeless_type, type, word);
      }
    }
  }

  void check_var(const Type& type) {
    demand_sized(type, 2);
    demand(type.fixed(0) == kLinkageStatic || type.fixed(0) == kLinkageGlobal, Check::var_linkage,
           type, kHeadWords);
  }

  void check_datasec(const Type& type) {
    demand(type.size() != 0, Check::datasec_size, type, 2);
    std::uint64_t last_end = 0;
    for (std::uint32_t index = 0; index < type.vlen() && !done(); ++index) {
      const std::size_t word = type.element_word(index, 0);
      const Type variable = layer_.type(type.word(word));
      demand(!exists(type.word(word)) || variable.kind() == Kind::var, Check::datasec_vars, type,
             word);
      const std::uint64_t offset = type.element(index, 1);
      const std::uint64_t end = offset + type.element(index, 2);
      const bool holds = variable.kind() != Kind::var ||
                         resolver_.resolve(variable.type_id()).size <= type.element(index, 2);
      demand(offset >= last_end && end > offset && end <= type.size() && holds,
             Check::datasec_entries, type, word + 1);
      last_end = end;
    }
  }

  void check_decl_tag(const Type& type) {
    if (!exists(type.type_id())) return;
    const Type tagged = layer_.type(type.type_id());
    const Kind kind = tagged.kind();
    const bool has_components = is_composite(kind) || kind == Kind::func;
    demand(has_components || kind == Kind::var || kind == Kind::typedef_, Check::decl_tag_target,
           type, 2);
    const std::uint32_t component = type.fixed(0);
    if (component == kNoComponent) return;
    const std::uint32_t count =
        kind == Kind::func ? layer_.type(tagged.type_id()).vlen() : tagged.vlen();
    demand(has_components && component < count, Check::decl_tag_component, type, kHeadWords);
  }

  const Btf& layer_;
  CheckSet demanded_;
  Extent extent_;
  bool stop_;             ///< at the first
  bool only_references_;  ///< nothing but kReferenceChecks is demanded
  bool names_matter_;     ///< a demand that is made asks what names look like
  Resolver resolver_;
  NameClasses names_;
  CheckSet unmet_;
  std::vector<Error> errors_;
};

}  // namespace

CheckSet unmet_checks(const Btf& layer) {
  Checker checker(layer, CheckSet::all(), Checker::Extent::first_of_each);
  checker.run();
  return checker.unmet();
}

std::vector<Error> first_of_each_unmet(const Btf& layer) {
  Checker checker(layer, CheckSet::all(), Checker::Extent::first_of_each);
  checker.run();
  return checker.errors();
}

std::vector<Error> all_unmet(const Btf& layer) {
  Checker checker(layer, CheckSet::all(), Checker::Extent::all);
  checker.run();
  return checker.errors();
}

std::optional<Error> first_unmet(const Btf& layer, CheckSet demanded) {
  Checker checker(layer, demanded, Checker::Extent::first);
  checker.run();
  if (checker.errors().empty()) return {};
  return checker.errors().front();
}

std::expected<BtfPtr, Error> open(Bytes bytes, const Policy& policy, BtfPtr base, bool borrow) {
  const ParseOptions options{
      .base = std::move(base),
      .dialect = policy.follows(Rule::wide_vlen) ? Dialect::wide : Dialect::narrow,
      .fwd_type_refers = policy.follows(Rule::fwd_type_refers),
      .borrow = borrow};
  auto parsed = Btf::parse(bytes, options);
  if (!parsed) return parsed;
  if (std::optional<Error> error = first_unmet(**parsed, policy.checks))
    return std::unexpected(*error);
  return parsed;
}

}  // namespace btf
