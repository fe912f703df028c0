// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Guards of a kernel that trusts a module: hardly anything of what the module refers to is checked
// before its BTF is relocated.
#pragma once

#include "oracles/answer.h"
#include "oracles/deviation.h"
#include "relocator/btf.h"

namespace retort {

/// The module that is relocated although it was predicted that its loops are refused: a kernel
/// finds loops of modifiers alone. Null where nothing of the kind was predicted.
btf::BtfPtr module_with_unseen_loops(const Evaluation& evaluation, const Answer& predicted);

/// Of loaded BTF, a type that is alone and of a kind that CO-RE's comparison does not know.
bool confuses_core_log(const Evaluation& evaluation, const Answer& predicted);
/// Of loaded BTF, an enumeration that is alone and shorter than the kernel reads.
bool overreads_enum(const Evaluation& evaluation, const Answer& predicted);
/// An INT of no bits, or a bit field at the end of 128, that is shown.
bool shifts_by_width(const Evaluation& evaluation, const Answer& predicted);
/// Loaded BTF that is accepted although members are larger than what holds them.
bool shows_beyond_value(const Evaluation& evaluation, const Answer& predicted);
/// An array of pointers or arrays, of which the first is shown again and again.
bool shows_first_element_again(const Evaluation& evaluation, const Answer& predicted,
                               const Answer& answer);
/// Two types of one name and of different kinds, either of which hides the other from CO-RE.
bool has_namesakes_of_other_kind(const Evaluation& evaluation, const Answer& predicted,
                                 const Answer& answer);

/// A module on a base without types, of which the kernel does not count void; and one of those that
/// refers to its own last type.
bool leaves_void_uncounted(const Evaluation& evaluation, const Answer& predicted,
                           const Answer& answer);
bool reads_behind_uncounted(const Evaluation& evaluation, const Answer& predicted);

/// An id for which relocation's map has no entry.
bool has_id_beyond_map(const Evaluation& evaluation, const Answer& predicted);

}  // namespace retort
