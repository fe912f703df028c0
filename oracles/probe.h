// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Probing: which entries hold for an oracle, found by asking it. An entry shows where the oracle
// answers its regression pair as the model predicts with the entry, and not as without it; a guard
// shows where the oracle crashes or hangs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "oracles/entries.h"
#include "oracles/oracle.h"

namespace retort {

/// The entries that show. `pairs` holds the regression pairs by the entry's name; an entry without
/// one cannot show.
EntrySet probe(const Oracle& oracle, const std::map<std::string, Pair>& pairs);

/// Where the table's documentation and the probe disagree, a line each: "fixed in" or "new in".
std::vector<std::string> disagreements(const Oracle& oracle, const EntrySet& shown,
                                       const std::map<std::string, Pair>& pairs);

}  // namespace retort
