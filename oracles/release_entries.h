// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The part of the table that came with releases of libbpf later than the one that is described in
// full: the layout section, and what else they do wrong that their predecessors did right.
#pragma once

#include <vector>

#include "oracles/entries.h"

namespace retort {

void append_release_entries(std::vector<Entry>& table);

}  // namespace retort
