// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// .BTF.ext: what is accepted, what is written again, and that deduplication keeps what each record
// says.
#pragma once

#include "oracles/answer.h"
#include "oracles/properties/library_stack.h"

namespace retort {

/// Broken: "ext-accepts" (it is accepted exactly where every record can be read), "ext-raw" (it is
/// written as it came), "ext-swapped" (in either byte order it says the same), "ext-dedup" (after
/// deduplication its ids and strings mean what they meant before).
Answer check_ext(const Library& library, const Pair& pair);

}  // namespace retort
