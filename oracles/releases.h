// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What is documented of each release. The entries that hold for the release that is described in
// full are named in the table; any other is described by how it differs from one that is. So it is
// seen at a glance what a release mended and what it broke. The probes have the last word.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace retort {

struct Entry;

struct Release {
  std::string_view oracle;                   ///< "libbpf-7.3"
  std::string_view like;                     ///< the release that it is described by, or nothing
  std::span<const std::string_view> mended;  ///< hold for that one, and not for this
  std::span<const std::string_view> broken;  ///< hold for this, and not for that one
};

/// Every release that is described, the later of a family behind the earlier.
std::span<const Release> releases();

/// The described release by which an oracle is described: itself, else the newest of its family
/// that is no newer, else the newest; nothing for an oracle of no family.
const Release* release_for(std::string_view oracle);

/// Whether the documentation has it that the entry holds for that oracle.
bool is_documented(const Entry& entry, std::string_view oracle);

/// The described releases for which the entry holds, by comma.
std::string documented_oracles(const Entry& entry);

}  // namespace retort
