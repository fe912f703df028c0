// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Guards of the operations that only look at BTF: they walk along references without looking back,
// and compute with sizes and offsets that nobody checked.
#pragma once

#include "oracles/guards.h"

namespace retort {

/// A type holds itself by value: aligning it never ends. A dump aligns what is anonymous.
bool has_alignment_loop(const Evaluation& evaluation, const Answer& predicted);
/// Types within types, each used more than once: aligning or printing takes two to their number.
bool has_walk_too_long(const Evaluation& evaluation, const Answer& predicted);
/// References that lead back to themselves, past everything that is printed by name.
bool has_order_loop(const Evaluation& evaluation, const Answer& predicted);
/// A FUNC_PROTO whose return type does not exist is looked up in the states of types.
bool has_printed_return_id_out_of_range(const Evaluation& evaluation, const Answer& predicted);
/// A struct whose members lie, or whose size is, beyond what an int holds as a number of bits.
bool has_offset_beyond_int(const Evaluation& evaluation, const Answer& predicted);
/// Padding is rounded up to an alignment of zero.
bool has_alignment_of_zero(const Evaluation& evaluation, const Answer& predicted);
/// A list that is in use is moved while types are declared within others.
bool has_moved_list(const Evaluation& evaluation, const Answer& predicted);
/// An enumeration's value is shown from an address that is not aligned for it.
bool shows_unaligned_enum(const Evaluation& evaluation, const Answer& predicted);
/// A bit field is shown that is longer than the type that it is a part of.
bool shows_bit_field_too_long(const Evaluation& evaluation, const Answer& predicted);
/// A FLOAT of more than 16 bytes is shown from an address that is not aligned for it.
bool shows_float_too_large(const Evaluation& evaluation, const Answer& predicted);

/// A string is added to a layer whose header claims to be shorter than its fields.
bool adds_string_behind_short_header(const Evaluation& evaluation);
/// .BTF.ext has a type id or a string offset that its BTF has not, and is deduplicated with it.
bool has_ext_id_out_of_range(const Evaluation& evaluation, const Answer& predicted);
bool has_ext_string_out_of_range(const Evaluation& evaluation, const Answer& predicted);
/// A section that libbpf looks for has a size and no bytes in the file.
bool has_elf_section_without_bytes(const Evaluation& evaluation, const Answer& predicted);
/// Modifiers lead back to themselves where CO-RE strips them.
bool has_stripped_loop(const Evaluation& evaluation, const Answer& predicted);
/// An array leads back to itself where CO-RE looks for what its elements are.
bool has_array_in_itself(const Evaluation& evaluation, const Answer& predicted);
/// CO-RE looks for a value in what has none, at the end of the types.
bool reads_value_of_no_enum(const Evaluation& evaluation, const Answer& predicted);
/// Types within types, which CO-RE compares again for each use.
bool has_comparison_too_long(const Evaluation& evaluation, const Answer& predicted);
/// CO-RE looks at a return type that does not exist.
bool has_compared_return_id_out_of_range(const Evaluation& evaluation, const Answer& predicted);
/// CO-RE relocates a bit field of a type that has no size.
bool has_bit_field_of_no_size(const Evaluation& evaluation, const Answer& predicted);

}  // namespace retort
