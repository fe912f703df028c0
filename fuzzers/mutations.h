// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The table of mutations: each changes one thing about a pair and is a function of its own. Adding
// one means to write it into the file of its group and to give it a line in that file's table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fuzzers/draft.h"
#include "fuzzers/random.h"

namespace retort {

struct Mutation {
  std::string_view name;
  std::uint32_t weight;  ///< how often it is chosen, against the sum of all
  /// False where the draft has nothing for it to work on; nothing has changed then.
  bool (*apply)(Draft& draft, Random& random);
};

/// All of them, group by group.
const std::vector<Mutation>& mutations();
/// One of them by weight.
const Mutation& any_mutation(Random& random);

/// Gives each type of the split's base exactly one match in the target.
bool match_all(Draft& draft, Random& random);

std::span<const Mutation> type_mutations();
std::span<const Mutation> member_mutations();
std::span<const Mutation> graph_mutations();
std::span<const Mutation> duplicate_mutations();
std::span<const Mutation> name_mutations();
std::span<const Mutation> match_mutations();
std::span<const Mutation> wire_mutations();
std::span<const Mutation> byte_mutations();
std::span<const Mutation> part_mutations();
std::span<const Mutation> repair_mutations();
std::span<const Mutation> beside_mutations();

/// The part that a target reads beside BTF; said once, before the first mutation.
void prefer_part(std::string_view tag);
/// The mutation of that part, or nullptr where no part was named.
const Mutation* preferred_mutation();

}  // namespace retort
