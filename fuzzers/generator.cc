// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A stack of random layers first; then the form of the pair decides what is made of it: it stays,
// or is distilled, and a target is varied from its base.
#include "fuzzers/generator.h"

#include <optional>
#include <utility>
#include <vector>

#include "fuzzers/target_variant.h"
#include "fuzzers/type_maker.h"
#include "relocator/check.h"
#include "relocator/distill.h"

namespace retort {
namespace {

constexpr std::endian kForeign =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;

std::endian any_order(Random& random) {
  return random.one_in(4) ? kForeign : std::endian::native;
}

// Most sides are small: small pairs run faster and are easier to understand.
std::uint32_t any_size(std::uint32_t limit, Random& random) {
  const std::uint32_t most = random.one_in(3) ? limit : 1 + limit / 3;
  return random.between(1, most);
}

void vary_header(Layer& layer, Random& random) {
  if (!random.one_in(12)) return;
  if (random.one_in(2))
    describe_layout(layer);
  else
    layer.set_layout(true);
}

Stack generate_stack(Random& random, const GeneratorLimits& limits) {
  Stack stack;
  generate_layer(stack, any_size(limits.base_types, random), random);
  const unsigned splits = random.one_in(7) ? 2 : 1;
  for (unsigned split = 0; split < splits; ++split)
    generate_layer(stack, any_size(limits.split_types, random), random);
  const std::endian order = any_order(random);
  for (Layer& layer : stack.layers) {
    layer.order = random.one_in(16) ? any_order(random) : order;
    vary_header(layer, random);
  }
  return stack;
}

std::vector<std::byte> generate_target(const Stack& stack, Random& random) {
  Stack target;
  target.layers.push_back(stack.layers[0]);
  vary_target(target, random.one_in(3) ? random.between(2, 8) : random.below(2), random);
  if (random.one_in(2)) shuffle(target, 0, random);
  Layer& layer = target.layers[0];
  layer.set_layout(false);
  vary_header(layer, random);
  if (random.one_in(8)) layer.order = any_order(random);
  return encode(layer);
}

std::vector<std::vector<std::byte>> encode_all(const Stack& stack) {
  std::vector<std::vector<std::byte>> layers;
  layers.reserve(stack.layers.size());
  for (const Layer& layer : stack.layers) layers.push_back(encode(layer));
  return layers;
}

// The layer below a further one is part of what that one's relocation replaces, or tries to.
std::vector<std::vector<std::byte>> with_further_split(
    const std::vector<std::vector<std::byte>>& layers, Random& random) {
  Stack stack = Stack::decode(std::vector<Bytes>(layers.begin(), layers.end()));
  generate_layer(stack, random.between(1, 6), random);
  stack.layers.back().order = stack.layers[0].order;
  return encode_all(stack);
}

btf::BtfPtr parse(const std::vector<std::vector<std::byte>>& layers) {
  btf::BtfPtr top;
  for (const auto& layer : layers) {
    auto parsed = btf::open(layer, btf::agreed_policy(), top);
    if (!parsed) return nullptr;
    top = *parsed;
  }
  return top;
}

// Nothing where the split cannot be distilled, or leans on nothing: an empty DIST is not valid.
std::optional<btf::Distilled> distill(const std::vector<std::vector<std::byte>>& layers) {
  const btf::BtfPtr top = parse(layers);
  if (!top) return {};
  auto distilled = btf::distill(*top, btf::agreed_policy());
  if (!distilled || !parse({distilled->base, distilled->split})) return {};
  return std::move(*distilled);
}

}  // namespace

void describe_layout(Layer& layer) {
  layer.set_layout(true);
  layer.layout.clear();
  for (const btf::Shape& shape : btf::kShapes) {
    const auto fixed = static_cast<std::byte>(shape.fixed * btf::kWordBytes);
    const auto element = static_cast<std::byte>(shape.element * btf::kWordBytes);
    layer.layout.insert(layer.layout.end(), {fixed, element, std::byte{0}, std::byte{0}});
  }
}

void generate_layer(Stack& stack, std::uint32_t types, Random& random) {
  stack.layers.emplace_back();
  const std::size_t layer = stack.layers.size() - 1;
  if (layer == 0) stack.layers[0].strings.push_back('\0');
  TypeMaker maker(stack, random);
  if (layer == 0) maker.add(Kind::int_);
  while (stack.layers[layer].types.size() < types) maker.add_any();
  if (random.one_in(2)) shuffle(stack, layer, random);
}

Pair generate_pair(Random& random, const GeneratorLimits& limits) {
  const Stack stack = generate_stack(random, limits);
  std::vector<std::vector<std::byte>> layers = encode_all(stack);
  Pair pair;
  const std::uint32_t form = random.below(10);
  std::optional<btf::Distilled> distilled;
  if (form < 4) distilled = distill(layers);
  if (distilled) {
    layers = {std::move(distilled->base), std::move(distilled->split)};
    if (random.one_in(16)) layers = with_further_split(layers, random);
  }
  pair.append(distilled ? kDistilled : kBase, std::move(layers[0]));
  for (std::size_t layer = 1; layer < layers.size(); ++layer)
    pair.append(kSplit, std::move(layers[layer]));
  if (distilled || form < 8) pair.append(kTarget, generate_target(stack, random));
  return pair;
}

}  // namespace retort
