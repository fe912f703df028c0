// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Rules, checks and policies: what implementations of BTF may decide differently by design. A Rule
// is a decision in distilling or relocating, a Check a demand on well-formed BTF, and a Policy the
// set of rules and checks that one design follows. The sentences in rules.cc are the documentation.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace btf {

/// A decision point. A policy either follows the rule or does what its description names instead.
enum class Rule : std::uint8_t {
  wide_vlen,                    ///< vlen has 24 bits, kind 7, and the layout section is read
  fwd_type_refers,              ///< the third word of a FWD is a reference like a typedef's
  names_by_content,             ///< a name is its characters, not its string offset
  distill_refuses_unplaceable,  ///< anonymous INT, FLOAT or FWD in the base is refused
  distill_fwd,                  ///< a named struct or union is distilled to a FWD unless embedded
  distill_sized_if_ambiguous,   ///< with distill_fwd: sized too where the old base has namesakes
  size_always,                  ///< a distilled struct or union needs its size to match
  namesakes_per_kind,           ///< ambiguity is judged per kind and name
  exact_kind_wins,              ///< FWD to FWD wins over FWD to full
  distilled_namesakes_by_size,  ///< distilled types of one kind and name need their sizes to match
  count_
};
inline constexpr std::size_t kRuleCount = static_cast<std::size_t>(Rule::count_);

/// A demand on BTF that can be walked. Each is independent of the others.
enum class Check : std::uint8_t {
  header_length,
  version,
  flags,
  header_extra,
  trailing_bytes,
  section_gap,
  section_order,
  layout_fits,
  no_types,
  unknown_kind,
  name_range,
  id_range,
  return_id_range,
  func_refers_to_proto,
  name_required,
  name_forbidden,
  name_identifier,
  empty_name_offset,
  vlen_zero,
  kflag_zero,
  unused_word,
  void_reference,
  int_bits,
  int_encoding,
  float_size,
  enum_size,
  member_order,
  member_bounds,
  union_offset,
  func_linkage,
  var_linkage,
  datasec_size,
  datasec_entries,
  datasec_vars,
  decl_tag_target,
  decl_tag_component,
  reference_loop,
  array_index,
  sizeless_type,
  proto_params,
  size_overflow,
  count_
};
inline constexpr std::size_t kCheckCount = static_cast<std::size_t>(Check::count_);

/// A set of one of the enumerations above.
template <class E, std::size_t N>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(std::initializer_list<E> members) {
    for (E member : members) insert(member);
  }
  [[nodiscard]] constexpr bool has(E member) const { return (bits_ >> index(member) & 1U) != 0; }
  constexpr void insert(E member) { bits_ |= std::uint64_t{1} << index(member); }
  constexpr void erase(E member) { bits_ &= ~(std::uint64_t{1} << index(member)); }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] static constexpr EnumSet all() {
    EnumSet set;
    set.bits_ = (std::uint64_t{1} << N) - 1;
    return set;
  }
  constexpr EnumSet& operator|=(EnumSet other) {
    bits_ |= other.bits_;
    return *this;
  }
  [[nodiscard]] constexpr EnumSet operator&(EnumSet other) const {
    EnumSet set;
    set.bits_ = bits_ & other.bits_;
    return set;
  }
  /// The members in which the two sets differ.
  [[nodiscard]] constexpr EnumSet operator^(EnumSet other) const {
    EnumSet set;
    set.bits_ = bits_ ^ other.bits_;
    return set;
  }
  constexpr bool operator==(const EnumSet&) const = default;

 private:
  static_assert(N < 64);
  static constexpr unsigned index(E member) { return static_cast<unsigned>(member); }
  std::uint64_t bits_ = 0;
};

using RuleSet = EnumSet<Rule, kRuleCount>;
using CheckSet = EnumSet<Check, kCheckCount>;

/// What an implementation demands and decides.
struct Policy {
  std::string_view name;
  RuleSet rules;
  CheckSet checks;
  [[nodiscard]] bool follows(Rule rule) const { return rules.has(rule); }
};

/// A rule's or check's name in reports ("names-by-content"), and what it says in one sentence.
struct RuleText {
  std::string_view name;
  std::string_view sentence;
  std::string_view otherwise;  ///< what a policy without it does
  bool ours = false;           ///< nobody agreed on it: a difference only here is undecided
};
struct CheckText {
  std::string_view name;
  std::string_view sentence;
};
const RuleText& text_of(Rule rule);
const CheckText& text_of(Check check);

/// What was agreed on upstream, completed by ours where nothing was: the default.
const Policy& agreed_policy();
/// Every policy by name: agreed, v2, v3 and one for each upstream release described.
std::span<const Policy> policies();
/// The policy of that name, or nullptr.
const Policy* find_policy(std::string_view name);

/// The rules whose two sides led to different results while an operation ran: each is a decision on
/// this input that could have gone another way.
struct Trace {
  RuleSet rules;
  void note(Rule rule, bool sides_differ) {
    if (sides_differ) rules.insert(rule);
  }
};

}  // namespace btf
