// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of whole types: there is one more or one less, it refers elsewhere, it has another
// size, another kind, another place, another value in one of its words.
#include <algorithm>
#include <array>
#include <numeric>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"
#include "fuzzers/target_variant.h"
#include "fuzzers/type_maker.h"

namespace retort {
namespace {

constexpr std::array<std::uint32_t, 7> kSizes = {0, 1, 2, 4, 8, 16, 24};

// A name in use, a fresh one or none.
std::uint32_t some_name(Draft& draft, Stack& stack, std::size_t layer, Random& random) {
  switch (random.below(4)) {
    case 0:
      return 0;
    case 1:
      return stack.intern(layer, used_name(draft, random));
    default:
      return stack.intern(layer, fresh_name(random));
  }
}

bool add_valid_type(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  const std::uint32_t before = stack->end_id();
  TypeMaker(*stack, random).add_any();
  return stack->end_id() != before;
}

// Any kind in any layer, with anything in its words that can be walked.
bool add_loose_type(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  const std::size_t layer = any_layer(*stack, random);
  const Kind kind = static_cast<Kind>(random.between(1, btf::kKindCount - 1));
  const auto proto = any_id_of(*stack, layer, Kind::func_proto, random);
  if (kind == Kind::func && !proto) return false;
  EditType type =
      EditType::make(kind, some_name(draft, *stack, layer, random), 0, random.one_in(4));
  if (type.shape.third == btf::ThirdWord::size) type.third() = random.pick(kSizes);
  if (kind == Kind::int_) type.fixed(0) = type.third() * 8;
  const std::uint32_t elements = type.shape.element == 0 ? 0 : random.below(4);
  for (std::uint32_t index = 0; index < elements; ++index) {
    std::array<std::uint32_t, 3> element = {};
    if (type.shape.element_names != 0) element[0] = some_name(draft, *stack, layer, random);
    type.add_element(std::span(element).first(type.shape.element));
  }
  for_each_id(type, [&](std::uint32_t& id) { id = any_id(*stack, layer, random); });
  if (kind == Kind::func) type.third() = *proto;
  stack->add(layer, type);
  return true;
}

bool has_func_on(Stack& stack, std::uint32_t proto) {
  bool found = false;
  stack.for_each_type([&](std::uint32_t, const EditType& type) {
    found = found || (type.kind() == Kind::func && type.third() == proto);
  });
  return found;
}

bool remove_type(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random);
  if (!spot) return false;
  Stack& stack = *spot->stack;
  std::optional<std::uint32_t> replacement =
      any_id_of(stack, spot->layer(), spot->type().kind(), random);
  if (replacement == spot->id) replacement.reset();
  if (!replacement && has_func_on(stack, spot->id)) return false;
  stack.remove(spot->id, replacement.value_or(0));
  return true;
}

bool duplicate_type(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random);
  if (!spot) return false;
  EditType copy = spot->type();
  const bool sized = copy.shape.third == btf::ThirdWord::size;
  if (sized && random.one_in(3)) copy.third() = other_number(copy.third(), random);
  spot->stack->add(spot->layer(), copy);
  return true;
}

// A type is brought over from another stack, for the names and kinds that both have.
bool copy_type_across(Draft& draft, Random& random) {
  const auto from = any_type(draft, random);
  Stack* to = any_stack(draft, random);
  if (!from || to == from->stack) return false;
  const std::size_t layer = any_layer(*to, random);
  EditType copy = from->type();
  if (copy.kind() == Kind::func && !any_id_of(*to, layer, Kind::func_proto, random)) return false;
  for_each_name(copy, [&](std::uint32_t& name) {
    const auto text = from->stack->text(name);
    name = text ? to->intern(layer, std::string(*text)) : 0;
  });
  for_each_id(copy, [&](std::uint32_t& id) {
    const Kind kind = from->stack->kind_of(id);
    id = any_id_of(*to, layer, kind, random).value_or(0);
  });
  to->add(layer, copy);
  return true;
}

bool retarget(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, [](const EditType& type) {
    bool refers = false;
    btf::for_each_id(type.view(), [&](std::size_t) { refers = true; });
    return refers;
  });
  if (!spot) return false;
  EditType& type = spot->type();
  std::vector<std::uint32_t*> words;
  for_each_id(type, [&](std::uint32_t& id) { words.push_back(&id); });
  std::uint32_t& word = *random.pick(words);
  const Stack& stack = *spot->stack;
  if (random.one_in(40)) {
    word = random.one_in(2) ? stack.end_id() : other_number(word, random);
    return true;
  }
  const bool same_kind = type.kind() == Kind::func || random.one_in(3);
  const std::uint32_t old = word;
  if (same_kind)
    word = any_id_of(stack, spot->layer(), stack.kind_of(word), random).value_or(word);
  else
    word = any_id(stack, spot->layer(), random);
  return word != old;
}

bool is_sized(const EditType& type) {
  return type.shape.third == btf::ThirdWord::size;
}

bool resize(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, is_sized);
  if (!spot) return false;
  std::uint32_t size = other_number(spot->type().third(), random);
  // The size of a namesake or neighbour makes two types alike.
  if (random.one_in(4))
    if (const auto other = any_type(draft, random, is_sized)) size = other->type().third();
  if (size == spot->type().third()) return false;
  edit_with_counterparts(draft, random, *spot, [&](const Spot& each) {
    if (is_sized(each.type())) each.type().third() = size;
  });
  return true;
}

bool change_encoding(Draft& draft, Random& random) {
  const auto spot =
      any_type(draft, random, [](const EditType& type) { return type.kind() == Kind::int_; });
  if (!spot) return false;
  const std::uint32_t bit = 1U << (24 + random.below(random.one_in(8) ? 8 : 3));
  edit_with_counterparts(draft, random, *spot, [&](const Spot& each) {
    if (each.type().kind() == Kind::int_) each.type().fixed(0) ^= bit;
  });
  return true;
}

constexpr std::array kReferences = {Kind::ptr,       Kind::const_,   Kind::volatile_,
                                    Kind::restrict_, Kind::typedef_, Kind::type_tag};

bool can_change_kind(const EditType& type) {
  const Kind kind = type.kind();
  return btf::is_composite(kind) || btf::is_enumeration(kind) || kind == Kind::fwd ||
         kind == Kind::int_ || kind == Kind::float_ ||
         std::ranges::find(kReferences, kind) != kReferences.end();
}

void change_enumeration(EditType& type, Kind kind) {
  const EditType old = type;
  type.become(kind);
  for (std::uint32_t index = 0; index < old.elements(); ++index) {
    std::array<std::uint32_t, 3> element = {old.element(index)[0], old.element(index)[1], 0};
    type.add_element(std::span(element).first(type.shape.element));
  }
}

Kind other_kind(Kind kind, Random& random) {
  switch (kind) {
    case Kind::struct_:
      return random.one_in(2) ? Kind::union_ : Kind::fwd;
    case Kind::union_:
      return random.one_in(2) ? Kind::struct_ : Kind::fwd;
    case Kind::fwd:
      return random.one_in(2) ? Kind::struct_ : Kind::union_;
    case Kind::enum_:
      return Kind::enum64;
    case Kind::enum64:
      return Kind::enum_;
    case Kind::int_:
      return Kind::float_;
    case Kind::float_:
      return Kind::int_;
    default:
      return random.pick(kReferences);
  }
}

void change_kind_to(EditType& type, Kind kind, std::uint32_t size) {
  const Kind old = type.kind();
  if (old == kind) return;
  if (btf::is_enumeration(old)) return change_enumeration(type, kind);
  if (btf::is_composite(old) && btf::is_composite(kind)) {
    type.words[1] = btf::pack_info({kind, type.kflag(), type.vlen()});
    return;
  }
  type.become(kind);
  if (old == Kind::fwd) type.third() = size;
  if (kind == Kind::fwd) {
    type.third() = 0;
    type.set_kflag(old == Kind::union_);
  }
  if (kind == Kind::int_) type.fixed(0) = type.third() * 8 & 0xff;
}

bool change_kind(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, can_change_kind);
  if (!spot) return false;
  const Kind old = spot->type().kind();
  const Kind kind = other_kind(old, random);
  const std::uint32_t size = random.pick(kSizes);
  edit_with_counterparts(draft, random, *spot, [&](const Spot& each) {
    if (each.type().kind() == old) change_kind_to(each.type(), kind, size);
  });
  return kind != old;
}

// A FWD's sort, a struct's notation of bit fields, an enumeration's sign.
bool toggle_kflag(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random);
  if (!spot) return false;
  const bool kflag = !spot->type().kflag();
  edit_with_counterparts(draft, random, *spot,
                         [&](const Spot& each) { each.type().set_kflag(kflag); });
  return true;
}

bool reorder_types(Draft& draft, Random& random) {
  Stack* stack = any_stack(draft, random);
  if (stack == nullptr) return false;
  const std::size_t layer = any_layer(*stack, random);
  const std::size_t count = stack->layers[layer].types.size();
  if (count < 2) return false;
  if (random.one_in(4)) {
    shuffle(*stack, layer, random);
    return true;
  }
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  const std::size_t first = random.index(count - 1);
  std::swap(order[first], order[first + 1 + random.index(count - 1 - first)]);
  stack->permute(layer, order);
  return true;
}

// A word that is neither a name nor an id: a size, an offset, a value, a linkage, a component.
bool change_number(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random);
  if (!spot) return false;
  EditType& type = spot->type();
  std::vector<bool> meaning(type.words.size());
  meaning[1] = true;  // the info word decides how the record is walked
  btf::for_each_id(type.view(), [&](std::size_t word) { meaning[word] = true; });
  btf::for_each_name(type.view(), [&](std::size_t word) { meaning[word] = true; });
  std::vector<std::size_t> numbers;
  for (std::size_t word = 0; word < meaning.size(); ++word)
    if (!meaning[word]) numbers.push_back(word);
  if (numbers.empty()) return false;
  std::uint32_t& number = type.words[random.pick(numbers)];
  number = other_number(number, random);
  return true;
}

constexpr Mutation kTable[] = {
    {"add-valid-type", 12, add_valid_type},
    {"add-loose-type", 8, add_loose_type},
    {"remove-type", 10, remove_type},
    {"duplicate-type", 8, duplicate_type},
    {"copy-type-across", 8, copy_type_across},
    {"retarget", 14, retarget},
    {"resize", 14, resize},
    {"change-encoding", 5, change_encoding},
    {"change-kind", 10, change_kind},
    {"toggle-kflag", 4, toggle_kflag},
    {"reorder-types", 6, reorder_types},
    {"change-number", 8, change_number},
};

}  // namespace

std::span<const Mutation> type_mutations() {
  return kTable;
}

}  // namespace retort
