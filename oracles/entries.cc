// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The table. Rules and checks of relocator/rules.h come first, an entry for each; what upstream
// does wrong follows, in the order in which the model asks.
#include "oracles/entries.h"

#include <algorithm>
#include <array>

#include "oracles/dedup_defects.h"
#include "oracles/entry_makers.h"
#include "oracles/kernel_entries.h"
#include "oracles/release_entries.h"
#include "oracles/releases.h"

namespace retort {
namespace {

constexpr std::string_view kLibbpf612 = "libbpf-6.12";

// Checks that libbpf makes by design, or says that it makes.
bool is_relied_on(btf::Check check) {
  return btf::find_policy(kLibbpf612)->checks.has(check);
}

// Checks that libbpf should make, since its later code relies on them, and forgets.
bool is_forgotten(btf::Check check) {
  return check == btf::Check::header_length || check == btf::Check::return_id_range;
}

std::string_view where_forgotten(btf::Check check) {
  if (check == btf::Check::header_length)
    return "btf_parse_hdr() compares hdr_len with the size of the data alone";
  return "btf_validate_type(), case BTF_KIND_FUNC_PROTO, looks at the parameters only";
}

Entry entry_of(btf::Check check) {
  Entry entry;
  entry.name = "check:" + std::string(btf::text_of(check).name);
  entry.check = check;
  entry.op = Op::check;
  entry.sort = is_forgotten(check) ? Sort::deviation : Sort::rule;
  if (is_forgotten(check)) entry.severity = Severity::wrong_result;
  entry.sentence = "not checked: " + std::string(btf::text_of(check).sentence);
  const bool holds = is_forgotten(check) || !is_relied_on(check);
  entry.oracles = holds ? kLibbpf612 : std::string_view{};
  if (is_forgotten(check))
    entry.upstream = where_forgotten(check);
  else if (holds)
    entry.upstream =
        "btf_sanity_check() validates \"only properties of BTF that libbpf relies on\"";
  return entry;
}

Op op_showing(btf::Rule rule) {
  switch (rule) {
    case btf::Rule::wide_vlen:
      return Op::check;
    case btf::Rule::names_by_content:
    case btf::Rule::distill_refuses_unplaceable:
    case btf::Rule::distill_fwd:
    case btf::Rule::distill_sized_if_ambiguous:
    case btf::Rule::fwd_type_refers:
      return Op::distill;
    default:
      return Op::relocate;
  }
}

std::string_view where_decided(btf::Rule rule) {
  switch (rule) {
    case btf::Rule::wide_vlen:
      return "BTF_INFO_VLEN() and BTF_INFO_KIND() of the uapi header to 6.x";
    case btf::Rule::fwd_type_refers:
      return "btf_field_iter_init() lists BTF_KIND_FWD among the kinds with a type id";
    case btf::Rule::names_by_content:
      return "base_name_cnt[] and str_map[] in btf_relocate.c are indexed by name_off";
    case btf::Rule::distill_refuses_unplaceable:
      return "btf_add_distilled_types() copies INT, FLOAT and FWD whatever their name is";
    case btf::Rule::namesakes_per_kind:
      return "btf_relocate_map_distilled_base() counts structs and unions together";
    case btf::Rule::exact_kind_wins:
      return "btf_relocate_map_distilled_base() refuses a second match of any kind";
    case btf::Rule::distilled_namesakes_by_size:
      return "btf_relocate_map_distilled_base(): \"that doesn't matter unless corresponding base "
             "types to match them are missing\"";
    default:
      return "the earlier designs of resilient split BTF as they were discussed";
  }
}

Entry entry_of(btf::Rule rule) {
  const btf::RuleText& text = btf::text_of(rule);
  const bool agreed = btf::agreed_policy().follows(rule);
  Entry entry;
  entry.name = "rule:" + std::string(text.name);
  entry.rule = rule;
  entry.op = op_showing(rule);
  entry.ours = text.ours;
  entry.sentence = agreed ? text.otherwise : text.sentence;
  if (btf::find_policy(kLibbpf612)->follows(rule) != agreed) entry.oracles = kLibbpf612;
  entry.upstream = where_decided(rule);
  return entry;
}

void append_upstream_defects(std::vector<Entry>& table) {
  table.push_back(
      deviation("struct-matches-any-kind", Op::relocate,
                "a distilled struct or union matches a target type of any kind that has its name",
                "btf_relocate_map_distilled_base(), case BTF_KIND_STRUCT, never looks at base_kind",
                kStructMatchesAnyKind));
  table.push_back(
      with(Severity::refusal,
           deviation("embedded-mark-lost", Op::relocate,
                     "once an embedded struct has found its match, a later type of its name but of "
                     "another size "
                     "makes it ambiguous",
                     "id_map[] holds BTF_IS_EMBEDDED until the first match overwrites it",
                     kEmbeddedMarkLost)));
  table.push_back(deviation(
      "fwd-sort-from-target", Op::relocate,
      "whether a distilled FWD means a struct or a union is read from the kflag of the target's "
      "full type",
      "btf_relocate_map_distilled_base(), case BTF_KIND_FWD, tests btf_kflag(base_t)",
      kFwdSortFromTarget));
  table.push_back(with(
      Severity::refusal,
      deviation("fwd-needs-size-of-namesakes", Op::relocate,
                "a distilled FWD matches no full type whose name the target has more than once",
                "base_info.needs_size in btf_relocate_map_distilled_base() does not know FWDs",
                kFwdNeedsSizeOfNamesakes)));
  table.push_back(deviation("size-loses-top-bit", Op::relocate, "sizes are compared in 31 bits",
                            "struct btf_name_info keeps the size in a bit field of 31 bits",
                            kSizeLosesTopBit));
  table.push_back(with(
      Severity::refusal,
      deviation(
          "empty-target-name", Op::relocate,
          "a type of the target whose name is an empty string at a non-zero offset makes "
          "relocation "
          "fail",
          "btf_relocate_map_distilled_base() sorts void, whose name is empty, among the distilled "
          "types",
          kEmptyTargetName)));
  table.push_back(deviation(
      "half-rewritten", Op::relocate,
      "a relocation that fails on a string leaves the split with rewritten ids",
      "btf_relocate() rewrites all ids in place before it maps the first string", kHalfRewritten));
  table.push_back(deviation(
      "gap-lost-when-swapped", Op::relocate,
      "BTF in foreign byte order with a gap between its sections is written without the gap, but "
      "with the old offsets",
      "btf_get_raw_data() copies hdr and puts the sections one after the other",
      kGapLostWhenSwapped));
  table.push_back(deviation(
      "lost-with-empty-base", Op::distill,
      "if no base type belongs into the distilled base, those that belong into the split are lost "
      "and references to them dangle",
      "btf_add_distilled_types() takes start_id == 1 for the base, and so is a split on an empty "
      "base",
      kLostWithEmptyBase));
  table.push_back(
      with(Severity::none,
           deviation("find-void", Op::find, "the name \"void\" is found as id 0",
                     "btf__find_by_name() and btf_find_by_name_kind() say so", kFindVoid)));
  table.push_back(
      deviation("find-empty-name", Op::find, "the empty name finds the first anonymous type",
                "btf__find_by_name() compares the string at name_off 0 too", kFindEmptyName));
  table.push_back(tolerance(
      "stacked-strings", Op::relocate,
      "on a distilled base of several layers, strings are told apart by the length of the topmost "
      "one",
      "btf_relocate() takes dist_str_len from the header of the layer right below",
      stacked_strings_differ));
  table.push_back(with(
      Severity::hang,
      guard("modifier-loop-hang", Op::relocate,
            "a member whose type is a loop of modifiers or arrays makes relocation run for ever",
            "btf_mark_embedded_composite_type_ids() follows CONST, TYPEDEF, ARRAY without a bound",
            has_modifier_loop_in_member)));
  table.push_back(guard(
      "fwd-id-crash", Op::distill, "a FWD whose third word is no type id is read beyond the id map",
      "btf_field_iter_init() treats it as an id that nobody checked", has_fwd_id_out_of_range));
  table.push_back(guard("return-id-crash", Op::distill,
                        "a FUNC_PROTO whose return type does not exist is read beyond the id map",
                        "btf_validate_type() does not check it", has_return_id_out_of_range));
  table.push_back(guard("deep-chain-crash", Op::distill,
                        "a chain of some 30,000 references in the base exhausts the stack",
                        "btf_add_distilled_type_ids() calls itself for each link",
                        has_deep_base_chain));
  table.push_back(
      guard("stacked-strings-crash", Op::relocate,
            "on a distilled base of several layers, the map of strings is written beyond its end",
            "btf_relocate() sizes str_map by the topmost layer's strings alone",
            has_string_beyond_top_distilled_layer));
}

std::vector<Entry> make_table() {
  std::vector<Entry> table;
  for (std::size_t rule = 0; rule < btf::kRuleCount; ++rule)
    table.push_back(entry_of(static_cast<btf::Rule>(rule)));
  for (std::size_t check = 0; check < btf::kCheckCount; ++check)
    table.push_back(entry_of(static_cast<btf::Check>(check)));
  append_upstream_defects(table);
  append_inspection_defects(table);
  append_sequence_defects(table);
  append_dedup_defects(table);
  append_release_entries(table);
  append_kernel_entries(table);
  return table;
}

}  // namespace

namespace {

Entry defect(Sort sort, Severity severity, std::string name, Op op, std::string sentence,
             std::string_view upstream) {
  Entry entry;
  entry.name = std::move(name);
  entry.sort = sort;
  entry.severity = severity;
  entry.op = op;
  entry.sentence = std::move(sentence);
  entry.oracles = kLibbpf612;
  entry.upstream = upstream;
  return entry;
}

}  // namespace

Entry deviation(std::string name, Op op, std::string sentence, std::string_view upstream,
                const Deviation& code) {
  Entry entry = defect(Sort::deviation, Severity::wrong_result, std::move(name), op,
                       std::move(sentence), upstream);
  entry.deviation = &code;
  return entry;
}

Entry guard(std::string name, Op op, std::string sentence, std::string_view upstream,
            GuardPredicate predicate) {
  Entry entry =
      defect(Sort::guard, Severity::memory, std::move(name), op, std::move(sentence), upstream);
  entry.guard = predicate;
  return entry;
}

Entry tolerance(std::string name, Op op, std::string sentence, std::string_view upstream,
                TolerancePredicate predicate) {
  Entry entry = defect(Sort::tolerance, Severity::wrong_result, std::move(name), op,
                       std::move(sentence), upstream);
  entry.tolerance = predicate;
  return entry;
}

Entry with(Severity severity, Entry entry) {
  entry.severity = severity;
  return entry;
}

std::string_view sort_name(Sort sort) {
  static constexpr std::array<std::string_view, 4> names = {"rule", "deviation", "tolerance",
                                                            "guard"};
  return names[static_cast<std::size_t>(sort)];
}

std::string_view severity_name(Severity severity) {
  static constexpr std::array<std::string_view, 5> names = {"memory", "hang", "wrong result",
                                                            "refusal", "none"};
  return names[static_cast<std::size_t>(severity)];
}

std::string Entry::pair_file() const {
  std::string file = name + ".pair";
  std::ranges::replace(file, ':', '-');
  return file;
}

bool Entry::documented_for(std::string_view oracle) const {
  return is_documented(*this, oracle);
}

std::span<const Entry> entries() {
  static const std::vector<Entry> table = make_table();
  static_assert(btf::kRuleCount + btf::kCheckCount < kMaxEntries);
  return table;
}

std::optional<std::size_t> find_entry(std::string_view name) {
  const auto all = entries();
  const auto found = std::ranges::find(all, name, &Entry::name);
  if (found == all.end()) return {};
  return static_cast<std::size_t>(found - all.begin());
}

EntrySet documented_entries(std::string_view oracle) {
  EntrySet set;
  const auto all = entries();
  for (std::size_t index = 0; index < all.size(); ++index)
    if (all[index].documented_for(oracle)) set.set(index);
  return set;
}

std::vector<std::string> names_of(const EntrySet& set) {
  std::vector<std::string> names;
  const auto all = entries();
  for (std::size_t index = 0; index < all.size(); ++index)
    if (set.test(index)) names.push_back(all[index].name);
  return names;
}

}  // namespace retort
