// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of the pair as a whole: parts swapped, copied, left out, made from one another or anew.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/generator.h"
#include "fuzzers/mutations.h"
#include "relocator/distill.h"

namespace retort {
namespace {

// More layers than anybody stacks would only make every edit slower.
constexpr std::size_t kMaxSplits = 4;

bool swap_parts(Draft& draft, Random& random) {
  std::vector<Part>& parts = draft.pair().parts;
  if (parts.size() < 2) return false;
  Part& one = random.pick(parts);
  Part& other = random.pick(parts);
  if (one.bytes == other.bytes) return false;
  std::swap(one.bytes, other.bytes);
  return true;
}

// Only parts that hold a base: a copied split would refer to nothing.
bool copy_part(Draft& draft, Random& random) {
  Pair& pair = draft.pair();
  static constexpr std::array kTags = {kBase, kDistilled, kTarget};
  const std::string_view from = random.pick(kTags);
  const std::string_view to = random.pick(kTags);
  const auto* bytes = pair.find(from);
  if (bytes == nullptr || from == to) return false;
  const auto* old = pair.find(to);
  if (old != nullptr && *old == *bytes) return false;
  pair.set(to, std::vector<std::byte>(*bytes));
  return true;
}

bool drop_part(Draft& draft, Random& random) {
  std::vector<Part>& parts = draft.pair().parts;
  if (parts.size() < 2) return false;
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(random.index(parts.size())));
  return true;
}

bool repeat_split(Draft& draft, Random& random) {
  Pair& pair = draft.pair();
  const auto splits = pair.splits();
  if (splits.empty() || splits.size() >= kMaxSplits) return false;
  pair.append(kSplit, std::vector<std::byte>(*random.pick(splits)));
  return true;
}

bool add_split_layer(Draft& draft, Random& random) {
  const Stack* stack = draft.open(Where::split);
  if (stack == nullptr || stack->layers.size() > kMaxSplits) return false;
  Stack higher = *stack;
  generate_layer(higher, random.between(1, 6), random);
  // Behind a layer that cannot be walked a further one would stand on the wrong base.
  if (draft.pair().splits().size() + 2 != higher.layers.size()) return false;
  higher.layers.back().order = higher.layers[0].order;
  draft.pair().append(kSplit, encode(higher.layers.back()));
  return true;
}

btf::BtfPtr parse_stack(const Pair& pair) {
  const auto* base = pair.find(kBase);
  if (base == nullptr || pair.find(kDistilled) != nullptr) return nullptr;
  std::vector<const std::vector<std::byte>*> layers = pair.splits();
  layers.insert(layers.begin(), base);
  btf::BtfPtr top;
  for (const auto* layer : layers) {
    auto parsed = btf::Btf::parse(*layer, {.base = top});
    if (!parsed) return nullptr;
    top = *parsed;
  }
  return top;
}

// BASE and SPLT become DIST and SPLT, and the base the target where there is none.
bool distill_pair(Draft& draft, Random&) {
  Pair& pair = draft.pair();
  const btf::BtfPtr top = parse_stack(pair);
  if (!top || !top->base()) return false;
  auto distilled = btf::distill(*top, btf::agreed_policy());
  if (!distilled) return false;
  if (pair.find(kTarget) == nullptr) pair.append(kTarget, *pair.find(kBase));
  std::erase_if(pair.parts,
                [](const Part& part) { return part.tag == kBase || part.tag == kSplit; });
  pair.append(kDistilled, std::move(distilled->base));
  pair.append(kSplit, std::move(distilled->split));
  return true;
}

// What the split lies on becomes the target: a relocation that works, with some luck.
bool take_base_as_target(Draft& draft, Random&) {
  Pair& pair = draft.pair();
  const auto* base = pair.find(kBase);
  if (base == nullptr) base = pair.find(kDistilled);
  if (base == nullptr) return false;
  const auto* target = pair.find(kTarget);
  if (target != nullptr && *target == *base) return false;
  pair.set(kTarget, std::vector<std::byte>(*base));
  return true;
}

bool replace_by_generated(Draft& draft, Random& random) {
  draft.pair() = generate_pair(random, kSmallPair);
  return true;
}

constexpr Mutation kTable[] = {
    {"swap-parts", 1, swap_parts},
    {"copy-part", 2, copy_part},
    {"drop-part", 1, drop_part},
    {"repeat-split", 1, repeat_split},
    {"add-split-layer", 2, add_split_layer},
    {"distill-pair", 4, distill_pair},
    {"take-base-as-target", 3, take_base_as_target},
    {"replace-by-generated", 1, replace_by_generated},
};

}  // namespace

std::span<const Mutation> part_mutations() {
  return kTable;
}

}  // namespace retort
