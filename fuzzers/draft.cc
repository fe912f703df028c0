// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Which parts make up which stack, and the way from bytes to stacks and back.
#include "fuzzers/draft.h"

#include <algorithm>

namespace retort {

std::optional<std::size_t> Draft::part(std::string_view tag) const {
  const auto found = std::ranges::find(pair_.parts, tag, &Part::tag);
  if (found == pair_.parts.end()) return {};
  return static_cast<std::size_t>(found - pair_.parts.begin());
}

std::vector<std::size_t> Draft::parts_of(Where where) const {
  const auto distilled = part(kDistilled);
  const auto base = part(kBase);
  const auto lowest = where == Where::target     ? part(kTarget)
                      : where == Where::old_base ? (distilled ? base : std::nullopt)
                      : distilled                ? distilled
                                                 : base;
  std::vector<std::size_t> parts;
  if (!lowest) return parts;
  parts.push_back(*lowest);
  if (where != Where::split) return parts;
  for (std::size_t index = 0; index < pair_.parts.size(); ++index)
    if (pair_.parts[index].tag == kSplit) parts.push_back(index);
  return parts;
}

Stack* Draft::open(Where where) {
  Opened& opened = opened_[static_cast<std::size_t>(where)];
  if (!opened.tried) {
    opened.tried = true;
    opened.parts = parts_of(where);
    std::vector<Bytes> layers;
    layers.reserve(opened.parts.size());
    for (const std::size_t index : opened.parts) layers.emplace_back(pair_.parts[index].bytes);
    Stack stack = Stack::decode(layers);
    if (!stack.layers.empty()) opened.stack = std::move(stack);
  }
  return opened.stack ? &*opened.stack : nullptr;
}

Pair& Draft::pair() {
  for (Opened& opened : opened_) {
    if (opened.stack) {
      const std::vector<Layer>& layers = opened.stack->layers;
      for (std::size_t layer = 0; layer < layers.size(); ++layer)
        pair_.parts[opened.parts[layer]].bytes = encode(layers[layer]);
    }
    opened = {};
  }
  return pair_;
}

}  // namespace retort
