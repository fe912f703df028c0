// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Guards: predicates over the input that name a known crash or endless loop. In process they keep
// such input away from the oracle; where the oracle runs in a child, they explain its death.
#pragma once

#include "oracles/deviation.h"

namespace retort {

/// Whether this operation on this pair shows the defect, given what the model predicts apart from
/// it: a relocation that is refused early never reaches some of them.
using GuardPredicate = bool (*)(const Evaluation& evaluation, const Answer& predicted);

/// Relocation follows the type of a split member through modifiers and arrays until they end.
bool has_modifier_loop_in_member(const Evaluation& evaluation, const Answer& predicted);
/// The third word of a FWD, or the return type of a FUNC_PROTO, is used as an index unchecked.
bool has_fwd_id_out_of_range(const Evaluation& evaluation, const Answer& predicted);
bool has_return_id_out_of_range(const Evaluation& evaluation, const Answer& predicted);
/// Distillation recurses once for each link of a chain in the base.
bool has_deep_base_chain(const Evaluation& evaluation, const Answer& predicted);
/// Relocation sizes its map of strings by the topmost layer of a stacked distilled base.
bool has_string_beyond_top_distilled_layer(const Evaluation& evaluation, const Answer& predicted);

}  // namespace retort
