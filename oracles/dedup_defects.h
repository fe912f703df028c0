// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What libbpf's deduplication does otherwise. Where it merges less, more or in another order than
// the reference, that is not predicted: the answer has to be sound, as an independent judge finds
// it (dedup_check.h), and off in the manner of the entry.
#pragma once

#include <vector>

#include "oracles/entries.h"

namespace retort {

/// Appends the entries.
void append_dedup_defects(std::vector<Entry>& table);

}  // namespace retort
