// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of how a layer is written, which leave what it says alone: byte order, the header's
// length, a layout section, gaps, the order of sections, bytes at the end.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/generator.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

constexpr std::endian kForeign =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;

Layer* some_layer(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  return stack == nullptr ? nullptr : &random.pick(stack->layers);
}

std::endian other_order(std::endian order) {
  return order == std::endian::native ? kForeign : std::endian::native;
}

bool change_byte_order(Draft& draft, Random& random) {
  Layer* layer = some_layer(draft, random);
  if (layer == nullptr) return false;
  layer->order = other_order(layer->order);
  return true;
}

bool change_byte_order_of_stack(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  const std::endian order = other_order(stack->layers[0].order);
  for (Layer& layer : stack->layers) layer.order = order;
  return true;
}

bool change_layout(Draft& draft, Random& random) {
  Layer* layer = some_layer(draft, random);
  if (layer == nullptr) return false;
  if (layer->has_layout && random.one_in(2))
    layer->set_layout(false);
  else if (layer->layout.empty())
    describe_layout(*layer);
  else
    layer->layout.clear();
  return true;
}

// One entry says something else than the kind's size, or one of its flags.
bool change_layout_entry(Draft& draft, Random& random) {
  Layer* layer = some_layer(draft, random);
  if (layer == nullptr) return false;
  if (layer->layout.empty()) describe_layout(*layer);
  random.pick(layer->layout) ^= static_cast<std::byte>(1U << random.below(8));
  return true;
}

// The sizes that the layout gives to a kind, which it gets now where it has none.
btf::Shape shape_in_layout(Layer& layer, std::uint32_t kind, Random& random) {
  const std::size_t entry = std::size_t{kind} * btf::kWordBytes;
  btf::Shape shape;
  if (entry < layer.layout.size()) {
    shape.fixed = static_cast<std::uint8_t>(static_cast<unsigned>(layer.layout[entry]) / 4);
    shape.element = static_cast<std::uint8_t>(static_cast<unsigned>(layer.layout[entry + 1]) / 4);
    return shape;
  }
  shape.fixed = static_cast<std::uint8_t>(random.below(3));
  shape.element = static_cast<std::uint8_t>(random.below(3));
  layer.layout.resize(entry + btf::kWordBytes);
  layer.layout[entry] = static_cast<std::byte>(shape.fixed * btf::kWordBytes);
  layer.layout[entry + 1] = static_cast<std::byte>(shape.element * btf::kWordBytes);
  return shape;
}

// A kind that nobody knows, which only the layout section makes possible to skip.
bool add_unknown_kind(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  const std::size_t layer = any_layer(*stack, random);
  if (stack->layers[layer].layout.empty()) describe_layout(stack->layers[layer]);
  const std::uint32_t kind = random.between(btf::kKindCount, btf::kKindCount + 4);
  const std::uint32_t vlen = random.below(3);
  EditType type{.words = {}, .shape = shape_in_layout(stack->layers[layer], kind, random)};
  type.words.resize(type.shape.words(vlen));
  type.words[1] = btf::pack_info({static_cast<Kind>(kind), random.one_in(2), vlen});
  stack->add(layer, type);
  return true;
}

bool lengthen_header(Draft& draft, Random& random) {
  Layer* layer = some_layer(draft, random);
  if (layer == nullptr) return false;
  const std::size_t bytes = random.pick(std::array{1U, 4U, 8U, 16U});
  layer->header_len += static_cast<std::uint32_t>(bytes);
  const std::byte filler = random.one_in(2) ? std::byte{0} : std::byte{0x5a};
  layer->header_rest.insert(layer->header_rest.end(), bytes, filler);
  return true;
}

// Types and strings, and the layout where there is one.
std::vector<PlacedSection*> written_sections(Layer& layer) {
  std::vector<PlacedSection*> written;
  for (PlacedSection& placed : layer.sections)
    if (placed.section != Section::layout || layer.has_layout) written.push_back(&placed);
  return written;
}

bool add_gap(Draft& draft, Random& random) {
  Layer* layer = some_layer(draft, random);
  if (layer == nullptr) return false;
  // Foreign bytes are laid out anew when they are swapped.
  if (random.one_in(2)) layer->order = kForeign;
  PlacedSection& section = *random.pick(written_sections(*layer));
  if (!section.gap.empty() && random.one_in(2)) {
    section.gap.clear();
    return true;
  }
  const std::size_t bytes = 4 * std::size_t{random.between(1, 3)};
  section.gap.resize(bytes + random.below(section.section == Section::types ? 1 : 4));
  return true;
}

bool reorder_sections(Draft& draft, Random& random) {
  Layer* layer = some_layer(draft, random);
  if (layer == nullptr) return false;
  const std::vector<PlacedSection*> written = written_sections(*layer);
  const std::size_t first = random.index(written.size() - 1);
  std::swap(*written[first], *written[first + 1]);
  return true;
}

bool add_trailing_bytes(Draft& draft, Random& random) {
  Layer* layer = some_layer(draft, random);
  if (layer == nullptr) return false;
  if (!layer->trailing.empty() && random.one_in(2))
    layer->trailing.clear();
  else
    layer->trailing.resize(layer->trailing.size() + random.between(1, 9));
  return true;
}

constexpr Mutation kTable[] = {
    {"change-byte-order", 3, change_byte_order},
    {"change-byte-order-of-stack", 3, change_byte_order_of_stack},
    {"change-layout", 2, change_layout},
    {"change-layout-entry", 1, change_layout_entry},
    {"add-unknown-kind", 1, add_unknown_kind},
    {"lengthen-header", 1, lengthen_header},
    {"add-gap", 2, add_gap},
    {"reorder-sections", 1, reorder_sections},
    {"add-trailing-bytes", 1, add_trailing_bytes},
};

}  // namespace

std::span<const Mutation> wire_mutations() {
  return kTable;
}

}  // namespace retort
