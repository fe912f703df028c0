// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A draft opens what can be opened and leaves the rest alone.
#include "fuzzers/draft.h"

#include <gtest/gtest.h>

#include "fuzzers/generator.h"

namespace retort {
namespace {

std::vector<std::byte> layer_with_int(std::string_view name) {
  Stack stack;
  stack.layers.emplace_back();
  stack.layers[0].strings = {'\0'};
  EditType type = EditType::make(Kind::int_, stack.intern(0, name), 4);
  type.fixed(0) = 32;
  stack.add(0, type);
  return encode(stack.layers[0]);
}

std::vector<std::byte> split_on(const std::vector<std::byte>& base) {
  Stack stack = Stack::decode(std::vector<Bytes>{base});
  stack.layers.emplace_back();
  stack.add(1, EditType::make(Kind::ptr, 0, 1));
  return encode(stack.layers[1]);
}

TEST(Draft, TheSplitLiesOnTheDistilledBaseWhereThereIsOne) {
  const auto distilled = layer_with_int("d");
  Pair pair;
  pair.append(kBase, layer_with_int("b"));
  pair.append(kDistilled, distilled);
  pair.append(kSplit, split_on(distilled));
  Draft draft(pair);
  ASSERT_NE(draft.open(Where::split), nullptr);
  EXPECT_EQ(draft.open(Where::split)->layers.size(), 2U);
  EXPECT_EQ(draft.open(Where::split)->name(*draft.open(Where::split)->type(1)), "d");
  ASSERT_NE(draft.open(Where::old_base), nullptr);
  EXPECT_EQ(draft.open(Where::old_base)->name(*draft.open(Where::old_base)->type(1)), "b");
  EXPECT_EQ(draft.open(Where::target), nullptr);
}

TEST(Draft, WithoutADistilledBaseTheSplitLiesOnTheBase) {
  const auto base = layer_with_int("b");
  Pair pair;
  pair.append(kSplit, split_on(base));
  pair.append(kBase, base);
  Draft draft(pair);
  ASSERT_NE(draft.open(Where::split), nullptr);
  EXPECT_EQ(draft.open(Where::split)->end_id(), 3U);
  EXPECT_EQ(draft.open(Where::old_base), nullptr);
}

TEST(Draft, EditsReachTheBytesAndTheNextOpening) {
  Pair pair;
  pair.append(kTarget, layer_with_int("old"));
  Draft draft(pair);
  Stack& target = *draft.open(Where::target);
  target.type(1)->name() = target.intern(0, "new");
  const Pair edited = draft.pair();
  EXPECT_NE(edited, pair);
  const Stack again = Stack::decode(std::vector<Bytes>{*edited.find(kTarget)});
  EXPECT_EQ(again.name(*again.type(1)), "new");
  EXPECT_EQ(draft.open(Where::target)->end_string(), again.end_string());
}

TEST(Draft, PartsThatCannotBeWalkedKeepTheirBytes) {
  Pair pair;
  pair.append(kTarget, std::vector<std::byte>(40, std::byte{1}));
  pair.append(kBase, layer_with_int("b"));
  pair.append(kSplit, std::vector<std::byte>(7, std::byte{2}));
  pair.append("NOTE", std::vector<std::byte>(3, std::byte{3}));
  Draft draft(pair);
  EXPECT_EQ(draft.open(Where::target), nullptr);
  ASSERT_NE(draft.open(Where::split), nullptr);
  EXPECT_EQ(draft.open(Where::split)->layers.size(), 1U);
  EXPECT_EQ(draft.pair(), pair);
}

TEST(Draft, OpeningEveryStackOfAGeneratedPairChangesNothing) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const Pair pair = generate_pair(random);
    Draft draft(pair);
    for (const Where where : kWheres) draft.open(where);
    EXPECT_EQ(draft.pair(), pair) << "seed " << seed;
  }
}

}  // namespace
}  // namespace retort
