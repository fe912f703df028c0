// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The groups joined into one table, and the draw by weight.
#include "fuzzers/mutations.h"

#include <array>

namespace retort {

const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> all = [] {
    std::vector<Mutation> joined;
    for (const std::span<const Mutation> group :
         {type_mutations(), member_mutations(), graph_mutations(), duplicate_mutations(),
          name_mutations(), match_mutations(), wire_mutations(), byte_mutations(), part_mutations(),
          repair_mutations()})
      joined.insert(joined.end(), group.begin(), group.end());
    return joined;
  }();
  return all;
}

const Mutation& any_mutation(Random& random) {
  static const std::uint32_t total = [] {
    std::uint32_t sum = 0;
    for (const Mutation& mutation : mutations()) sum += mutation.weight;
    return sum;
  }();
  std::uint32_t left = random.below(total);
  for (const Mutation& mutation : mutations()) {
    if (left < mutation.weight) return mutation;
    left -= mutation.weight;
  }
  return mutations().front();
}

}  // namespace retort
