// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Taking types away. What referred to a type that goes has four ways out, tried in this order: it
// goes too, it loses the member that referred, it refers to what the lost type referred to (void
// where that was nothing), or to another type of that kind.
#include <array>
#include <cstdint>
#include <vector>

#include "fuzzers/reduce_steps.h"
#include "fuzzers/remove_types.h"

namespace retort {
namespace {

constexpr std::array kOrphans = {Orphans::go_too, Orphans::lose_members, Orphans::refer_on,
                                 Orphans::refer_to_another};

// In how many layers the stack lies, and how many types one has.
std::size_t layers_of(const Reducing& reducing, Where where) {
  Draft draft(reducing.pair());
  const Stack* stack = draft.open(where);
  return stack == nullptr ? 0 : stack->layers.size();
}

std::size_t types_of(const Reducing& reducing, Where where, std::size_t layer) {
  Draft draft(reducing.pair());
  const Stack* stack = draft.open(where);
  return stack == nullptr || layer >= stack->layers.size() ? 0 : stack->layers[layer].types.size();
}

// Whether types went; others may have gone with them, so counting begins anew.
bool remove_types(Reducing& reducing, Where where, std::size_t layer, std::size_t begin,
                  std::size_t end) {
  for (const Orphans orphans : kOrphans) {
    const bool gone = reducing.attempt_edit(where, [&](Stack& stack) {
      const std::uint32_t start = stack.start_id(layer);
      const auto last = static_cast<std::uint32_t>(std::min(end, stack.layers[layer].types.size()));
      const auto first = static_cast<std::uint32_t>(begin);
      if (first >= last) return false;
      retort::remove_types(stack, start + first, start + last, orphans);
      return true;
    });
    if (gone) return true;
  }
  return false;
}

void reduce_layer(Reducing& reducing, Where where, std::size_t layer) {
  const std::size_t count = types_of(reducing, where, layer);
  take_in_chunks(count, [&](std::size_t begin, std::size_t end) {
    return remove_types(reducing, where, layer, begin, end);
  });
}

bool drop_all_elements(Stack& stack) {
  bool changed = false;
  stack.for_each_type([&](std::uint32_t, EditType& type) {
    changed = changed || type.elements() > 0;
    while (type.elements() > 0) type.remove_element(type.elements() - 1);
  });
  return changed;
}

}  // namespace

void reduce_types(Reducing& reducing) {
  for (const Where where : kWheres)
    for (std::size_t layer = layers_of(reducing, where); layer-- > 0;)
      reduce_layer(reducing, where, layer);
}

void reduce_elements(Reducing& reducing) {
  for (const Where where : kWheres) {
    if (reducing.attempt_edit(where, drop_all_elements)) continue;
    Draft draft(reducing.pair());
    const Stack* stack = draft.open(where);
    const std::uint32_t end_id = stack == nullptr ? 0 : stack->end_id();
    std::vector<std::size_t> counts(end_id);
    for (std::uint32_t id = 1; id < end_id; ++id) counts[id] = stack->type(id)->elements();
    for (std::uint32_t id = end_id; id-- > 1;)
      take_in_chunks(counts[id], [&](std::size_t begin, std::size_t end) {
        return reducing.attempt_edit(where, [&](Stack& edited) {
          for (std::size_t index = end; index-- > begin;) edited.type(id)->remove_element(index);
          return true;
        });
      });
  }
}

}  // namespace retort
