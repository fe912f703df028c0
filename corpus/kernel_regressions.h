// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The regression pairs of the entries in oracles/kernel_entries.cc.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "oracles/pair.h"

namespace retort {

/// Adds the maker of each pair under the name of its entry.
void add_kernel_makers(std::map<std::string, std::function<Pair()>>& makers);

}  // namespace retort
