// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of the graph: long chains between a reference and what it led to, and loops, of
// modifiers, through pointers, or by value. Chains are bounded, so that a mutation stays quick.
#include <array>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

constexpr std::uint32_t kLongChain = 200;
constexpr std::uint32_t kShortChain = 12;

constexpr std::array kModifiers = {Kind::const_, Kind::volatile_, Kind::restrict_, Kind::typedef_,
                                   Kind::type_tag};

enum class Link : std::uint8_t { modifiers, pointers, arrays, structs, anything };

EditType link_of(Link sort, std::uint32_t to, std::uint32_t name, std::uint32_t index,
                 Random& random) {
  if (sort == Link::anything) sort = static_cast<Link>(random.below(4));
  switch (sort) {
    case Link::pointers:
      return EditType::make(Kind::ptr, 0, to);
    case Link::arrays: {
      EditType array = EditType::make(Kind::array);
      array.fixed(0) = to;
      array.fixed(1) = index;
      array.fixed(2) = 1;
      return array;
    }
    case Link::structs: {
      EditType holder = EditType::make(Kind::struct_, 0, 8);
      holder.add_element(std::array{0U, to, 0U});
      return holder;
    }
    default: {
      const Kind kind = random.pick(kModifiers);
      const bool named = kind == Kind::typedef_ || kind == Kind::type_tag;
      return EditType::make(kind, named ? name : 0, to);
    }
  }
}

// `length` new types in a row, each leading to the next, the last one to `end`. Returns the first
// id.
std::uint32_t add_chain(Stack& stack, std::size_t layer, Link sort, std::uint32_t length,
                        std::optional<std::uint32_t> end, Random& random) {
  const std::uint32_t name = stack.intern(layer, "link");
  const std::uint32_t index = any_id_of(stack, layer, Kind::int_, random).value_or(0);
  const std::uint32_t first = stack.end_id(layer);
  std::vector<EditType> chain;
  for (std::uint32_t at = 0; at < length; ++at) {
    const bool last = at + 1 == length;
    // Without an end the chain is a loop.
    const std::uint32_t to = last ? end.value_or(first) : first + at + 1;
    chain.push_back(link_of(sort, to, name, index, random));
  }
  return stack.add(layer, chain);
}

// FUNC keeps its prototype: whatever stands between makes every reader refuse the layer.
bool can_be_led_elsewhere(const EditType& type) {
  bool refers = false;
  btf::for_each_id(type.view(), [&](std::size_t) { refers = true; });
  return refers && type.kind() != Kind::func && type.kind() != Kind::datasec;
}

std::size_t any_id_word(const EditType& type, Random& random) {
  std::vector<std::size_t> words;
  btf::for_each_id(type.view(), [&](std::size_t word) { words.push_back(word); });
  return random.pick(words);
}

bool lengthen_chain(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, can_be_led_elsewhere);
  if (!spot) return false;
  const std::size_t word = any_id_word(spot->type(), random);
  const std::uint32_t length = random.between(1, random.one_in(16) ? kLongChain : kShortChain);
  const auto sort = static_cast<Link>(random.below(5));
  const std::uint32_t first =
      add_chain(*spot->stack, spot->layer(), sort, length, spot->type().words[word], random);
  spot->type().words[word] = first;
  return true;
}

bool add_loop(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, can_be_led_elsewhere);
  if (!spot) return false;
  const auto sort = static_cast<Link>(random.below(5));
  const std::uint32_t first =
      add_chain(*spot->stack, spot->layer(), sort, random.between(1, 4), {}, random);
  if (random.one_in(2)) spot->type().words[any_id_word(spot->type(), random)] = first;
  return true;
}

// Leads a type back to one of those that refer to it.
bool close_loop(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, can_be_led_elsewhere);
  if (!spot) return false;
  std::vector<std::uint32_t> users = {spot->id};
  const std::uint32_t end = spot->stack->end_id(spot->layer());
  spot->stack->for_each_type([&](std::uint32_t id, const EditType& type) {
    btf::for_each_id(type.view(), [&](std::size_t word) {
      if (type.words[word] == spot->id && id < end) users.push_back(id);
    });
  });
  const std::uint32_t user = random.pick(users);
  spot->type().words[any_id_word(spot->type(), random)] = user;
  return true;
}

constexpr Mutation kTable[] = {
    {"lengthen-chain", 6, lengthen_chain},
    {"add-loop", 2, add_loop},
    {"close-loop", 2, close_loop},
};

}  // namespace

std::span<const Mutation> graph_mutations() {
  return kTable;
}

}  // namespace retort
