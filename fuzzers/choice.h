// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Where a mutation strikes: a random stack, type, word or size of a draft, and the types of the
// other stacks that stand for the same thing. An edit that strikes these too keeps the pair
// meaningful.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzzers/draft.h"
#include "fuzzers/random.h"

namespace retort {

/// One type of one stack. The id is good until types are added, removed or reordered.
struct Spot {
  Stack* stack = nullptr;
  std::uint32_t id = 0;

  [[nodiscard]] EditType& type() const { return *stack->type(id); }
  [[nodiscard]] std::size_t layer() const { return stack->layer_of(id); }
  [[nodiscard]] std::string_view name() const { return stack->name(type()); }
};

/// A stack with at least one type; nullptr where there is none.
Stack* any_stack(Draft& draft, Random& random);
std::size_t any_layer(const Stack& stack, Random& random);

using Wanted = bool (*)(const EditType&);
inline bool any_type_at_all(const EditType&) {
  return true;
}

/// A type that is wanted, in that stack or in any.
std::optional<Spot> any_type(Stack& stack, Random& random, Wanted wanted = any_type_at_all);
std::optional<Spot> any_type(Draft& draft, Random& random, Wanted wanted = any_type_at_all);
/// Any id that a type of that layer may refer to: mostly of a type, sometimes void.
std::uint32_t any_id(const Stack& stack, std::size_t layer, Random& random);
/// The same, of a type of that kind; nothing where there is none.
std::optional<std::uint32_t> any_id_of(const Stack& stack, std::size_t layer, Kind kind,
                                       Random& random);

/// The types of other stacks with the same name and a kind that relocation takes for the same.
std::vector<Spot> counterparts(Draft& draft, const Spot& spot);

/// Applies `edit` to the spot, and every second time to its counterparts.
template <class Edit>
void edit_with_counterparts(Draft& draft, Random& random, const Spot& spot, Edit&& edit) {
  std::vector<Spot> spots;
  if (random.one_in(2)) spots = counterparts(draft, spot);
  spots.push_back(spot);
  for (const Spot& each : spots) edit(each);
}

/// A name that nobody has, and one from a type of any stack (empty where nothing is named).
std::string fresh_name(Random& random);
std::string used_name(Draft& draft, Random& random);

/// A number beside `old` or at a limit.
std::uint32_t other_number(std::uint32_t old, Random& random);

}  // namespace retort
