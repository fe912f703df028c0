// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Every small relocation there is, against the simplest matcher that can be written from the
// specification: nested loops over plain values, no index, no policy. What the reference answers
// for each of them has to be what the sentences say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <span>

#include "relocator/relocate.h"
#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::ByteVector;
using testing::must_parse;
using testing::must_parse_on;

// A type as the specification speaks of it.
struct Plain {
  Kind kind;
  std::string name;
  std::uint32_t size = 0;
  std::uint32_t encoding = 0;  ///< of an INT
  bool of_union = false;       ///< of a FWD
};

// How the split uses a distilled type.
enum class Use { none, pointer, embedded };
constexpr Use kUses[] = {Use::none, Use::pointer, Use::embedded};

struct Distilled {
  Plain type;
  Use use;
};

// --- The specification's sentences

bool is_full(Kind kind) {
  return kind == Kind::struct_ || kind == Kind::union_;
}

// "INT matches an INT of that name, size and encoding; FLOAT a FLOAT of that name and size; ENUM an
// ENUM or ENUM64 of that name and size. FWD matches a FWD of the same sort (struct or union), or a
// STRUCT or UNION of that sort. STRUCT matches a STRUCT, UNION a UNION."
bool matches(const Plain& distilled, const Plain& target, bool size_must_match) {
  if (distilled.name != target.name) return false;
  const bool same_size = distilled.size == target.size;
  if (distilled.kind == Kind::int_)
    return target.kind == Kind::int_ && same_size && distilled.encoding == target.encoding;
  if (distilled.kind == Kind::float_) return target.kind == Kind::float_ && same_size;
  if (distilled.kind == Kind::enum_)
    return (target.kind == Kind::enum_ || target.kind == Kind::enum64) && same_size;
  if (distilled.kind == Kind::fwd) {
    if (target.kind == Kind::fwd) return distilled.of_union == target.of_union;
    return target.kind == (distilled.of_union ? Kind::union_ : Kind::struct_);
  }
  return target.kind == distilled.kind && (same_size || !size_must_match);
}

// "The size of a STRUCT/UNION must match where a split struct or union embeds it, or where the
// target has more than one of that kind and name." Ours: "several distilled types of one kind and
// name need their sizes to match".
bool size_must_match(const Distilled& distilled, std::span<const Distilled> all,
                     std::span<const Plain> target) {
  const auto namesake = [&](const Plain& type) {
    return type.kind == distilled.type.kind && type.name == distilled.type.name;
  };
  if (distilled.use == Use::embedded) return true;
  if (std::ranges::count_if(target, namesake) > 1) return true;
  return std::ranges::count_if(all, namesake, &Distilled::type) > 1;
}

// The ids that fit. "Exactly one match: none or several is an error." Ours: "an exact kind wins
// over FWD-to-full".
std::vector<std::uint32_t> fitting(const Distilled& distilled, std::span<const Distilled> all,
                                   std::span<const Plain> target) {
  const bool sized = size_must_match(distilled, all, target);
  std::vector<std::uint32_t> exact;
  std::vector<std::uint32_t> full;
  for (std::uint32_t index = 0; index < target.size(); ++index) {
    if (!matches(distilled.type, target[index], sized)) continue;
    const bool is_exact = distilled.type.kind != Kind::fwd || target[index].kind == Kind::fwd;
    (is_exact ? exact : full).push_back(index + 1);
  }
  return exact.empty() ? full : exact;
}

// "-> 2" where exactly one fits, else "none" or "several"; one for each distilled type.
std::vector<std::string> expected(std::span<const Distilled> distilled,
                                  std::span<const Plain> target) {
  std::vector<std::string> outcomes;
  for (const Distilled& type : distilled) {
    const auto ids = fitting(type, distilled, target);
    outcomes.push_back(ids.empty()       ? "none"
                       : ids.size() == 1 ? "-> " + std::to_string(ids[0])
                                         : "several");
  }
  return outcomes;
}

// --- The same worlds as BTF

void add(Builder& builder, const Plain& type) {
  if (type.kind == Kind::int_)
    builder.add_int(type.name, type.size, type.encoding);
  else if (type.kind == Kind::float_)
    builder.add_float(type.name, type.size);
  else if (type.kind == Kind::fwd)
    builder.add_fwd(type.name, type.of_union);
  else if (is_full(type.kind))
    builder.add_composite(type.kind, type.name, type.size);
  else
    builder.add_enum(type.kind, type.name, type.size);
}

BtfPtr build(std::span<const Plain> types) {
  Builder builder;
  for (const Plain& type : types) add(builder, type);
  return must_parse(builder.finish());
}

// For each distilled type in use one type of the split: a PTR, or a STRUCT that holds it.
BtfPtr build_split(std::span<const Distilled> distilled) {
  Builder base;
  for (const Distilled& type : distilled) add(base, type.type);
  Builder split(base, std::endian::native);
  for (std::uint32_t id = 1; id <= distilled.size(); ++id) {
    if (distilled[id - 1].use == Use::pointer) split.add_reference(Kind::ptr, id);
    if (distilled[id - 1].use == Use::embedded)
      split.add_composite(Kind::struct_, "holder", 8, {{"held", id, 0}});
  }
  return must_parse_on(must_parse(base.finish()), split.finish());
}

// What the relocated split refers to, in the order of its types.
std::vector<std::uint32_t> references(const Btf& split) {
  std::vector<std::uint32_t> ids;
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const Type type = split.type(id);
    for_each_id(type, [&](std::size_t word) { ids.push_back(type.word(word)); });
  }
  return ids;
}

// The reference's answer in the matcher's words; all matches must be met for a success.
std::vector<std::string> answer(const BtfPtr& split, const NameIndex& target, const BtfPtr& base,
                                std::size_t distilled) {
  const auto relocated = relocate(*split, target, agreed_policy());
  std::vector<std::string> outcomes(distilled, "?");
  if (relocated) {
    for (std::uint32_t id = 1; id <= distilled; ++id)
      outcomes[id - 1] = "-> " + std::to_string(relocated->id_map[id]);
    // The bytes say what the map says.
    std::vector<std::uint32_t> mapped = references(*split);
    for (std::uint32_t& id : mapped) id = relocated->id_map[id];
    EXPECT_EQ(references(*must_parse_on(base, relocated->bytes)), mapped);
    return outcomes;
  }
  for (std::uint32_t id = 1; id <= distilled; ++id)
    outcomes[id - 1] = "-> " + std::to_string(relocated.error().id_map[id]);
  for (const Mismatch& mismatch : relocated.error().mismatches)
    outcomes[mismatch.distilled_id - 1] =
        mismatch.reason == MismatchReason::several ? "several" : "none";
  return outcomes;
}

// --- Enumeration

constexpr std::uint32_t kSizes[] = {4, 8};

std::vector<Plain> plain_types(std::span<const Kind> kinds, std::span<const std::string> names) {
  std::vector<Plain> types;
  for (const std::string& name : names)
    for (const Kind kind : kinds) {
      if (kind == Kind::fwd) {
        types.push_back({.kind = kind, .name = name, .of_union = false});
        types.push_back({.kind = kind, .name = name, .of_union = true});
        continue;
      }
      for (const std::uint32_t size : kSizes) {
        types.push_back({.kind = kind, .name = name, .size = size});
        if (kind == Kind::int_)
          types.push_back({.kind = kind, .name = name, .size = size, .encoding = 1});
      }
    }
  return types;
}

// Every sequence of up to `longest` of the elements.
template <class T>
std::vector<std::vector<T>> sequences(const std::vector<T>& elements, std::size_t longest) {
  std::vector<std::vector<T>> all = {{}};
  std::size_t from = 0;
  for (std::size_t length = 1; length <= longest; ++length) {
    const std::size_t to = all.size();
    for (; from < to; ++from)
      for (const T& element : elements) {
        std::vector<T> longer = all[from];
        longer.push_back(element);
        all.push_back(std::move(longer));
      }
  }
  return all;
}

struct Worlds {
  std::vector<std::vector<Distilled>> splits;
  std::vector<std::vector<Plain>> targets;
};

struct Counts {
  std::size_t cases = 0;
  std::size_t successes = 0;
  std::set<std::string> behaviours;  ///< kind, use and outcome by the target's kind
};

std::string behaviour(const Distilled& distilled, const std::string& outcome,
                      std::span<const Plain> target) {
  static const std::map<Use, std::string> uses = {
      {Use::none, " unused "}, {Use::pointer, " pointed "}, {Use::embedded, " embedded "}};
  std::string text = std::string(kind_name(distilled.type.kind)) + uses.at(distilled.use);
  if (!outcome.starts_with("-> ")) return text + outcome;
  const Plain& found = target[std::stoul(outcome.substr(3)) - 1];
  const bool resized = found.size != distilled.type.size && distilled.type.kind != Kind::fwd;
  return text + std::string(kind_name(found.kind)) + (resized ? " of another size" : "");
}

void compare(const Worlds& worlds, Counts& counts) {
  std::vector<BtfPtr> splits;
  for (const auto& distilled : worlds.splits) splits.push_back(build_split(distilled));
  for (const std::vector<Plain>& target : worlds.targets) {
    const BtfPtr base = build(target);
    const NameIndex index(*base);
    for (std::size_t number = 0; number < splits.size(); ++number) {
      const std::vector<Distilled>& distilled = worlds.splits[number];
      const auto wanted = expected(distilled, target);
      ASSERT_EQ(answer(splits[number], index, base, distilled.size()), wanted)
          << "split " << number << ", target of " << target.size();
      ++counts.cases;
      counts.successes += std::ranges::all_of(
          wanted, [](const std::string& outcome) { return outcome.starts_with("-> "); });
      for (std::size_t type = 0; type < distilled.size(); ++type)
        counts.behaviours.insert(behaviour(distilled[type], wanted[type], target));
    }
  }
}

std::vector<Distilled> in_every_use(const std::vector<Plain>& types) {
  std::vector<Distilled> all;
  for (const Plain& type : types)
    for (const Use use : kUses) all.push_back({type, use});
  return all;
}

void print(const Counts& counts) {
  std::printf("%zu cases, of which %zu relocate; %zu distinct behaviours\n", counts.cases,
              counts.successes, counts.behaviours.size());
}

TEST(SmallWorlds, OneDistilledTypeOntoEveryTargetOfUpToTwoTypes) {
  const Kind distilled_kinds[] = {Kind::int_,    Kind::float_, Kind::enum_,
                                  Kind::struct_, Kind::union_, Kind::fwd};
  const Kind target_kinds[] = {Kind::int_,    Kind::float_, Kind::enum_, Kind::enum64,
                               Kind::struct_, Kind::union_, Kind::fwd};
  const std::string names[] = {"a", "b"};
  Worlds worlds;
  for (const Distilled& type : in_every_use(plain_types(distilled_kinds, names)))
    worlds.splits.push_back({type});
  worlds.targets = sequences(plain_types(target_kinds, names), 2);
  Counts counts;
  compare(worlds, counts);
  print(counts);
  EXPECT_EQ(counts.cases, 2U * 14 * 3 * (1 + 32 + 32 * 32));
  // 12 of ENUM, 9 each of INT and FLOAT, 15 of FWD, 11 each of STRUCT and UNION, which match
  // another size where they are not embedded.
  EXPECT_EQ(counts.behaviours.size(), 67U);
  EXPECT_TRUE(counts.behaviours.contains("STRUCT pointed STRUCT of another size"));
  EXPECT_FALSE(counts.behaviours.contains("STRUCT embedded STRUCT of another size"));
}

TEST(SmallWorlds, TwoDistilledTypesOfOneNameOntoEveryTargetOfUpToThree) {
  const Kind kinds[] = {Kind::struct_, Kind::union_, Kind::fwd};
  const std::string names[] = {"a"};
  Worlds worlds;
  const std::vector<Plain> types = plain_types(kinds, names);
  for (const std::vector<Distilled>& distilled : sequences(in_every_use(types), 2))
    if (distilled.size() == 2) worlds.splits.push_back(distilled);
  worlds.targets = sequences(types, 3);
  Counts counts;
  compare(worlds, counts);
  print(counts);
  EXPECT_EQ(counts.cases, 18U * 18 * (1 + 6 + 36 + 216));
  EXPECT_EQ(counts.behaviours.size(), 15U + 11 + 11);
}

}  // namespace
}  // namespace btf
