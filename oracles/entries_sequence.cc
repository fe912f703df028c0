// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The part of the table that tells what libbpf does wrong over several calls on one object, and
// where memory runs out.
#include "oracles/entry_makers.h"
#include "oracles/sequence_entries.h"

namespace retort {
namespace {

void append_sequence_guards(std::vector<Entry>& table) {
  table.push_back(guard(
      "own-bytes-crash", Op::sequence,
      "a type or a string of an object is added to that object, or to what lies on it, and is read "
      "after the bytes that it stands in were freed",
      "btf_ensure_modifiable() frees raw_data, which btf__add_type()'s and btf__find_str()'s "
      "arguments may point into",
      reads_own_bytes));
  table.push_back(guard("align-missing-crash", Op::sequence,
                        "aligning a type id that does not exist dereferences a null pointer",
                        "btf__align_of() does not look at what btf__type_by_id() returns",
                        aligns_missing_type));
  table.push_back(guard("short-header-crash", Op::sequence,
                        "an object whose header claims to be shorter than its fields is read and "
                        "written beyond that header once it is modified",
                        "btf_ensure_modifiable() copies hdr_len bytes", modifies_short_header));
  table.push_back(guard(
      "stacked-target-crash", Op::sequence,
      "relocation onto split BTF counts the names of the whole stack in as many bytes as the top "
      "layer's strings have",
      "btf_relocate_map_distilled_base() allocates base_name_cnt by base_str_len, which leaves out "
      "the layers below",
      relocates_onto_stack));
  table.push_back(guard("append-rollback-crash", Op::nomem,
                        "where memory runs out while an object is appended to another, memory is "
                        "zeroed at a null pointer plus an offset",
                        "btf__add_btf(), err_out: strs_data is null in what is modifiable",
                        rolls_back_strings));
}

void append_sequence_tolerances(std::vector<Entry>& table) {
  table.push_back(
      with(Severity::refusal,
           tolerance("dedup-nomem-as-invalid", Op::nomem,
                     "where memory runs out at its beginning, deduplication says EINVAL",
                     "btf__dedup() returns -EINVAL whatever btf_dedup_new() returned",
                     dedup_hides_want_of_memory)));
  table.push_back(with(
      Severity::refusal,
      tolerance("append-nothing-nomem", Op::sequence,
                "appending an object without types to one that never had any says ENOMEM",
                "btf__add_btf() takes the null pointer of btf_add_type_offs_mem() for a failure",
                appends_nothing_to_nothing)));
  table.push_back(tolerance(
      "long-header-turned", Op::sequence,
      "an object with a header of more than 24 bytes is written in the other byte order so that "
      "nobody can read it",
      "btf_get_raw_data() with swap_endian swaps 24 bytes and keeps hdr_len", long_header_turned));
  table.push_back(tolerance(
      "gap-lost-when-written", Op::sequence,
      "BTF with a gap between its sections is, once modified or turned over, written without the "
      "gap, but with the old offsets",
      "btf_get_raw_data() copies hdr and puts the sections one after the other", gap_lost));
  table.push_back(tolerance(
      "length-of-other-order", Op::sequence,
      "bytes that are no section's, once the other byte order was asked for, cost the original "
      "bytes their end",
      "btf__raw_data() keeps one raw_size for raw_data and raw_data_swapped",
      length_of_other_order));
  table.push_back(with(
      Severity::none,
      tolerance("strings-left-by-dedup", Op::sequence,
                "deduplication leaves the strings of an object that began without any as they "
                "are, those too that nothing uses, and drops them once it is parsed anew",
                "btf_ensure_modifiable() sets strs_deduped, and btf_dedup_strings(), which is to "
                "filter out what is not referenced, then does nothing",
                strings_left_by_dedup)));
  table.push_back(tolerance(
      "stale-after-relocation", Op::sequence,
      "relocation leaves the bytes that were asked for before it as they were, and they are given "
      "out again",
      "btf_relocate() writes types in place without btf_invalidate_raw_data()",
      stale_after_relocation));
  table.push_back(tolerance(
      "half-relocated", Op::sequence,
      "an object whose relocation failed on a string goes on with ids that lead nowhere",
      "btf_relocate() rewrites all ids in place before it maps the first string", half_relocated));
  table.push_back(tolerance(
      "pointer-size-guessed-once", Op::sequence,
      "the size of pointers stays what it was taken for when it was first asked for, whatever "
      "types are added after",
      "btf__pointer_size() keeps what determine_ptr_size() returned, even if that is nothing",
      guess_of_pointers_kept));
  table.push_back(tolerance(
      "offset-taken-for-bit-field", Op::sequence,
      "a member beyond 2 MiB becomes a bit field at another offset as soon as the struct has a bit "
      "field, before or after",
      "btf__add_field() sets kflag without a look at the members that are there, and checks "
      "bit_offset of bit fields only",
      offset_taken_for_bit_field));
  table.push_back(tolerance(
      "vlen-wraps", Op::sequence, "the 65536th member, value or parameter makes their number 0",
      "btf_type_inc_vlen() and btf__add_field() add one to 16 bits without a check", vlen_wraps));
}

}  // namespace

void append_sequence_defects(std::vector<Entry>& table) {
  append_sequence_guards(table);
  append_sequence_tolerances(table);
}

}  // namespace retort
