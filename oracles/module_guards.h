// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Guards of a kernel that trusts a module: what the module may refer to is checked nowhere before
// its BTF is relocated.
#pragma once

#include "oracles/answer.h"
#include "oracles/deviation.h"

namespace retort {

/// A member whose modifiers and elements come back to themselves, by way of an array.
bool has_array_loop_in_member(const Evaluation& evaluation, const Answer& predicted);
/// An id for which relocation's map has no entry.
bool has_id_beyond_map(const Evaluation& evaluation, const Answer& predicted);

}  // namespace retort
