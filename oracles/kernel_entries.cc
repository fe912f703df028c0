// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/kernel_entries.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "oracles/deviations/kernel_order.h"
#include "oracles/entry_makers.h"
#include "oracles/kernel_deviations.h"
#include "oracles/module_guards.h"
#include "oracles/opened_pair.h"
#include "oracles/program_fields.h"

namespace retort {
namespace {

constexpr std::string_view kKernel612 = "kernel-6.12";
constexpr std::string_view kTrusting612 = "kernel-6.12-ungated";

Entry entry(std::string name, std::string sentence, std::string_view upstream,
            const Deviation& code) {
  Entry entry;
  entry.name = std::move(name);
  entry.sort = Sort::deviation;
  entry.op = Op::check;
  entry.sentence = std::move(sentence);
  entry.oracles = kKernel612;
  entry.upstream = upstream;
  entry.deviation = &code;
  return entry;
}

Entry of_kernel(Entry entry) {
  entry.oracles = kKernel612;
  return entry;
}

Entry of_trusting(Entry entry) {
  entry.oracles = kTrusting612;
  return entry;
}

// Of no release that is described in full: releases.cc names those that have it.
Entry of_later_release(Entry entry) {
  entry.oracles = {};
  return entry;
}

// Shared with libbpf, as the checks let them show.
constexpr std::array<std::string_view, 10> kShared = {
    "rule:names-by-content",   "rule:namesakes-per-kind",
    "rule:exact-kind-wins",    "rule:distilled-namesakes-by-size",
    "struct-matches-any-kind", "embedded-mark-lost",
    "fwd-sort-from-target",    "fwd-needs-size-of-namesakes",
    "size-loses-top-bit",      "find-empty-name",
};

// What vmlinux and modules are not asked for, and what they have in common with loaded BTF.
constexpr std::array<std::string_view, 21> kTrusted = {
    "check:no-types",        "check:id-range",
    "check:return-id-range", "check:func-refers-to-proto",
    "check:member-bounds",   "check:datasec-vars",
    "check:decl-tag-target", "check:decl-tag-component",
    "check:array-index",     "check:sizeless-type",
    "check:proto-params",    "check:size-overflow",
    "empty-int-name",        "latin1-names",
    "foreign-order-refused", "tag-kflag-refused",
    "type-tags-first",       "kernel-errno",
    "layout-fields-refused", "modifier-loop-hang",
    "other-fault-first",
};

const OpenedLayer* layer_at(const OpenedParts& parts, Stage stage) {
  if (stage == Stage::target) return parts.target ? &*parts.target : nullptr;
  if (stage == Stage::base && parts.base) return &*parts.base;
  if (parts.stack.empty()) return nullptr;
  return stage == Stage::split ? &parts.stack.back() : &parts.stack.front();
}

// Of what is loaded the kernel also wants to know how programs may use it.
bool program_fields_refused(const Evaluation& evaluation, const Answer& predicted,
                            const Answer& answer) {
  if (answer.outcome != Outcome::rejected || answer.stage > Stage::target ||
      predicted.input_preserved != answer.input_preserved)
    return false;
  OpenedPair opened(evaluation.pair);
  const OpenedLayer* layer = layer_at(opened.parts(*evaluation.policy), answer.stage);
  return layer != nullptr && layer->btf && has_program_fields(*layer->btf);
}

bool cannot_be_walked(const Evaluation& evaluation, Stage stage) {
  OpenedPair opened(evaluation.pair);
  const OpenedLayer* layer = layer_at(opened.parts(*evaluation.policy), stage);
  return layer != nullptr && !layer->btf;
}

// A part whose types cannot be walked to the end: the kernel tells of what it finds on the way.
bool other_fault_first(const Evaluation& evaluation, const Answer& predicted,
                       const Answer& answer) {
  const auto is_fault = [](int code) {
    return code == EINVAL || code == EEXIST || code == E2BIG || code == ELOOP ||
           code == kNotSupported;
  };
  return predicted.outcome == Outcome::rejected && answer.outcome == Outcome::rejected &&
         predicted.stage == answer.stage && predicted.stage <= Stage::target &&
         predicted.input_preserved == answer.input_preserved && is_fault(predicted.code) &&
         is_fault(answer.code) && cannot_be_walked(evaluation, predicted.stage);
}

// Follows modifiers and elements from the type, as relocation does to find what is embedded.
bool leads_out_of_range(const btf::Btf& split, std::uint32_t id) {
  for (std::uint32_t links = 0; links < split.end_id(); ++links) {
    if (id >= split.end_id()) return true;
    const btf::Type type = split.type(id);
    const bool array = type.kind() == btf::Kind::array;
    if (!array && !btf::is_modifier(type.kind())) return false;
    id = array ? type.fixed(0) : type.type_id();
  }
  return false;
}

bool has_member_out_of_range(const Evaluation& evaluation, const Answer& predicted) {
  const bool begins = predicted.outcome == Outcome::accepted || predicted.stage == Stage::relocate;
  if (evaluation.op != Op::relocate || !begins || !evaluation.split) return false;
  const btf::Btf& split = *evaluation.split;
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const btf::Type type = split.type(id);
    if (!btf::is_composite(type.kind())) continue;
    for (std::uint32_t index = 0; index < type.vlen(); ++index)
      if (leads_out_of_range(split, type.element(index, 1))) return true;
  }
  return false;
}

// What ends a kernel, or what it shows wrongly, of BTF that it has accepted.
void append_kernel_crashes(std::vector<Entry>& table) {
  table.push_back(of_trusting(
      guard("member-id-crash", Op::relocate,
            "a module whose member refers to a type that does not exist makes relocation "
            "read from null",
            "btf_mark_embedded_composite_type_ids() uses what btf_type_by_id() returned "
            "unseen, and btf_parse_module() checks no reference",
            has_member_out_of_range)));
  table.push_back(of_trusting(guard(
      "id-beyond-map", Op::relocate,
      "a module that refers to a type that does not exist makes relocation read beyond its "
      "map, and what lies there is shown in sysfs",
      "btf_relocate_rewrite_type_id() uses the id for an index, and btf_parse_module() checks "
      "no reference",
      has_id_beyond_map)));
  table.push_back(of_trusting(guard(
      "void-uncounted-crash", Op::relocate,
      "a module whose .BTF.base has no types, since it refers to none, makes relocation read "
      "behind "
      "its map",
      "btf_add_type() counts void with the first type, so that on such a base a module's types "
      "begin with 0, and its last one is beyond the map of btf_relocate()",
      reads_behind_uncounted)));
  table.push_back(of_trusting(tolerance(
      "void-uncounted", Op::check,
      "on a base without types a module's types are numbered from 0, so that each of its "
      "references means the type behind",
      "btf_add_type() counts void with the first type, and btf_nr_types() of such a base is 0",
      leaves_void_uncounted)));
  table.push_back(of_kernel(
      guard("core-log-crash", Op::kernel,
            "a comparison of FLOATs, or of other types that CO-RE does not know, takes the "
            "name of their kind for a log",
            "__bpf_core_types_are_compat() leaves the log out of what it hands to "
            "pr_warn(), which is bpf_log() in the kernel",
            confuses_core_log)));
  table.push_back(of_kernel(guard(
      "show-beyond-value", Op::kernel,
      "showing a value of a struct that was accepted although its members lie beyond it, or "
      "hold it, reads beyond the value, or never ends",
      "btf_struct_show() believes that members lie inside their struct", shows_beyond_value)));
  table.push_back(of_kernel(
      guard("show-enum-overread", Op::kernel,
            "showing an enumeration of less than 4 bytes, or an ENUM64 of less than 8, in a map "
            "reads beyond its end",
            "btf_enum_show() reads an int, btf_enum64_show() a u64", overreads_enum)));
  table.push_back(of_kernel(
      with(Severity::wrong_result,
           guard("show-shift-by-width", Op::kernel,
                 "showing an INT of no bits shifts a word by as many bits as it has",
                 "btf_int128_shift() with left_shift_bits or right_shift_bits of 128 or 0",
                 shifts_by_width))));
  table.push_back(of_kernel(
      tolerance("core-candidates-by-name", Op::kernel,
                "the targets of a CO-RE relocation are remembered by name alone: once a struct was "
                "asked for, a typedef, union or enumeration of that name has none",
                "check_cand_cache() compares the names of the candidates, and not their kinds",
                has_namesakes_of_other_kind)));
  table.push_back(of_kernel(
      tolerance("show-repeats-elements", Op::kernel,
                "of an array of pointers or arrays the first element is shown in place of each",
                "__btf_array_show() goes on by elem_size, which is 0 unless btf_type_has_size() of "
                "the element",
                shows_first_element_again)));
}

}  // namespace

void append_kernel_entries(std::vector<Entry>& table) {
  // First what is accepted beyond the checks, then what is refused beyond them.
  table.push_back(
      entry("empty-int-name", "the name of an INT or FLOAT may be an empty string at any offset",
            "btf_int_check_meta() and btf_float_check_meta() do not look at it", kEmptyIntName));
  table.push_back(entry("latin1-names", "letters of Latin-1 may stand in an identifier",
                        "isalpha() and isprint() of lib/ctype.c", kLatin1Names));
  table.push_back(entry(
      "reference-to-func", "a pointer may lead to a FUNC before it, and a modifier to any FUNC",
      "btf_ptr_resolve() takes what a resolved FUNC refers to for its target", kReferenceToFunc));
  table.back().severity = Severity::wrong_result;
  table.push_back(entry("long-enum-taken-for-int",
                        "in a struct with kflag an enumeration of 8 bytes may reach beyond the end",
                        "btf_enum_check_kflag_member() uses sizeof(int), for ENUM64 too",
                        kLongEnumTakenForInt));
  table.back().severity = Severity::wrong_result;
  table.push_back(
      entry("datasec-end-wraps", "an entry of a DATASEC whose end does not fit 32 bits is accepted",
            "btf_datasec_check_meta() adds vsi->offset and vsi->size as u32", kDatasecEndWraps));
  table.back().severity = Severity::wrong_result;
  table.push_back(
      entry("later-variables-unsized",
            "the size of a variable that comes after its DATASEC may exceed its place there",
            "btf_datasec_resolve() goes on behind the entry whose VAR it had to follow",
            kLaterVariables));
  table.back().severity = Severity::wrong_result;
  table.push_back(entry(
      "counted-as-seen",
      "what is behind a modifier that a pointer led through counts as seen: a struct may hold "
      "itself by value, and a member an array that is larger than its struct",
      "btf_modifier_resolve() stops at what is a sink in RESOLVE_PTR mode, and "
      "env_type_is_resolved() holds for the modifier ever after",
      kCountedAsSeen));
  table.back().severity = Severity::wrong_result;
  table.push_back(of_trusting(
      entry("members-begin-inside",
            "in vmlinux, modules and their .BTF.base, of a member only where it begins is checked, "
            "and of an id only that it is no more than 0xfffff",
            "btf_struct_check_meta(): \"Member bits_offset exceeds its struct size\", and "
            "BTF_TYPE_ID_VALID()",
            kMembersBeginInside)));
  table.push_back(of_trusting(entry(
      "loops-unseen",
      "loops are not found in vmlinux, modules and their .BTF.base, but for loops of modifiers",
      "btf_parse_base() and btf_parse_module() do not call btf_check_all_types()", kLoopsUnseen)));
  table.back().severity = Severity::wrong_result;
  table.push_back(of_trusting(
      entry("variables-unsized",
            "in vmlinux, modules and their .BTF.base a variable may exceed its place in a DATASEC",
            "btf_datasec_resolve() is for loaded BTF alone", kVariablesUnsized)));
  table.back().severity = Severity::wrong_result;
  table.push_back(
      of_trusting(entry("parameter-names-unseen",
                        "in vmlinux, modules and their .BTF.base a parameter may have any name",
                        "btf_func_proto_check() is for loaded BTF alone", kParameterNamesUnseen)));
  table.back().severity = Severity::wrong_result;
  table.push_back(of_later_release(entry(
      "strings-anywhere", "behind a header of 32 bytes the sections may come in any order",
      "btf_parse_str_sec() asks only a shorter header for strings at the end", kStringsAnywhere)));
  table.push_back(entry("enum-taken-for-int",
                        "in a struct with kflag an enumeration counts as 4 bytes whatever its size",
                        "btf_enum_check_kflag_member() uses sizeof(int)", kEnumTakenForInt));
  table.back().severity = Severity::refusal;
  table.push_back(entry("foreign-order-refused", "BTF in foreign byte order is refused",
                        "btf_parse_hdr() compares the magic number as it stands",
                        kForeignOrderRefused));
  table.push_back(entry("deep-references",
                        "types that nest deeper than 32 when they are followed are refused",
                        "env_stack_push() and MAX_RESOLVE_DEPTH", kDeepReferences));
  table.push_back(entry("copy-limit",
                        "a member is refused where its bits, with those before it in its first "
                        "byte, are more than 128",
                        "btf_int_check_member(): \"nr_copy_bits exceeds 128\"", kCopyLimit));
  // Behind all whose errno it says; chains are refused with one of their own.
  table.push_back(entry("kernel-errno",
                        "unknown fields of the header are refused with E2BIG; version, flags and "
                        "encoding with ENOTSUPP, 524; loops with EEXIST",
                        "btf_parse_hdr(), btf_int_check_meta() and env_stack_push()",
                        kKernelErrno));
  table.push_back(
      entry("type-tags-first",
            "in a chain of modifiers type tags must come first, and a chain has 32 links at most",
            "btf_check_type_tags(): \"Type tags don't precede modifiers\"", kTypeTagsFirst));
  table.push_back(of_later_release(
      entry("modifier-chain-limit", "a chain of modifiers has 32 links at most",
            "btf_check_modifier_chain_length(): \"Max chain length or cycle detected\"",
            kModifierChains)));
  table.push_back(
      entry("tag-kflag-refused", "a DECL_TAG or TYPE_TAG with kflag is refused",
            "btf_decl_tag_check_meta() and btf_ref_type_check_meta(): \"Invalid btf_info "
            "kind_flag\"",
            kTagKflagRefused));
  table.push_back(entry("layout-fields-refused",
                        "the header's fields that place a layout section are refused with E2BIG",
                        "btf_parse_hdr() before 7.1: \"Unsupported btf_header\"",
                        kLayoutFieldsRefused));
  table.push_back(of_later_release(
      entry("module-layout-unseen", "a module's layout section may have any place and length",
            "btf_parse_module() does not call btf_parse_layout_sec()", kModuleLayoutUnseen)));
  table.push_back(of_later_release(
      entry("base-layout-unseen", "the layout section of a vmlinux or a .BTF.base may, too",
            "btf_parse_base() does not call btf_parse_layout_sec()", kBaseLayoutUnseen)));
  Entry sorted = entry(
      "vmlinux-taken-for-sorted", "lookup in a base bisects it whether or not its names are sorted",
      "btf_check_sorted() takes what btf_is_vmlinux() for sorted", kTakenForSorted);
  sorted.op = Op::find;
  table.push_back(of_later_release(std::move(sorted)));
  append_kernel_crashes(table);
  table.push_back(of_kernel(
      with(Severity::none,
           tolerance("program-fields-refused", Op::check,
                     "loaded BTF is also refused where its structs hold fields that mean something "
                     "to BPF programs, tagged kptr or of type bpf_spin_lock and its like, and use "
                     "them wrongly",
                     "btf_parse_struct_metas() and btf_check_and_fixup_fields()",
                     program_fields_refused))));
  table.push_back(of_kernel(
      with(Severity::none,
           tolerance("other-fault-first", Op::check,
                     "where types cannot be walked to the end, a fault of an earlier type is told",
                     "btf_check_all_metas() looks at each type as it comes upon it",
                     other_fault_first))));
}

bool is_documented_for_kernel(std::string_view entry, std::string_view oracle) {
  if (oracle != kKernel612 && oracle != kTrusting612) return false;
  if (std::ranges::find(kShared, entry) != kShared.end()) return true;
  return oracle == kTrusting612 && std::ranges::find(kTrusted, entry) != kTrusted.end();
}

}  // namespace retort
