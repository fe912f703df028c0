// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/entries.h"
#include "oracles/probed.h"

namespace retort {

EntrySet probed_entries(std::string_view oracle) {
  EntrySet set;
  for (const ProbedEntry& probed : probed_table())
    if (probed.oracle == oracle)
      if (const auto index = find_entry(probed.entry)) set.set(*index);
  return set;
}

}  // namespace retort
