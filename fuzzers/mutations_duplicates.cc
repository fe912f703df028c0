// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations that make what deduplication is for: a second compile unit's view of a type, copied
// with all that it refers to, where some structs are known by name alone and some enumerations have
// lost their values; and a FWD in the place of one reference. Closures are bounded, so that a pair
// does not double each time.
#include <unordered_map>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

constexpr std::size_t kMostCopied = 64;
constexpr std::size_t kMostTypes = 600;

bool is_declarable(const EditType& type) {
  return type.name() != 0 && btf::is_composite(type.kind());
}

EditType declaration_of(const EditType& type) {
  return EditType::make(Kind::fwd, type.name(), 0, type.kind() == Kind::union_);
}

bool is_full_enum(const EditType& type) {
  return btf::is_enumeration(type.kind()) && type.elements() != 0;
}

// What a unit would say about one type of another.
EditType seen_anew(const EditType& type, Random& random) {
  if (is_declarable(type) && random.one_in(4)) return declaration_of(type);
  if (is_full_enum(type) && random.one_in(4)) {
    EditType empty = type;
    while (empty.elements() != 0) empty.remove_element(0);
    return empty;
  }
  return type;
}

// The type and what it leads to, copied; references between copies lead to copies.
std::vector<EditType> copy_unit(const Stack& stack, std::uint32_t root, std::uint32_t first_id,
                                Random& random) {
  std::unordered_map<std::uint32_t, std::uint32_t> copies = {{root, first_id}};
  std::vector<EditType> unit = {*stack.type(root)};
  for (std::size_t at = 0; at < unit.size(); ++at) {
    unit[at] = seen_anew(unit[at], random);
    std::vector<EditType> found;
    for_each_id(unit[at], [&](std::uint32_t& id) {
      const EditType* child = stack.type(id);
      if (child == nullptr) return;
      const std::size_t count = unit.size() + found.size();
      if (count < kMostCopied &&
          copies.try_emplace(id, first_id + static_cast<std::uint32_t>(count)).second)
        found.push_back(*child);
      if (const auto copy = copies.find(id); copy != copies.end()) id = copy->second;
    });
    unit.insert(unit.end(), found.begin(), found.end());
  }
  return unit;
}

bool duplicate_unit(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random);
  if (!spot || spot->stack->end_id() > kMostTypes) return false;
  const auto last = static_cast<std::uint32_t>(spot->stack->layers.size() - 1);
  const std::size_t layer = random.between(static_cast<std::uint32_t>(spot->layer()), last);
  const auto unit = copy_unit(*spot->stack, spot->id, spot->stack->end_id(layer), random);
  spot->stack->add(layer, unit);
  return true;
}

// A FWD of the struct, and one reference to the struct that leads there instead.
bool forget_definition(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, is_declarable);
  if (!spot) return false;
  Stack& stack = *spot->stack;
  const std::size_t layer = stack.layers.size() - 1;
  const std::uint32_t fwd = stack.add(layer, declaration_of(spot->type()));
  std::vector<std::uint32_t*> references;
  for (std::uint32_t id = stack.start_id(layer); id < fwd; ++id)
    for_each_id(*stack.type(id), [&](std::uint32_t& to) {
      if (to == spot->id) references.push_back(&to);
    });
  if (!references.empty()) *random.pick(references) = fwd;
  return true;
}

constexpr Mutation kTable[] = {
    {"duplicate-unit", 8, duplicate_unit},
    {"forget-definition", 4, forget_definition},
};

}  // namespace

std::span<const Mutation> duplicate_mutations() {
  return kTable;
}

}  // namespace retort
