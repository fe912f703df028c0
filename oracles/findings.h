// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The list of findings for readers, made from the table: what stands in oracles/FINDINGS.md. Reach
// comes from each regression pair, everything else from the entry.
#pragma once

#include <map>
#include <string>

#include "oracles/pair.h"

namespace retort {

/// The page, as Markdown. `pairs` holds the regression pairs by the entry's name.
std::string findings_page(const std::map<std::string, Pair>& pairs);

/// The pair as text: each part with its types, long parts cut short, and its program.
std::string dump_of(const Pair& pair);

}  // namespace retort
