// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the probes found: for each oracle the entries that its source, exactly as it was built,
// shows on their regression pairs. The table is written during the build by `retort-probe`.
#pragma once

#include <span>
#include <string_view>

namespace retort {

struct ProbedEntry {
  std::string_view oracle;
  std::string_view entry;
};
std::span<const ProbedEntry> probed_table();

}  // namespace retort
