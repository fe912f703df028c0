// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include <string>

#include "oracles/entries.h"
#include "oracles/probed.h"

namespace retort {
namespace {

// A booted kernel is the code that was probed in process, where it trusts modules as a kernel does.
std::string probed_as(std::string_view oracle) {
  constexpr std::string_view live = "live-";
  constexpr std::string_view oldest = "-oldest";
  if (!oracle.starts_with(live)) return std::string(oracle);
  if (oracle.ends_with(oldest)) oracle.remove_suffix(oldest.size());
  return "kernel-" + std::string(oracle.substr(live.size())) + "-ungated";
}

}  // namespace

EntrySet probed_entries(std::string_view oracle) {
  EntrySet set;
  const std::string name = probed_as(oracle);
  for (const ProbedEntry& probed : probed_table())
    if (probed.oracle == name)
      if (const auto index = find_entry(probed.entry)) set.set(*index);
  return set;
}

}  // namespace retort
