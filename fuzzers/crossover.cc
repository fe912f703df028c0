// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Two ways: parts are mixed, or a type is planted with what it refers to.
#include "fuzzers/crossover.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/generator.h"
#include "oracles/pair.h"

namespace retort {
namespace {

constexpr int kTries = 4;
constexpr std::size_t kMaxPlanted = 16;

// The stack of one, the target of the other; or every part from either.
Pair mix_parts(const Pair& a, const Pair& b, Random& random) {
  const bool stack_as_one = random.one_in(2);
  Pair mixed;
  for (const Part& part : a.parts) {
    if (part.tag == kSplit) {
      mixed.append(kSplit, part.bytes);
      continue;
    }
    const auto* other = b.find(part.tag);
    const bool keep = other == nullptr || (stack_as_one ? part.tag != kTarget : random.one_in(2));
    mixed.append(part.tag, keep ? part.bytes : *other);
  }
  if (mixed.find(kTarget) == nullptr)
    if (const auto* target = b.find(kTarget)) mixed.append(kTarget, *target);
  return mixed;
}

// Copies types from one stack to a layer of another. What they refer to is a type of the same kind
// and name where there is one, else it comes along, up to a limit.
class Planter {
 public:
  Planter(const Stack& from, Stack& to, std::size_t layer) : from_(from), to_(to), layer_(layer) {}

  void plant(std::uint32_t root) {
    collect(root);
    std::vector<EditType> planted;
    planted.reserve(order_.size());
    for (const std::uint32_t id : order_) planted.push_back(translated(*from_.type(id)));
    to_.add(layer_, planted);
  }

 private:
  void collect(std::uint32_t root) {
    base_id_ = to_.end_id(layer_);
    new_ids_[root] = base_id_;
    order_.push_back(root);
    for (std::size_t next = 0; next < order_.size(); ++next) {
      EditType type = *from_.type(order_[next]);
      for_each_id(type, [&](std::uint32_t& id) { assign(id); });
    }
  }

  void assign(std::uint32_t id) {
    const EditType* type = from_.type(id);
    if (type == nullptr || new_ids_.contains(id)) return;
    if (const std::uint32_t namesake = find_namesake(*type); namesake != 0) {
      new_ids_[id] = namesake;
    } else if (order_.size() < kMaxPlanted) {
      new_ids_[id] = base_id_ + static_cast<std::uint32_t>(order_.size());
      order_.push_back(id);
    } else {
      new_ids_[id] = 0;
    }
  }

  std::uint32_t find_namesake(const EditType& wanted) {
    const std::string_view name = from_.name(wanted);
    if (name.empty()) return 0;
    std::uint32_t found = 0;
    to_.for_each_type([&](std::uint32_t id, const EditType& type) {
      if (found == 0 && id < base_id_ && type.kind() == wanted.kind() && to_.name(type) == name)
        found = id;
    });
    return found;
  }

  EditType translated(EditType type) {
    for_each_name(type, [&](std::uint32_t& name) {
      const auto text = from_.text(name);
      name = text ? to_.intern(layer_, std::string(*text)) : 0;
    });
    for_each_id(type, [&](std::uint32_t& id) {
      const auto found = new_ids_.find(id);
      id = found == new_ids_.end() ? 0 : found->second;
    });
    return type;
  }

  const Stack& from_;
  Stack& to_;
  std::size_t layer_;
  std::uint32_t base_id_ = 0;
  std::map<std::uint32_t, std::uint32_t> new_ids_;
  std::vector<std::uint32_t> order_;
};

Pair plant_types(const Pair& a, const Pair& b, Random& random) {
  Draft to(a);
  Draft from(b);
  const auto root = any_type(from, random);
  Stack* stack = any_stack(to, random);
  if (root && stack != nullptr)
    Planter(*root->stack, *stack, any_layer(*stack, random)).plant(root->id);
  return std::move(to.pair());
}

std::size_t store(std::span<std::byte> room, btf::Bytes bytes) {
  std::ranges::copy(bytes, room.begin());
  return bytes.size();
}

std::size_t store_any(std::span<std::byte> room, btf::Bytes a, btf::Bytes b) {
  for (const btf::Bytes bytes : {a, b})
    if (bytes.size() <= room.size() && parse_pair(bytes)) return store(room, bytes);
  const auto empty = serialize(Pair{});
  return empty.size() <= room.size() ? store(room, empty) : 0;
}

}  // namespace

std::size_t crossover(btf::Bytes a, btf::Bytes b, std::span<std::byte> out, std::size_t max_size,
                      std::uint64_t seed) {
  Random random(seed);
  const std::span<std::byte> room = out.first(std::min(max_size, out.size()));
  const auto one = parse_pair(a);
  const auto other = parse_pair(b);
  if (!one && !other) {
    const auto small = serialize(generate_pair(random, kSmallPair));
    return store_any(room, small, a);
  }
  if (!one || !other) return store_any(room, one ? a : b, {});
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Pair pair =
        random.one_in(2) ? mix_parts(*one, *other, random) : plant_types(*one, *other, random);
    const std::vector<std::byte> bytes = serialize(pair);
    if (bytes.size() <= room.size()) return store(room, bytes);
  }
  return store_any(room, a, b);
}

}  // namespace retort
