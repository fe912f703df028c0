// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The predicates of the entries that are about sequences: what of a program and its parts has to be
// so for a known defect to be the reason.
#pragma once

#include "oracles/deviation.h"

namespace retort {

// Guards: the program gets to such a call.
bool reads_own_bytes(const Evaluation& evaluation, const Answer& predicted);
bool aligns_missing_type(const Evaluation& evaluation, const Answer& predicted);
bool modifies_short_header(const Evaluation& evaluation, const Answer& predicted);
bool relocates_onto_stack(const Evaluation& evaluation, const Answer& predicted);
bool appends_beyond_permuted(const Evaluation& evaluation, const Answer& predicted);
bool rolls_back_strings(const Evaluation& evaluation, const Answer& predicted);

// Tolerances: the broken promise is one that the defect breaks, at a call that can.
bool dedup_hides_want_of_memory(const Evaluation& evaluation, const Answer& predicted,
                                const Answer& answer);
bool appends_nothing_to_nothing(const Evaluation& evaluation, const Answer& predicted,
                                const Answer& answer);
bool long_header_turned(const Evaluation& evaluation, const Answer& predicted,
                        const Answer& answer);
bool gap_lost(const Evaluation& evaluation, const Answer& predicted, const Answer& answer);
bool gap_lost_when_turned(const Evaluation& evaluation, const Answer& predicted,
                          const Answer& answer);
bool gap_lost_when_modified(const Evaluation& evaluation, const Answer& predicted,
                            const Answer& answer);
bool length_of_other_order(const Evaluation& evaluation, const Answer& predicted,
                           const Answer& answer);
bool stale_after_relocation(const Evaluation& evaluation, const Answer& predicted,
                            const Answer& answer);
bool strings_left_by_dedup(const Evaluation& evaluation, const Answer& predicted,
                           const Answer& answer);
bool half_relocated(const Evaluation& evaluation, const Answer& predicted, const Answer& answer);
bool guess_of_pointers_kept(const Evaluation& evaluation, const Answer& predicted,
                            const Answer& answer);
bool offset_taken_for_bit_field(const Evaluation& evaluation, const Answer& predicted,
                                const Answer& answer);
bool vlen_wraps(const Evaluation& evaluation, const Answer& predicted, const Answer& answer);

}  // namespace retort
