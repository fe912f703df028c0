// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations that put right what others damaged: a stack that every reader accepts again. Damage
// adds up over the generations of a corpus, and behind the first refusal nothing else is looked at.
#include <algorithm>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/generator.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

bool repair_header(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  bool changed = false;
  for (Layer& layer : stack->layers) {
    const std::vector<std::byte> old = encode(layer);
    layer.version = 1;
    layer.flags = 0;
    layer.set_layout(false);
    std::ranges::sort(layer.sections, {}, &PlacedSection::section);
    for (PlacedSection& placed : layer.sections) placed.gap.clear();
    layer.trailing.clear();
    changed = changed || encode(layer) != old;
  }
  return changed;
}

void repair_type(Stack& stack, std::size_t layer, EditType& type, Random& random) {
  if (!type.shape.known) type.become(Kind::ptr);
  if (type.kind() == Kind::fwd) type.third() = 0;
  const std::uint32_t end_string = stack.start_string(layer + 1);
  for_each_name(type, [&](std::uint32_t& name) {
    if (name >= end_string) name = 0;
  });
  const std::uint32_t end_id = stack.end_id(layer);
  for_each_id(type, [&](std::uint32_t& id) {
    if (id >= end_id) id = any_id(stack, layer, random);
  });
  if (type.kind() != Kind::func || stack.kind_of(type.third()) == Kind::func_proto) return;
  const auto proto = any_id_of(stack, layer, Kind::func_proto, random);
  if (!proto) type.become(Kind::ptr);
  if (proto) type.third() = *proto;
}

bool repair_types(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  bool changed = false;
  for (std::size_t layer = 0; layer < stack->layers.size(); ++layer)
    for (EditType& type : stack->layers[layer].types) {
      const std::vector<std::uint32_t> old = type.words;
      repair_type(*stack, layer, type, random);
      changed = changed || type.words != old;
    }
  return changed;
}

// The split layers from the first that cannot be walked on.
bool replace_unreadable_splits(Draft& draft, const Stack& readable, Random& random) {
  const std::size_t good = readable.layers.size() - 1;
  if (draft.pair().splits().size() <= good) return false;
  Stack stack = readable;
  generate_layer(stack, random.between(1, 8), random);
  std::size_t seen = 0;
  std::erase_if(draft.pair().parts,
                [&](const Part& part) { return part.tag == kSplit && seen++ >= good; });
  draft.pair().append(kSplit, encode(stack.layers.back()));
  return true;
}

bool replace_unreadable_target(Draft& draft) {
  if (draft.open(Where::target) != nullptr || draft.pair().find(kTarget) == nullptr) return false;
  Pair& pair = draft.pair();
  const auto* base = pair.find(kDistilled);
  if (base == nullptr) base = pair.find(kBase);
  pair.set(kTarget, std::vector<std::byte>(*base));
  return true;
}

// What cannot be walked at all is replaced.
bool replace_unreadable_part(Draft& draft, Random& random) {
  if (draft.open(Where::split) == nullptr) {
    draft.pair() = generate_pair(random, kSmallPair);
    return true;
  }
  if (replace_unreadable_target(draft)) return true;
  // Opened again: what was edited before may not have survived being written.
  const Stack* readable = draft.open(Where::split);
  return readable != nullptr && replace_unreadable_splits(draft, Stack(*readable), random);
}

constexpr Mutation kTable[] = {
    {"repair-header", 3, repair_header},
    {"repair-types", 10, repair_types},
    {"replace-unreadable-part", 10, replace_unreadable_part},
};

}  // namespace

std::span<const Mutation> repair_mutations() {
  return kTable;
}

}  // namespace retort
