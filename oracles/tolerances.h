// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Tolerances: wrong or lesser results that are not worth predicting. Each is a predicate that holds
// only where the oracle's answer is off in the known manner, and still demands everything else.
#pragma once

#include "oracles/deviation.h"

namespace retort {

/// Whether the oracle's answer differs from the predicted one in the way that the entry describes.
using TolerancePredicate = bool (*)(const Evaluation& evaluation, const Answer& predicted,
                                    const Answer& answer);

/// On a distilled base of several layers libbpf tells strings of the base from the split's own by
/// the length of the topmost layer alone. Ids must still be right.
bool stacked_strings_differ(const Evaluation& evaluation, const Answer& predicted,
                            const Answer& answer);

/// The number that a dump puts behind a name which it has printed before makes the name of another
/// type that it prints too.
bool has_suffix_clash(const Evaluation& evaluation, const Answer& predicted, const Answer& answer);

}  // namespace retort
