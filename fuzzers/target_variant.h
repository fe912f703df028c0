// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Another kernel's base: a copy of a base in which types were renamed, resized, reordered, added,
// removed or given namesakes, as happens between two builds of one kernel. It stays valid.
#pragma once

#include "fuzzers/edit.h"
#include "fuzzers/random.h"

namespace retort {

/// Changes the one layer of a valid stack by about `edits` edits.
void vary_target(Stack& base, unsigned edits, Random& random);

/// Puts the types of a layer into a random order.
void shuffle(Stack& stack, std::size_t layer, Random& random);

}  // namespace retort
