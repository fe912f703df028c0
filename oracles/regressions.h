// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The regression pairs, one for each entry, as the programs of the build read them from
// corpus/regressions/.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "oracles/pair.h"

namespace retort {

/// By the entry's name. What is not there or cannot be read is left out.
std::map<std::string, Pair> read_regression_pairs(const std::filesystem::path& folder);

}  // namespace retort
