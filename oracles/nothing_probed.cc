// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The table of probed entries as the probes themselves see it: empty.
#include "oracles/probed.h"

namespace retort {

std::span<const ProbedEntry> probed_table() { return {}; }

}  // namespace retort
