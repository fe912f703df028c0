// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Equality of type graphs: ids and string offsets do not count, everything else does, loops end.
#include "relocator/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::Base;
using testing::ByteVector;
using testing::every_kind;
using testing::kForeignOrder;
using testing::must_parse;
using testing::must_parse_on;
using ::testing::Pair;

// All kinds again, but with ids in descending order and names elsewhere: id n becomes 21 - n.
ByteVector all_kinds_reversed() {
  const BtfPtr source = must_parse(all_kinds());
  Builder reversed(kForeignOrder);
  reversed.add_int("first", 1);
  for (std::uint32_t id = 19; id >= 1; --id)
    reversed.copy(source->type(id), *source,
                  [](std::uint32_t old) { return old == 0 ? 0 : 21 - old; });
  return reversed.finish();
}

TEST(Graph, IdsStringOffsetsAndByteOrderDoNotCount) {
  const BtfPtr a = must_parse(all_kinds());
  const BtfPtr b = must_parse(all_kinds_reversed());
  GraphComparison graph(*a, *b);
  for (const Kind kind : every_kind()) {
    const auto id = static_cast<std::uint32_t>(kind);
    EXPECT_TRUE(graph.same(id, 21 - id)) << kind_name(kind);
  }
}

TEST(Graph, TypesOfDifferentKindsDiffer) {
  const BtfPtr btf = must_parse(all_kinds());
  GraphComparison graph(*btf, *btf);
  for (std::uint32_t a = 0; a < 20; ++a)
    for (std::uint32_t b = 0; b < 20; ++b) EXPECT_EQ(graph.same(a, b), a == b) << a << " " << b;
}

TEST(Graph, EveryWordThatIsNotAnIdCounts) {
  const ByteVector bytes = all_kinds();
  const BtfPtr a = must_parse(bytes);
  for (std::uint32_t id = 1; id < a->end_id(); ++id) {
    const Type type = a->type(id);
    std::vector<bool> is_id(type.words());
    for_each_id(type, [&](std::size_t word) { is_id[word] = true; });
    for (std::size_t word = 0; word < type.words(); ++word) {
      if (is_id[word]) continue;
      ByteVector changed = bytes;
      testing::poke(changed, a->record_offset(id) + word * kWordBytes,
                    type.word(word) ^ (word == 1 ? 0x80000000 : 1));
      const BtfPtr b = must_parse(changed);
      GraphComparison graph(*a, *b);
      EXPECT_FALSE(graph.same(id, id)) << kind_name(type.kind()) << " " << word;
      EXPECT_THAT(graph.difference(), Pair(id, id));
    }
  }
}

TEST(Graph, ADifferenceFarBelowIsFoundAndNamed) {
  const auto chain = [](std::uint32_t leaf_bytes) {
    Builder base;
    base.add_int("leaf", leaf_bytes);
    base.add_reference(Kind::const_, 1);
    base.add_reference(Kind::ptr, 2);
    base.add_composite(Kind::struct_, "s", 8, {{"m", 3, 0}});
    return must_parse(base.finish());
  };
  const BtfPtr a = chain(4);
  const BtfPtr b = chain(8);
  GraphComparison graph(*a, *b);
  EXPECT_FALSE(graph.same(4, 4));
  EXPECT_THAT(graph.difference(), Pair(1, 1));
}

// A list node that points to itself, either by itself or through a second copy of itself.
BtfPtr list(bool unrolled) {
  Builder base;
  base.add_composite(Kind::struct_, "node", 8, {{"next", 2, 0}});
  base.add_reference(Kind::ptr, unrolled ? 3 : 1);
  if (unrolled) {
    base.add_composite(Kind::struct_, "node", 8, {{"next", 4, 0}});
    base.add_reference(Kind::ptr, 1);
  }
  return must_parse(base.finish());
}

TEST(Graph, LoopsThatUnrollToTheSameAreTheSame) {
  const BtfPtr a = list(false);
  const BtfPtr b = list(true);
  EXPECT_TRUE(GraphComparison(*a, *b).same(1, 1));
  EXPECT_TRUE(GraphComparison(*a, *b).same(1, 3));
  EXPECT_TRUE(GraphComparison(*b, *a).same(4, 2));
}

TEST(Graph, WhatOneFailureAssumedIsForgotten) {
  // A pair is assumed equal while its members are compared; the failure must not leave it behind.
  const auto pair_of = [](std::uint32_t last_bytes) {
    Builder base;
    base.add_int("i", 4);
    base.add_int("j", last_bytes);
    base.add_composite(Kind::struct_, "s", 8, {{"a", 1, 0}, {"b", 2, 32}});
    base.add_reference(Kind::ptr, 3);
    return must_parse(base.finish());
  };
  const BtfPtr a = pair_of(4);
  const BtfPtr b = pair_of(2);
  GraphComparison graph(*a, *b);
  EXPECT_FALSE(graph.same(4, 4));
  EXPECT_FALSE(graph.same(3, 3));
  EXPECT_FALSE(graph.same(2, 2));
  EXPECT_TRUE(graph.same(1, 1));
  EXPECT_FALSE(graph.same(4, 4));
}

TEST(Graph, ASharedBaseIsEqualByIdAlone) {
  const Base base(all_kinds());
  Builder one = base.split();
  one.add_reference(Kind::ptr, 4);
  Builder two = base.split();
  two.add_reference(Kind::const_, 1);
  two.add_reference(Kind::ptr, 4);
  const BtfPtr a = base.parse(one);
  const BtfPtr b = base.parse(two);
  GraphComparison graph(*a, *b);
  EXPECT_TRUE(graph.same(20, 21));
  EXPECT_FALSE(graph.same(20, 20));
  EXPECT_FALSE(graph.same(4, 5));
}

TEST(Graph, EqualIdsOfDifferentBasesAreNotTakenAsEqual) {
  const auto on_base = [](std::uint32_t bytes) {
    Builder base;
    base.add_int("i", bytes);
    Builder split(base, std::endian::native);
    split.add_reference(Kind::ptr, 1);
    return must_parse_on(must_parse(base.finish()), split.finish());
  };
  const BtfPtr a = on_base(4);
  const BtfPtr b = on_base(8);
  EXPECT_FALSE(GraphComparison(*a, *b).same(2, 2));
  const BtfPtr c = on_base(4);
  EXPECT_TRUE(GraphComparison(*a, *c).same(2, 2));
}

TEST(Graph, VoidIsOnlyVoid) {
  const BtfPtr btf = must_parse(all_kinds());
  GraphComparison graph(*btf, *btf);
  EXPECT_TRUE(graph.same(0, 0));
  EXPECT_FALSE(graph.same(0, 1));
  EXPECT_FALSE(graph.same(2, 0));
}

TEST(Graph, AFwdAndTheFullTypeDiffer) {
  Builder base;
  base.add_fwd("s", false);
  base.add_composite(Kind::struct_, "s", 0);
  const BtfPtr btf = must_parse(base.finish());
  EXPECT_FALSE(GraphComparison(*btf, *btf).same(1, 2));
}

// A ring of pointers, which unrolls to the same endless chain whatever its length is.
BtfPtr ring(std::uint32_t length) {
  Builder base;
  for (std::uint32_t id = 1; id < length; ++id) base.add_reference(Kind::ptr, id + 1);
  base.add_reference(Kind::ptr, 1);
  return must_parse(base.finish());
}

TEST(Graph, RingsOfDifferentLengthsAreComparedWithoutVisitingEveryPair) {
  // 100,003 and 99,991 are prime: there are 10^10 pairs of types to be met on the way around.
  const BtfPtr a = ring(100'003);
  const BtfPtr b = ring(99'991);
  EXPECT_TRUE(GraphComparison(*a, *b).same(1, 1));
  EXPECT_TRUE(GraphComparison(*a, *b).same(5, 77));
}

TEST(Graph, IdsOutOfRangeAreVoid) {
  Builder base;
  base.add_reference(Kind::ptr, 99);
  base.add_reference(Kind::ptr, 0);
  const BtfPtr btf = must_parse(base.finish());
  GraphComparison graph(*btf, *btf);
  EXPECT_TRUE(graph.same(1, 2));
  EXPECT_TRUE(graph.same(0, 99));
  EXPECT_FALSE(graph.same(99, 1));
}

TEST(Graph, ADeepChainIsComparedWithoutRecursion) {
  const auto chain = [](std::uint32_t leaf_bytes) {
    Builder base;
    base.add_int("leaf", leaf_bytes);
    for (std::uint32_t id = 1; id <= 200'000; ++id) base.add_reference(Kind::ptr, id);
    return must_parse(base.finish());
  };
  const BtfPtr a = chain(4);
  const BtfPtr b = chain(4);
  const BtfPtr c = chain(8);
  EXPECT_TRUE(GraphComparison(*a, *b).same(200'001, 200'001));
  EXPECT_FALSE(GraphComparison(*a, *c).same(200'001, 200'001));
}

}  // namespace
}  // namespace btf
