// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Re-parsing: what an object says does not depend on how it came to be. Bytes that libbpf wrote are
// read back as the same types, in either byte order, and whether or not the object was made
// modifiable before; every accessor and every lookup gives the same answer on all of them.
#pragma once

#include "oracles/answer.h"
#include "oracles/properties/library_stack.h"

namespace retort {

/// Broken: "serialised" (written and read again in the order it came in), "swapped" (written in the
/// other byte order), "swapped-back", "modified" (after it was made modifiable).
Answer check_reparse(const Library& library, const Pair& pair);

}  // namespace retort
