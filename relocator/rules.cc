// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The rules and checks in words, and the policies that are made of them.
#include "relocator/rules.h"

#include <algorithm>

namespace btf {
namespace {

constexpr std::array<RuleText, kRuleCount> kRules = {{
    {"wide-vlen",
     "vlen has 24 bits and kind 7, and a layout section gives the sizes of unknown kinds",
     "vlen has 16 bits and kind 5, there is no layout section, and foreign byte order takes a "
     "header of exactly 24 bytes",
     false},
    {"fwd-type-refers",
     "the third word of a FWD is a reference, followed and rewritten like a typedef's",
     "the third word of a FWD means nothing and stays as it is", false},
    {"names-by-content",
     "a name is its characters: equal names at different string offsets are one name, and the "
     "empty "
     "string is no name wherever it stands",
     "a name is its string offset where types are counted, told to be anonymous, or strings mapped",
     true},
    {"distill-refuses-unplaceable",
     "distillation refuses an anonymous INT, FLOAT or FWD of the base, which no distilled base may "
     "hold",
     "distillation copies it, and relocation refuses the result", true},
    {"distill-fwd",
     "a named struct or union of the base is distilled to a FWD unless the split embeds it",
     "a named struct or union of the base keeps its kind and size and loses its members", false},
    {"distill-sized-if-ambiguous",
     "of the structs and unions that would become a FWD, those whose name the old base has more "
     "than once keep kind and size",
     "what is not embedded becomes a FWD, ambiguous or not", false},
    {"size-always", "a distilled struct or union matches only one of its size",
     "the size counts only where it is embedded or its name is ambiguous", false},
    {"namesakes-per-kind",
     "a target's structs are ambiguous among structs and its unions among unions",
     "a struct and a union of one name make each other ambiguous", true},
    {"exact-kind-wins",
     "a distilled FWD that fits a FWD of the target and a full type as well means the FWD",
     "a distilled FWD that fits a FWD of the target and a full type as well is ambiguous", true},
    {"distilled-namesakes-by-size",
     "several distilled structs or unions of one kind and name match by size each",
     "several distilled structs or unions of one kind and name may share one match by name", true},
}};

constexpr std::array<CheckText, kCheckCount> kChecks = {{
    {"header-length", "the header has at least 24 bytes"},
    {"version", "the version is 1"},
    {"flags", "the header's flags are zero"},
    {"header-extra", "bytes of the header beyond the known fields are zero"},
    {"trailing-bytes", "nothing follows the last section"},
    {"section-gap", "no gap lies before a section"},
    {"section-order", "the types come before the strings, and a layout section between them"},
    {"layout-fits",
     "a layout section gives each known kind its size, and no kind a size that is not in words"},
    {"no-types", "a base has at least one type"},
    {"unknown-kind", "every kind is known"},
    {"name-range", "every string offset lies within the string sections"},
    {"id-range", "every type id exists"},
    {"return-id-range", "the return type of a FUNC_PROTO exists"},
    {"func-refers-to-proto", "a FUNC refers to a FUNC_PROTO"},
    {"name-required",
     "a FWD, TYPEDEF, FUNC, VAR, DATASEC, DECL_TAG, TYPE_TAG, enumerator and parameter of a FUNC "
     "has "
     "a name"},
    {"name-forbidden", "a PTR, CONST, VOLATILE, RESTRICT, ARRAY and FUNC_PROTO has no name"},
    {"name-identifier",
     "a name is an identifier, that of a DATASEC is printable, neither is longer than 512"},
    {"empty-name-offset", "an anonymous type or member has string offset 0"},
    {"vlen-zero", "vlen is 0 where the kind has no use for it"},
    {"kflag-zero", "kflag is 0 where the kind has no use for it"},
    {"unused-word", "the third word of a FWD or ARRAY is 0"},
    {"void-reference", "members, elements, indices and variables are not void"},
    {"int-bits",
     "the bits of an INT fit its size and 128, and are whole bytes in an array or beside kflag"},
    {"int-encoding", "an INT has at most one encoding"},
    {"float-size", "a FLOAT has 2, 4, 8, 12 or 16 bytes"},
    {"enum-size", "an ENUM or ENUM64 has 1, 2, 4 or 8 bytes"},
    {"member-order", "the offsets of members ascend"},
    {"member-bounds",
     "members lie inside their struct, on whole bytes unless they are bit fields, a FLOAT on a "
     "multiple of its size or of 8 bytes"},
    {"union-offset", "members of a union have offset 0"},
    {"func-linkage", "a FUNC is static or global"},
    {"var-linkage", "a VAR is static or global"},
    {"datasec-size", "a DATASEC has a size"},
    {"datasec-entries",
     "entries of a DATASEC have a size that holds their VAR, ascend, do not overlap and lie inside "
     "it"},
    {"datasec-vars", "entries of a DATASEC are VARs"},
    {"decl-tag-target", "a DECL_TAG tags a struct, union, function, variable or typedef"},
    {"decl-tag-component", "the member or parameter that a DECL_TAG names exists"},
    {"reference-loop", "no chain of pointers and modifiers, and no value, contains itself"},
    {"array-index", "the index of an ARRAY is an INT that fills its bytes"},
    {"sizeless-type",
     "a member, element, variable or parameter has a size; a reference does not lead to a FUNC, "
     "VAR, DATASEC or DECL_TAG"},
    {"proto-params", "a void parameter is the last one and has no name"},
    {"size-overflow", "the size of an ARRAY fits 32 bits"},
}};

// What libbpf checks is what it relies on: "intentionally less thorough" than the kernel.
constexpr CheckSet kLibbpfChecks = {
    Check::header_length, Check::section_order,   Check::unknown_kind,         Check::name_range,
    Check::id_range,      Check::return_id_range, Check::func_refers_to_proto, Check::layout_fits,
};

constexpr RuleSet kAgreedRules = {
    Rule::wide_vlen,          Rule::names_by_content, Rule::distill_refuses_unplaceable,
    Rule::namesakes_per_kind, Rule::exact_kind_wins,  Rule::distilled_namesakes_by_size,
};

constexpr RuleSet with(RuleSet rules, RuleSet more) {
  rules |= more;
  return rules;
}

constexpr CheckSet without(CheckSet checks, CheckSet left_out) {
  return checks ^ (checks & left_out);
}

// Later releases size the kinds that they do not know by the layout section, and those that they
// know by themselves, whatever it says.
constexpr CheckSet kNotCheckedSinceLayouts = {Check::unknown_kind, Check::layout_fits};

// A kernel believes its own vmlinux and its modules as to what types refer to.
constexpr CheckSet kTrustedByKernels = {
    Check::id_range,      Check::return_id_range, Check::func_refers_to_proto, Check::member_bounds,
    Check::datasec_vars,  Check::decl_tag_target, Check::decl_tag_component,   Check::array_index,
    Check::sizeless_type, Check::proto_params,    Check::size_overflow,
};

constexpr std::array<Policy, 9> kPolicies = {{
    {"agreed", kAgreedRules, CheckSet::all()},
    {"v2", with(kAgreedRules, {Rule::distill_fwd, Rule::size_always}), CheckSet::all()},
    {"v3",
     with(kAgreedRules, {Rule::distill_fwd, Rule::distill_sized_if_ambiguous, Rule::size_always}),
     CheckSet::all()},
    {"libbpf-6.12", {Rule::fwd_type_refers}, kLibbpfChecks},
    {"libbpf-7.3",
     {Rule::wide_vlen, Rule::fwd_type_refers},
     without(kLibbpfChecks, kNotCheckedSinceLayouts)},
    // What BPF_BTF_LOAD demands, here of modules too.
    {"kernel-6.12", {}, CheckSet::all()},
    {"kernel-6.12-ungated", {}, without(CheckSet::all(), kTrustedByKernels)},
    {"kernel-7.3", {Rule::wide_vlen}, without(CheckSet::all(), {Check::layout_fits})},
    {"kernel-7.3-ungated",
     {Rule::wide_vlen},
     without(without(CheckSet::all(), kTrustedByKernels), {Check::layout_fits})},
}};

}  // namespace

const RuleText& text_of(Rule rule) {
  return kRules[static_cast<std::size_t>(rule)];
}
const CheckText& text_of(Check check) {
  return kChecks[static_cast<std::size_t>(check)];
}

const Policy& agreed_policy() {
  return kPolicies[0];
}
std::span<const Policy> policies() {
  return kPolicies;
}

const Policy* find_policy(std::string_view name) {
  const auto found = std::ranges::find(kPolicies, name, &Policy::name);
  return found == kPolicies.end() ? nullptr : &*found;
}

}  // namespace btf
