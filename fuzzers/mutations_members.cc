// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of what a type holds: members, enumerators, parameters, entries of a section; and
// whether a struct is held by value, which decides if its size counts in relocation.
#include <algorithm>
#include <array>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

constexpr std::array kMemberNames = {"head", "next", "state", "flags", "data", ""};
constexpr std::size_t kMemberType = 1;
constexpr std::size_t kMemberOffset = 2;
constexpr std::uint32_t kOffsetMask = 0xffffff;

bool can_hold_elements(const EditType& type) {
  return type.shape.element != 0;
}
bool holds_element(const EditType& type) {
  return type.elements() != 0;
}
bool holds_elements(const EditType& type) {
  return type.elements() > 1;
}
bool is_composite(const EditType& type) {
  return btf::is_composite(type.kind());
}
bool has_member(const EditType& type) {
  return is_composite(type) && type.elements() != 0;
}

void append_member(Stack& stack, std::size_t layer, EditType& holder, std::uint32_t type,
                   std::uint32_t bytes, Random& random) {
  const std::uint32_t name = stack.intern(layer, random.pick(kMemberNames));
  const std::uint32_t offset = holder.kind() == Kind::union_ ? 0 : holder.third() * 8;
  holder.add_element(std::array{name, type, offset & kOffsetMask});
  holder.third() =
      holder.kind() == Kind::union_ ? std::max(holder.third(), bytes) : holder.third() + bytes;
}

bool add_member(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, can_hold_elements);
  if (!spot) return false;
  Stack& stack = *spot->stack;
  const std::size_t layer = spot->layer();
  EditType& type = spot->type();
  const std::uint32_t id = any_id(stack, layer, random);
  if (is_composite(type) && random.one_in(2)) {
    append_member(stack, layer, type, id, random.pick(std::array{1U, 4U, 8U}), random);
    return true;
  }
  std::array<std::uint32_t, 3> element = {0, random.below(64), random.below(8)};
  if (type.shape.element_names != 0) element[0] = stack.intern(layer, random.pick(kMemberNames));
  const btf::Shape& shape = type.shape;
  for (std::size_t word = 0; word < shape.element; ++word)
    if ((shape.element_ids >> word & 1) != 0) element[word] = id;
  type.insert_element(random.index(type.elements() + 1), std::span(element).first(shape.element));
  return true;
}

bool remove_member(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, holds_element);
  if (!spot) return false;
  EditType& type = spot->type();
  type.remove_element(random.index(type.elements()));
  return true;
}

bool reorder_members(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, holds_elements);
  if (!spot) return false;
  EditType& type = spot->type();
  const std::size_t first = random.index(type.elements() - 1);
  std::ranges::swap_ranges(type.element(first), type.element(first + 1));
  return true;
}

bool move_member(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, has_member);
  if (!spot) return false;
  EditType& type = spot->type();
  std::uint32_t& offset = type.element(random.index(type.elements()))[kMemberOffset];
  const std::uint32_t old = offset;
  // Bits, whole bytes, just at the end.
  switch (random.below(3)) {
    case 0:
      offset += random.between(1, 7);
      break;
    case 1:
      offset += 8 * random.between(1, 8);
      break;
    default:
      offset = type.third() * 8;
  }
  return offset != old;
}

// A bit field says its size in the top byte of the offset word, and kflag says that it does.
bool make_bit_field(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, has_member);
  if (!spot) return false;
  EditType& type = spot->type();
  std::uint32_t& offset = type.element(random.index(type.elements()))[kMemberOffset];
  type.set_kflag(true);
  offset = random.between(0, random.one_in(8) ? 255 : 33) << 24 | (offset & kOffsetMask);
  return true;
}

// A struct that holds and another, mostly of a lower layer, to be held.
struct Embedding {
  Spot holder;
  std::uint32_t held = 0;
};

std::optional<Embedding> any_embedding(Draft& draft, Random& random) {
  Stack* stack = random.one_in(4) ? any_stack(draft, random) : draft.open(Where::split);
  if (stack == nullptr) return {};
  const auto holder = any_type(*stack, random, is_composite);
  if (!holder) return {};
  const std::size_t layer = holder->layer();
  const std::size_t lowest = random.one_in(3) ? layer : 0;
  const Kind kind = random.one_in(3) ? Kind::union_ : Kind::struct_;
  const auto held = any_id_of(*stack, lowest, kind, random);
  if (!held || *held == holder->id) return {};
  return Embedding{*holder, *held};
}

bool embed(Draft& draft, Random& random) {
  const auto found = any_embedding(draft, random);
  if (!found) return false;
  Stack& stack = *found->holder.stack;
  const std::uint32_t bytes = stack.type(found->held)->third();
  append_member(stack, found->holder.layer(), found->holder.type(), found->held, bytes, random);
  return true;
}

// By value still, with something in between that relocation has to look through.
bool embed_wrapped(Draft& draft, Random& random) {
  const auto found = any_embedding(draft, random);
  if (!found) return false;
  Stack& stack = *found->holder.stack;
  const std::size_t layer = found->holder.layer();
  static constexpr std::array kKinds = {Kind::typedef_,  Kind::const_,   Kind::volatile_,
                                        Kind::restrict_, Kind::type_tag, Kind::array};
  EditType wrapper = EditType::make(random.pick(kKinds), 0, found->held);
  if (wrapper.kind() == Kind::array) {
    wrapper.third() = 0;
    wrapper.fixed(0) = found->held;
    wrapper.fixed(1) = any_id_of(stack, layer, Kind::int_, random).value_or(0);
    wrapper.fixed(2) = random.below(4);
  }
  if (wrapper.kind() == Kind::typedef_ || wrapper.kind() == Kind::type_tag)
    wrapper.name() = stack.intern(layer, "wrapper");
  const std::uint32_t bytes = stack.type(found->held)->third();
  const std::uint32_t id = stack.add(layer, wrapper);
  append_member(stack, layer, found->holder.type(), id, bytes, random);
  return true;
}

// What was held by value is pointed to.
bool unembed(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, has_member);
  if (!spot) return false;
  Stack& stack = *spot->stack;
  const std::uint32_t count = spot->type().elements();
  const std::size_t start = random.index(count);
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t member = (start + step) % count;
    const std::uint32_t held = spot->type().element(member)[kMemberType];
    if (!btf::is_composite(stack.kind_of(held))) continue;
    const std::uint32_t pointer = stack.add(spot->layer(), EditType::make(Kind::ptr, 0, held));
    spot->type().element(member)[kMemberType] = pointer;
    return true;
  }
  return false;
}

constexpr Mutation kTable[] = {
    {"add-member", 8, add_member},           {"remove-member", 6, remove_member},
    {"reorder-members", 4, reorder_members}, {"move-member", 3, move_member},
    {"make-bit-field", 5, make_bit_field},   {"embed", 14, embed},
    {"embed-wrapped", 8, embed_wrapped},     {"unembed", 8, unembed},
};

}  // namespace

std::span<const Mutation> member_mutations() {
  return kTable;
}

}  // namespace retort
