// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Each edit is tried on a copy and kept where the result is still valid: whether a struct may grow,
// say, depends on everything that holds it by value.
#include "fuzzers/target_variant.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "fuzzers/type_maker.h"
#include "relocator/check.h"

namespace retort {
namespace {

bool is_sized_and_named(const EditType& type) {
  return type.shape.third == btf::ThirdWord::size && type.kind() != Kind::datasec &&
         type.name() != 0;
}

EditType* any_type(Stack& base, Random& random, bool (*wanted)(const EditType&)) {
  std::vector<EditType>& types = base.layers[0].types;
  if (types.empty()) return nullptr;
  const std::size_t start = random.index(types.size());
  for (std::size_t step = 0; step < types.size(); ++step) {
    EditType& type = types[(start + step) % types.size()];
    if (wanted(type)) return &type;
  }
  return nullptr;
}

void resize(Stack& base, Random& random) {
  EditType* type = any_type(base, random, [](const EditType& candidate) {
    return btf::is_composite(candidate.kind()) && candidate.name() != 0;
  });
  if (type != nullptr) type->third() += random.one_in(4) ? 64 : random.between(1, 8);
}

void rename(Stack& base, Random& random) {
  EditType* type = any_type(base, random, is_sized_and_named);
  if (type == nullptr) return;
  std::string text(base.name(*type));
  text += random.one_in(2) ? "_new" : "2";
  type->name() = base.intern(0, text);
}

void duplicate(Stack& base, Random& random) {
  const EditType* type = any_type(base, random, is_sized_and_named);
  if (type == nullptr) return;
  EditType copy = *type;
  if (btf::is_composite(copy.kind()) && random.one_in(2)) copy.third() += random.between(1, 16);
  base.add(0, copy);
}

void add_fwd_of_same_name(Stack& base, Random& random) {
  const EditType* type = any_type(base, random, [](const EditType& candidate) {
    return btf::is_composite(candidate.kind()) && candidate.name() != 0;
  });
  if (type == nullptr) return;
  const bool is_union = type->kind() == Kind::union_;
  base.add(0, EditType::make(Kind::fwd, type->name(), 0, is_union));
}

void add_types(Stack& base, Random& random) {
  TypeMaker maker(base, random);
  for (std::uint32_t count = random.between(1, 4); count != 0; --count) maker.add_any();
}

void remove(Stack& base, Random& random) {
  if (base.end_id() < 3) return;
  const std::uint32_t id = random.between(1, base.end_id() - 1);
  // Another type of its kind takes its place where there is one.
  std::uint32_t replacement = 0;
  base.for_each_type([&](std::uint32_t other, const EditType& type) {
    if (other != id && type.kind() == base.kind_of(id) && random.one_in(2)) replacement = other;
  });
  base.remove(id, replacement);
}

bool is_valid(const Stack& base) {
  return btf::open(encode(base.layers[0]), btf::agreed_policy()).has_value();
}

}  // namespace

void vary_target(Stack& base, unsigned edits, Random& random) {
  static constexpr std::array kAll = {
      resize, resize, rename, duplicate, add_types, add_fwd_of_same_name, remove};
  for (unsigned edit = 0; edit < edits; ++edit) {
    Stack changed = base;
    random.pick(kAll)(changed, random);
    if (is_valid(changed)) base = std::move(changed);
  }
}

void shuffle(Stack& stack, std::size_t layer, Random& random) {
  std::vector<std::uint32_t> order(stack.layers[layer].types.size());
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[random.index(left)]);
  stack.permute(layer, order);
}

}  // namespace retort
