// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The pairs of entries that came with later releases.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "oracles/pair.h"

namespace retort {

void add_release_makers(std::map<std::string, std::function<Pair()>>& makers);

}  // namespace retort
