// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Searching from a random place onwards, so that whatever is wanted is found if it is there at all.
#include "fuzzers/choice.h"

#include <algorithm>
#include <array>

namespace retort {
namespace {

// Classes of kinds among which relocation matches.
enum class Class : std::uint8_t { none, integer, floating, enumeration, composite };

Class class_of(Kind kind) {
  switch (kind) {
    case Kind::int_:
      return Class::integer;
    case Kind::float_:
      return Class::floating;
    case Kind::enum_:
    case Kind::enum64:
      return Class::enumeration;
    case Kind::struct_:
    case Kind::union_:
    case Kind::fwd:
      return Class::composite;
    default:
      return Class::none;
  }
}

}  // namespace

Stack* any_stack(Draft& draft, Random& random) {
  const std::size_t start = random.index(kWheres.size());
  for (std::size_t step = 0; step < kWheres.size(); ++step) {
    Stack* stack = draft.open(kWheres[(start + step) % kWheres.size()]);
    if (stack != nullptr && stack->end_id() > 1) return stack;
  }
  return nullptr;
}

std::size_t any_layer(const Stack& stack, Random& random) {
  return random.index(stack.layers.size());
}

std::optional<Spot> any_type(Stack& stack, Random& random, Wanted wanted) {
  const std::uint32_t count = stack.end_id() - 1;
  if (count == 0) return {};
  const std::uint32_t start = random.below(count);
  for (std::uint32_t step = 0; step < count; ++step) {
    const std::uint32_t id = 1 + (start + step) % count;
    if (wanted(*stack.type(id))) return Spot{&stack, id};
  }
  return {};
}

std::optional<Spot> any_type(Draft& draft, Random& random, Wanted wanted) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return {};
  return any_type(*stack, random, wanted);
}

std::uint32_t any_id(const Stack& stack, std::size_t layer, Random& random) {
  return random.one_in(16) ? 0 : random.below(stack.end_id(layer));
}

std::optional<std::uint32_t> any_id_of(const Stack& stack, std::size_t layer, Kind kind,
                                       Random& random) {
  const std::uint32_t end = stack.end_id(layer);
  const std::uint32_t start = random.below(end);
  for (std::uint32_t step = 0; step < end; ++step) {
    const std::uint32_t id = (start + step) % end;
    if (id != 0 && stack.kind_of(id) == kind) return id;
  }
  return {};
}

std::vector<Spot> counterparts(Draft& draft, const Spot& spot) {
  std::vector<Spot> found;
  const Class wanted = class_of(spot.type().kind());
  const std::string name(spot.name());
  if (wanted == Class::none || name.empty()) return found;
  for (const Where where : kWheres) {
    Stack* stack = draft.open(where);
    if (stack == nullptr || stack == spot.stack) continue;
    stack->for_each_type([&](std::uint32_t id, const EditType& type) {
      if (class_of(type.kind()) == wanted && stack->name(type) == name)
        found.push_back({stack, id});
    });
  }
  return found;
}

std::string fresh_name(Random& random) {
  return "fresh" + std::to_string(random.below(1000000));
}

std::string used_name(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, [](const EditType& type) { return type.name() != 0; });
  return spot ? std::string(spot->name()) : std::string();
}

std::uint32_t other_number(std::uint32_t old, Random& random) {
  static constexpr std::array<std::uint32_t, 18> kLimits = {
      0,  1,   2,   3,      4,       8,        16,         31,         32,
      64, 127, 128, 0xffff, 0x10000, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff};
  switch (random.below(6)) {
    case 0:
      return random.pick(kLimits);
    case 1:
      return old - 1;
    case 2:
      return old * 2;
    case 3:
      return old + random.between(1, 16);
    case 4:
      return old ^ 1U << random.below(32);
    default:
      return old + 1;
  }
}

}  // namespace retort
