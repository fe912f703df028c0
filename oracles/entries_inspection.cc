// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The part of the table that tells what libbpf does wrong where it only looks at BTF. What reads or
// computes beyond bounds without ending the process is a deviation: the dump's data lie at a fence.
#include "oracles/entry_makers.h"
#include "oracles/inspection_guards.h"

namespace retort {
namespace {

void append_accessor_defects(std::vector<Entry>& table) {
  table.push_back(guard("align-loop-crash", Op::reparse,
                        "aligning a type that holds itself by value exhausts the stack",
                        "btf__align_of() calls itself for each modifier, element and member",
                        has_alignment_loop));
  table.push_back(deviation(
      "long-header-swapped", Op::reparse,
      "BTF with a header of more than 24 bytes is written in the other byte order, and refused "
      "when it is read again",
      "btf_get_raw_data() with swap_endian, and btf_parse_hdr()", kLongHeaderSwapped));
  table.push_back(with(
      Severity::hang,
      guard("align-blowup-hang", Op::reparse,
            "aligning a struct within a struct, each used twice, takes two to the number of levels",
            "btf__align_of() looks at each member anew", has_walk_too_long)));
}

void append_dump_defects(std::vector<Entry>& table) {
  table.push_back(guard(
      "dump-loop-crash", Op::dump,
      "dumping a pointer to a function that takes such a pointer, or any other chain that leads "
      "back to itself past all that has a tag, exhausts the stack",
      "btf_dump_order_type() marks nothing between one definition and the next", has_order_loop));
  table.push_back(guard("dump-return-id-crash", Op::dump,
                        "a FUNC_PROTO whose return type does not exist is looked up when dumped",
                        "btf_validate_type() does not check it, and btf_dump_order_type() indexes "
                        "type_states[] by it",
                        has_printed_return_id_out_of_range));
  table.push_back(guard("dump-offset-overflow", Op::dump,
                        "the end of a member in bits is computed as an int, which overflows from "
                        "256 MiB on",
                        "btf_dump_emit_struct_def(): off = m_off + m_sz * 8, and roundup() in "
                        "btf_dump_emit_bit_padding()",
                        has_offset_beyond_int));
  table.push_back(guard("dump-zero-alignment", Op::dump,
                        "padding before a member whose type has no alignment, as a FWD has none, "
                        "divides by zero",
                        "btf_dump_emit_bit_padding() rounds up to next_align, which "
                        "btf__align_of() gives as 0",
                        has_alignment_of_zero));
  table.push_back(guard("dump-stale-list", Op::dump,
                        "a pointer to an anonymous struct is looked up in freed memory where so "
                        "much is declared in the struct that the list of types was moved",
                        "btf_dump_emit_type_decl() keeps decl_stack.ids across the growth of "
                        "d->decl_stack",
                        has_moved_list));
  table.push_back(deviation(
      "decl-loop", Op::dump,
      "an anonymous struct that leads back to itself is declared without an end, until the stack "
      "is exhausted",
      "btf_dump_emit_type_decl() and btf_dump_emit_struct_def() call one another",
      kDeclarationLoop));
  table.back().severity = Severity::memory;
  table.push_back(tolerance(
      "dump-suffix-clash", Op::dump,
      "the second of two types of one name is called name___2 even if there is a type of that name "
      "already",
      "btf_dump_resolve_name() does not look up the name that it makes", has_suffix_clash));
}

void append_data_defects(std::vector<Entry>& table) {
  table.push_back(with(
      Severity::memory,
      deviation("data-bit-field-overread", Op::dump,
                "showing a bit field reads as many bytes as its type has from the byte in which "
                "the bit field begins, and so up to seven bytes behind the data",
                "btf_dump_get_bitfield_value() checks for nr_bytes and reads t->size",
                kDataBitFieldOverread)));
  table.push_back(with(
      Severity::memory,
      deviation("data-whole-bit-field", Op::dump,
                "a bit field that is a pointer or a FLOAT is read like one that is none, though "
                "only the bytes of its bits were looked for, and so up to fifteen bytes behind "
                "the data",
                "btf_dump_type_data_check_overflow() counts bit_sz for every kind, and "
                "btf_dump_base_type_check_zero(), btf_dump_ptr_data() and btf_dump_float_data() "
                "read t->size",
                kDataWholeBitField)));
  table.push_back(with(
      Severity::memory,
      deviation("data-zero-check-overread", Op::dump,
                "whether an array, struct or union is all zeroes is looked up without a look at "
                "the length of the data",
                "btf_dump_type_data_check_overflow() passes what is no base type on to "
                "btf_dump_type_data_check_zero()",
                kDataZeroCheckOverread)));
  table.push_back(deviation(
      "data-array-error-lost", Op::dump,
      "of an array that the data is too short for, the size is returned instead of -E2BIG",
      "btf_dump_array_data() does not look at what btf_dump_dump_type_data() returns",
      kDataArrayErrorLost));
  table.push_back(deviation(
      "data-zero-by-first-member", Op::dump,
      "a struct or union within another is left out as zero where only its first member is zero",
      "btf_dump_type_data_check_zero() compares with ENODATA where -ENODATA is returned",
      kDataZeroByFirstMember));
  table.push_back(
      with(Severity::refusal,
           deviation("data-empty-elements", Op::dump,
                     "an array of empty structs makes showing whatever holds it fail",
                     "btf_dump_array_data(): \"unexpected elem size\"", kDataEmptyElements)));
  table.push_back(guard("data-unaligned-enum", Op::dump,
                        "showing an enumeration at an unaligned address shifts by 64 bits",
                        "btf_dump_get_enum_value() asks btf_dump_get_bitfield_value() for a bit "
                        "field of no bits",
                        shows_unaligned_enum));
  table.push_back(guard("data-bit-field-shift", Op::dump,
                        "showing a bit field of more than 64 bits shifts by more bits than there "
                        "are",
                        "btf_dump_get_bitfield_value() computes 64 - nr_copy_bits unsigned",
                        shows_bit_field_too_long));
  table.push_back(guard("data-float-overflow", Op::dump,
                        "showing a FLOAT of more than 16 bytes at an unaligned address writes "
                        "beyond a union on the stack",
                        "btf_dump_float_data() copies t->size bytes before it looks at t->size",
                        shows_float_too_large));
}

void append_core_defects(std::vector<Entry>& table) {
  table.push_back(deviation("core-float", Op::core,
                            "a FLOAT is not compatible with itself, nor does it match itself, and "
                            "so does nothing that holds one",
                            "__bpf_core_types_are_compat() and __bpf_core_types_match() have no "
                            "case for BTF_KIND_FLOAT",
                            kCoreFloat));
  table.push_back(
      with(Severity::hang,
           guard("core-modifier-loop", Op::core,
                 "comparing a type that is a loop of modifiers never ends",
                 "skip_mods_and_typedefs() follows them without a bound", has_stripped_loop)));
  table.push_back(with(
      Severity::hang,
      guard("core-array-loop-hang", Op::core,
            "comparing a field that is an array of itself never ends",
            "bpf_core_fields_are_compat() follows elements without a bound", has_array_in_itself)));
  table.push_back(guard("core-value-overread", Op::core,
                        "looking for the value of an enumeration reads the first one of a "
                        "candidate that has none, which may be beyond all types",
                        "bpf_core_format_spec(): btf_enum(t) + spec->raw_spec[0], also where "
                        "bpf_core_spec_match() found nothing",
                        reads_value_of_no_enum));
  table.push_back(
      with(Severity::hang,
           guard("core-blowup-hang", Op::core,
                 "comparing a function with two parameters, each a function with two parameters, "
                 "takes two to the number of levels, of which 32 are allowed",
                 "__bpf_core_types_are_compat() compares each parameter anew",
                 has_comparison_too_long)));
  table.push_back(guard("core-return-id-crash", Op::core,
                        "a FUNC_PROTO whose return type does not exist is followed when compared",
                        "btf_validate_type() does not check it, and skip_mods_and_typedefs() reads "
                        "what btf__type_by_id() did not find",
                        has_compared_return_id_out_of_range));
  table.push_back(guard("core-bit-field-division", Op::core,
                        "relocating a bit field whose type has no size divides by zero",
                        "bpf_core_calc_field_relo(): bit_off / 8 / byte_sz",
                        has_bit_field_of_no_size));
}

void append_file_defects(std::vector<Entry>& table) {
  table.push_back(guard("ext-id-crash", Op::ext,
                        "a type id of .BTF.ext that its BTF does not have is read beyond the map "
                        "when both are deduplicated",
                        "btf_dedup_remap_type_id() looks at no bound", has_ext_id_out_of_range));
  table.push_back(guard("ext-string-crash", Op::ext,
                        "a string offset of .BTF.ext that its BTF does not have ends "
                        "deduplication in a null pointer",
                        "strs_dedup_remap_str_off() hands on what btf__str_by_offset() gave",
                        has_ext_string_out_of_range));
  table.push_back(deviation("elf-ext-lost", Op::elf,
                            "a file whose .BTF.ext is refused is accepted as if it had none",
                            "btf_parse_elf() asks IS_ERR() of what btf_ext__new() returns, which "
                            "is null",
                            kElfExtLost));
  table.push_back(guard("elf-nobits-crash", Op::elf,
                        "a .BTF section of type SHT_NOBITS is copied from a null pointer",
                        "btf_find_elf_sections() takes d_buf and d_size as they come",
                        has_elf_section_without_bytes));
}

}  // namespace

void append_inspection_defects(std::vector<Entry>& table) {
  append_accessor_defects(table);
  append_dump_defects(table);
  append_data_defects(table);
  append_core_defects(table);
  append_file_defects(table);
}

}  // namespace retort
