// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations around the question of relocation: which type of the target is the one that the split's
// base means? Some give a type its match, or all; some take it away; some add a second one. Without
// the first sort nearly every pair would soon fail at its first type.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"

namespace retort {
namespace {

// match-all looks at so many types of the base at most, to stay quick on large pairs.
constexpr std::uint32_t kMaxMatched = 256;

bool is_composite(const EditType& type) {
  return btf::is_composite(type.kind());
}

bool is_matchable(const EditType& type) {
  const Kind kind = type.kind();
  return type.name() != 0 && (is_composite(type) || btf::is_enumeration(kind) ||
                              kind == Kind::int_ || kind == Kind::float_ || kind == Kind::fwd);
}

bool is_named_composite(const EditType& type) {
  return is_composite(type) && type.name() != 0;
}

Kind sort_of(const EditType& fwd) {
  return fwd.kflag() ? Kind::union_ : Kind::struct_;
}

bool fits_kind(const EditType& distilled, const EditType& target) {
  const Kind kind = target.kind();
  if (distilled.kind() != Kind::fwd)
    return kind == distilled.kind() ||
           (btf::is_enumeration(kind) && btf::is_enumeration(distilled.kind()));
  return kind == Kind::fwd ? target.kflag() == distilled.kflag() : kind == sort_of(distilled);
}

// The type with its size and without what it holds.
EditType stub_of(const EditType& type, std::uint32_t name) {
  EditType stub = EditType::make(type.kind(), name, type.third(), type.kflag());
  std::copy_n(type.words.begin() + btf::kHeadWords, type.shape.fixed,
              stub.words.begin() + btf::kHeadWords);
  return stub;
}

bool take_size(EditType& type, const EditType& from) {
  if (type.kind() == Kind::fwd || from.kind() == Kind::fwd) return false;
  bool changed = std::exchange(type.third(), from.third()) != from.third();
  if (type.kind() == Kind::int_ && from.kind() == Kind::int_ && type.fixed(0) != from.fixed(0)) {
    type.fixed(0) = from.fixed(0);
    changed = true;
  }
  return changed;
}

using IdsByName = std::unordered_multimap<std::string, std::uint32_t>;

// Makes exactly one type of the target fit. Returns whether there was anything to do.
bool match_one(Stack& target, const IdsByName& ids, const EditType& distilled,
               const std::string& name) {
  bool matched = false;
  bool changed = false;
  const auto [first, last] = ids.equal_range(name);
  for (auto entry = first; entry != last; ++entry) {
    if (!fits_kind(distilled, *target.type(entry->second))) continue;
    EditType& type = *target.type(entry->second);
    if (matched) {
      type.name() = target.intern(0, name + std::to_string(entry->second));
      changed = true;
    } else {
      changed = take_size(type, distilled);
    }
    matched = true;
  }
  if (!matched) target.add(0, stub_of(distilled, target.intern(0, name)));
  return changed || !matched;
}

}  // namespace

bool match_all(Draft& draft, Random&) {
  Stack* split = draft.open(Where::split);
  Stack* target = draft.open(Where::target);
  if (split == nullptr || target == nullptr) return false;
  IdsByName ids;
  target->for_each_type([&](std::uint32_t id, const EditType& type) {
    if (is_matchable(type)) ids.emplace(target->name(type), id);
  });
  const std::uint32_t end = std::min(split->end_id(0), kMaxMatched);
  bool changed = false;
  for (std::uint32_t id = 1; id < end; ++id) {
    const EditType& distilled = *split->type(id);
    if (is_matchable(distilled) &&
        match_one(*target, ids, distilled, std::string(split->name(distilled))))
      changed = true;
  }
  return changed;
}

namespace {

std::optional<Spot> any_lowest_type(Draft& draft, Random& random) {
  Stack* split = draft.open(Where::split);
  if (split == nullptr || draft.open(Where::target) == nullptr) return {};
  auto spot = any_type(*split, random, is_matchable);
  if (spot && spot->layer() != 0) return {};
  return spot;
}

// The target has a type of this name and kind once more, of this size or another.
bool add_match(Draft& draft, Random& random) {
  const auto spot = any_lowest_type(draft, random);
  if (!spot) return false;
  Stack& target = *draft.open(Where::target);
  EditType stub = stub_of(spot->type(), target.intern(0, std::string(spot->name())));
  if (random.one_in(3)) stub.third() = other_number(stub.third(), random);
  target.add(0, stub);
  return true;
}

bool remove_match(Draft& draft, Random& random) {
  const auto spot = any_lowest_type(draft, random);
  if (!spot) return false;
  for (const Spot& match : counterparts(draft, *spot)) {
    if (match.stack != draft.open(Where::target)) continue;
    match.type().name() = match.stack->intern(match.layer(), fresh_name(random));
    return true;
  }
  return false;
}

// A type of the target becomes one that the split's base has, and the split refers to it.
bool use_target_type(Draft& draft, Random& random) {
  Stack* split = draft.open(Where::split);
  Stack* target = draft.open(Where::target);
  if (split == nullptr || target == nullptr || split->layers.size() < 2) return false;
  const auto wanted = any_type(*target, random, is_matchable);
  if (!wanted) return false;
  EditType stub = stub_of(wanted->type(), split->intern(0, std::string(wanted->name())));
  if (stub.kind() == Kind::enum64) stub.become(Kind::enum_);
  if (is_composite(stub) && random.one_in(4)) {
    const bool is_union = stub.kind() == Kind::union_;
    stub = EditType::make(Kind::fwd, stub.name(), 0, is_union);
  }
  const std::uint32_t id = split->add(0, stub);
  split->add(1, EditType::make(random.one_in(3) ? Kind::const_ : Kind::ptr, 0, id));
  return true;
}

// More of them than a counter of eight bits can tell apart.
bool add_many_namesakes(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, is_named_composite);
  if (!spot) return false;
  const EditType stub = stub_of(spot->type(), spot->type().name());
  const std::vector<EditType> stubs(random.between(254, 257), stub);
  spot->stack->add(spot->layer(), stubs);
  return true;
}

bool add_fwd_beside_struct(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, is_named_composite);
  if (!spot) return false;
  bool is_union = spot->type().kind() == Kind::union_;
  if (random.one_in(4)) is_union = !is_union;
  const EditType fwd = EditType::make(Kind::fwd, spot->type().name(), 0, is_union);
  spot->stack->add(spot->layer(), fwd);
  return true;
}

bool add_namesake_of_other_kind(Draft& draft, Random& random) {
  const auto spot = any_type(draft, random, is_matchable);
  if (!spot) return false;
  const Kind kind =
      random.pick(std::array{Kind::int_, Kind::float_, Kind::enum_, Kind::enum64, Kind::struct_,
                             Kind::union_, Kind::typedef_, Kind::func_proto, Kind::fwd});
  const bool sized = btf::shape_of(kind).third == btf::ThirdWord::size;
  const EditType& type = spot->type();
  // A FWD has no size to pass on.
  const std::uint32_t size = type.kind() == Kind::fwd ? 4 : type.third();
  EditType namesake = EditType::make(kind, type.name(), sized ? size : 0);
  if (kind == Kind::int_) namesake.fixed(0) = size * 8 & 0xff;
  spot->stack->add(spot->layer(), namesake);
  return true;
}

constexpr Mutation kTable[] = {
    {"match-all", 12, match_all},
    {"add-match", 8, add_match},
    {"remove-match", 4, remove_match},
    {"add-many-namesakes", 1, add_many_namesakes},
    {"use-target-type", 8, use_target_type},
    {"add-fwd-beside-struct", 6, add_fwd_beside_struct},
    {"add-namesake-of-other-kind", 8, add_namesake_of_other_kind},
};

}  // namespace

std::span<const Mutation> match_mutations() {
  return kTable;
}

}  // namespace retort
