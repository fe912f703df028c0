// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Finding by name: the lowest id wins, through all layers, and the index answers as the plain scan.
#include "relocator/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::Base;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::must_parse;
using testing::must_parse_on;
using testing::RawLayer;

std::vector<std::uint32_t> ids_of(const NameIndex& index, std::string_view name) {
  std::vector<std::uint32_t> ids;
  index.for_each(name, [&](const Type& type) { ids.push_back(type.id()); });
  return ids;
}

// "twin": STRUCT 1, UNION 2, and in the split layer TYPEDEF 4, STRUCT 5.
struct Twins {
  BtfPtr base, top;

  Twins() {
    Builder low;
    low.add_composite(Kind::struct_, "twin", 4);
    low.add_composite(Kind::union_, "twin", 4);
    low.add_composite(Kind::struct_, "single", 4);
    Builder high(low, std::endian::native);
    high.add_reference(Kind::typedef_, 1, "twin");
    high.add_composite(Kind::struct_, "twin", 8);
    base = must_parse(low.finish());
    top = must_parse_on(base, high.finish());
  }
};

TEST(Index, TheLowestIdWinsThroughAllLayers) {
  const Twins twins;
  const NameIndex index(*twins.top);
  EXPECT_EQ(index.find("twin"), 1U);
  EXPECT_EQ(index.find("twin", Kind::union_), 2U);
  EXPECT_EQ(index.find("twin", Kind::typedef_), 4U);
  EXPECT_EQ(find_by_name(*twins.top, "twin"), 1U);
  EXPECT_EQ(find_by_name(*twins.top, "twin", Kind::struct_), 1U);
}

TEST(Index, ForOneAskingLayerHasTheMatchableTypesOfEachOfItsNames) {
  const BtfPtr top = must_parse(all_kinds());
  const NameIndex whole(*top);
  const NameIndex some(*top, *top);
  for (std::uint32_t id = 1; id < top->end_id(); ++id) {
    const std::string_view name = top->name(top->type(id));
    std::vector<std::uint32_t> expected = ids_of(whole, name);
    std::erase_if(expected, [&](std::uint32_t of) { return !is_matchable(top->type(of).kind()); });
    EXPECT_EQ(ids_of(some, name), expected) << name;
  }
  const Twins twins;
  EXPECT_THAT(ids_of(NameIndex(*twins.top, *twins.base), "twin"), ElementsAre(1, 2, 5));
  Builder asking;
  for (const char* name : {"t", "tw", "twi", "twin", "twins", "s"}) asking.add_int(name, 4);
  const BtfPtr names = must_parse(asking.finish());
  const NameIndex index(*twins.top, *names);
  EXPECT_THAT(ids_of(index, "twin"), ElementsAre(1, 2, 5));
  for (const char* name : {"t", "tw", "twi", "twins", "s"})
    EXPECT_THAT(ids_of(index, name), IsEmpty());
}

TEST(Index, AllTypesOfANameAreVisitedByAscendingId) {
  const Twins twins;
  EXPECT_THAT(ids_of(NameIndex(*twins.top), "twin"), ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(ids_of(NameIndex(*twins.base), "twin"), ElementsAre(1, 2));
  EXPECT_THAT(ids_of(NameIndex(*twins.top), "twi"), IsEmpty());
  EXPECT_THAT(ids_of(NameIndex(*twins.top), "twins"), IsEmpty());
}

TEST(Index, AKindThatTheNameDoesNotHaveIsNotFound) {
  const Twins twins;
  EXPECT_FALSE(NameIndex(*twins.top).find("twin", Kind::int_));
  EXPECT_FALSE(NameIndex(*twins.top).find("single", Kind::union_));
  EXPECT_FALSE(find_by_name(*twins.top, "single", Kind::union_));
}

TEST(Index, TheEmptyNameIsNeverFound) {
  const BtfPtr btf = must_parse(RawLayer{.types = {0, pack_info({Kind::struct_, false, 0}), 4,  //
                                                   1, pack_info({Kind::struct_, false, 0}), 4},
                                         .strings = std::string("\0\0", 2)}
                                    .bytes());
  EXPECT_FALSE(NameIndex(*btf).find(""));
  EXPECT_THAT(ids_of(NameIndex(*btf), ""), IsEmpty());
  EXPECT_FALSE(find_by_name(*btf, ""));
}

TEST(Index, ANameIsItsCharactersNotItsOffset) {
  const BtfPtr btf = must_parse(RawLayer{.types = {1, pack_info({Kind::struct_, false, 0}), 4,  //
                                                   6, pack_info({Kind::struct_, false, 0}), 4},
                                         .strings = std::string("\0name\0name\0", 11)}
                                    .bytes());
  EXPECT_THAT(ids_of(NameIndex(*btf), "name"), ElementsAre(1, 2));
}

TEST(Index, AnIndexOfNothingFindsNothing) {
  const BtfPtr btf = must_parse(RawLayer{}.bytes());
  EXPECT_FALSE(NameIndex(*btf).find("name"));
}

TEST(Index, TheIndexAnswersAsTheScanForEveryNameAndKind) {
  Builder base;
  std::set<std::string> all_names = {"absent"};
  for (unsigned number = 0; number < 500; ++number) {
    const std::string name = "name" + std::to_string(number % 97);
    all_names.insert(name);
    if (number % 3 == 0)
      base.add_composite(Kind::struct_, name, 4);
    else
      base.add_fwd(name, number % 2 == 0);
  }
  const BtfPtr btf = must_parse(base.finish());
  const NameIndex index(*btf);
  for (const std::string& name : all_names) {
    EXPECT_EQ(index.find(name), find_by_name(*btf, name)) << name;
    for (const Kind kind : {Kind::struct_, Kind::fwd, Kind::int_})
      EXPECT_EQ(index.find(name, kind), find_by_name(*btf, name, kind)) << name;
  }
}

TEST(Index, EveryNamedTypeOfEveryKindIsFound) {
  const Base base(all_kinds());
  const NameIndex index(*base.btf);
  for (std::uint32_t id = 1; id < base.btf->end_id(); ++id) {
    const Type type = base.btf->type(id);
    if (type.name_offset() != 0) {
      EXPECT_EQ(index.find(base.btf->name(type), type.kind()), id) << kind_name(type.kind());
    }
  }
}

TEST(Index, TypesOfOneNameAreInsertedWithoutWalkingTheirChain) {
  // A walk along the chain of equals would take 10^10 steps here.
  Builder base;
  for (unsigned number = 0; number < 100'000; ++number) base.add_composite(Kind::struct_, "s", 4);
  const BtfPtr btf = must_parse(base.finish());
  const NameIndex index(*btf);
  EXPECT_EQ(index.find("s"), 1U);
  EXPECT_EQ(ids_of(index, "s").size(), 100'000U);
}

TEST(Hash, EveryByteOfANameCounts) {
  std::set<std::uint64_t> seen;
  std::string name(24, 'a');
  seen.insert(hash_name(name));
  for (char& c : name) {
    c = 'b';
    EXPECT_TRUE(seen.insert(hash_name(name)).second);
    c = 'a';
  }
  for (std::size_t length = 0; length < name.size(); ++length)
    EXPECT_TRUE(seen.insert(hash_name(name.substr(0, length))).second);
  EXPECT_EQ(hash_name("task_struct"), hash_name(std::string("task_struct")));
}

TEST(Hash, TheValueIsTheSameOnEveryMachine) {
  EXPECT_EQ(hash_name(""), 0x0ULL);
  EXPECT_EQ(hash_name("a"), 0x95da58f99f363d7dULL);
  EXPECT_EQ(hash_name("task_struct"), 0x7e491b28de19b664ULL);
}

}  // namespace
}  // namespace btf
