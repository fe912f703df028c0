// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of names and of the strings behind them: names taken from elsewhere, none at all, no
// identifiers, and one text in several places of a string section.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

using namespace std::string_view_literals;

constexpr std::array kOddNames = {"9lives"sv,  "a-b"sv,  " "sv,      "\x01"sv, "\xc3\xbc"sv,
                                  ".hidden"sv, "void"sv, "(anon)"sv, "a b"sv,  "x:y"sv};
constexpr std::size_t kLongName = 300;

std::string odd_name(Random& random) {
  if (random.one_in(8)) return std::string(kLongName, 'l');
  return std::string(random.pick(kOddNames));
}

bool is_named(const EditType& type) {
  return type.name() != 0;
}

void set_name(const Spot& spot, const std::string& text) {
  const std::uint32_t offset = spot.stack->intern(spot.layer(), text);
  spot.type().name() = offset;
}

bool rename_all(Draft& draft, Random& random, Wanted wanted, const std::string& text) {
  const auto spot = any_type(draft, random, wanted);
  if (!spot || spot->name() == text) return false;
  edit_with_counterparts(draft, random, *spot, [&](const Spot& each) { set_name(each, text); });
  return true;
}

bool rename_to_fresh(Draft& draft, Random& random) {
  return rename_all(draft, random, is_named, fresh_name(random));
}

bool rename_to_used(Draft& draft, Random& random) {
  return rename_all(draft, random, any_type_at_all, used_name(draft, random));
}

bool rename_oddly(Draft& draft, Random& random) {
  return rename_all(draft, random, any_type_at_all, odd_name(random));
}

// What shares a prefix sorts beside the old name, where something bisects.
bool rename_to_neighbour(Draft& draft, Random& random) {
  std::string text = used_name(draft, random);
  if (text.empty()) return false;
  switch (random.below(3)) {
    case 0:
      text.pop_back();
      break;
    case 1:
      text += '_';
      break;
    default:
      text.back() = static_cast<char>(text.back() + 1);
  }
  return rename_all(draft, random, is_named, text);
}

bool make_anonymous(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, is_named);
  if (!spot) return false;
  // Without a name, or with an empty one that has an offset.
  const bool has_offset = random.one_in(3);
  edit_with_counterparts(draft, random, *spot, [&](const Spot& each) {
    const std::uint32_t name = has_offset ? each.stack->append_string(each.layer(), "") : 0;
    each.type().name() = name;
  });
  return true;
}

bool swap_names(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  const std::size_t layer = any_layer(*stack, random);
  std::vector<EditType>& types = stack->layers[layer].types;
  if (types.size() < 2) return false;
  EditType& one = random.pick(types);
  EditType& other = random.pick(types);
  if (one.name() == other.name()) return false;
  std::swap(one.name(), other.name());
  return true;
}

// The string offset of a random name, of a type or of what it holds.
struct NameWord {
  Spot spot;
  std::size_t word = 0;
  [[nodiscard]] std::uint32_t& value() const { return spot.type().words[word]; }
};

std::optional<NameWord> any_name_word(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random);
  if (!spot) return {};
  std::vector<std::size_t> words;
  btf::for_each_name(spot->type().view(), [&](std::size_t word) { words.push_back(word); });
  return NameWord{*spot, random.pick(words)};
}

bool rename_member(Draft& draft, Random& random) {
  const auto found = any_name_word(draft, random);
  if (!found) return false;
  const std::string text = random.one_in(3)   ? fresh_name(random)
                           : random.one_in(4) ? odd_name(random)
                                              : used_name(draft, random);
  const std::uint32_t offset = found->spot.stack->intern(found->spot.layer(), text);
  return std::exchange(found->value(), offset) != offset;
}

// A name of a split may lie in the strings of its base, which relocation then has to map.
bool take_name_from_lower_layer(Draft& draft, Random& random) {
  Stack* stack = draft.open(Where::split);
  if (stack == nullptr || stack->layers.size() < 2) return false;
  const auto spot = any_type(*stack, random);
  if (!spot || spot->layer() == 0) return false;
  std::vector<std::uint32_t*> names;
  for_each_name(spot->type(), [&](std::uint32_t& name) { names.push_back(&name); });
  // The beginning of a string or, one time in eight, the middle of one.
  std::uint32_t offset = random.below(stack->start_string(spot->layer()));
  if (!random.one_in(8))
    while (offset != 0 && !stack->text(offset - 1).value_or("").empty()) --offset;
  return std::exchange(*random.pick(names), offset) != offset;
}

bool duplicate_string(Draft& draft, Random& random) {
  const auto found = any_name_word(draft, random);
  if (!found) return false;
  const Spot& spot = found->spot;
  const auto text = spot.stack->text(found->value());
  if (!text) return false;
  // An empty text has a second place then: the empty name at an offset other than 0.
  const std::uint32_t offset = spot.stack->append_string(spot.layer(), std::string(*text));
  found->value() = offset;
  return true;
}

bool point_into_string(Draft& draft, Random& random) {
  const auto found = any_name_word(draft, random);
  if (!found) return false;
  const auto text = found->spot.stack->text(found->value());
  if (!text || text->empty()) return false;
  found->value() += random.between(1, static_cast<std::uint32_t>(text->size()));
  return true;
}

bool point_outside_strings(Draft& draft, Random& random) {
  const auto found = any_name_word(draft, random);
  if (!found) return false;
  const Stack& stack = *found->spot.stack;
  const std::uint32_t end = stack.start_string(found->spot.layer() + 1);
  found->value() = random.one_in(2) ? end : other_number(end, random);
  return true;
}

// Longer or shorter string sections move every offset of the layers above.
bool pad_strings(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  stack->append_string(any_layer(*stack, random), std::string(random.below(20), 'p'));
  return true;
}

bool compact_strings(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  stack->compact_strings();
  return true;
}

constexpr Mutation kTable[] = {
    {"rename-to-fresh", 8, rename_to_fresh},
    {"rename-to-used", 10, rename_to_used},
    {"rename-to-neighbour", 4, rename_to_neighbour},
    {"rename-oddly", 4, rename_oddly},
    {"make-anonymous", 5, make_anonymous},
    {"swap-names", 5, swap_names},
    {"rename-member", 4, rename_member},
    {"take-name-from-lower-layer", 4, take_name_from_lower_layer},
    {"duplicate-string", 4, duplicate_string},
    {"point-into-string", 2, point_into_string},
    {"point-outside-strings", 1, point_outside_strings},
    {"pad-strings", 1, pad_strings},
    {"compact-strings", 2, compact_strings},
};

}  // namespace

std::span<const Mutation> name_mutations() {
  return kTable;
}

}  // namespace retort
