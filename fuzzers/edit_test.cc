// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Taking apart and putting together is the identity, on odd bytes too, and edits of one layer leave
// what the others say as it was.
#include "fuzzers/edit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "fuzzers/acceptance.h"
#include "fuzzers/generator.h"
#include "relocator/builder.h"
#include "relocator/canonical.h"
#include "relocator/graph.h"

namespace retort {
namespace {

constexpr std::uint64_t kSeeds = 300;
constexpr std::endian kForeign =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;

Stack decode_all(const std::vector<std::vector<std::byte>>& layers) {
  return Stack::decode(std::vector<Bytes>(layers.begin(), layers.end()));
}

std::vector<std::vector<std::byte>> encode_all(const Stack& stack) {
  std::vector<std::vector<std::byte>> layers;
  layers.reserve(stack.layers.size());
  for (const Layer& layer : stack.layers) layers.push_back(encode(layer));
  return layers;
}

btf::BtfPtr parse(const Stack& stack, btf::Dialect dialect = btf::Dialect::wide) {
  btf::BtfPtr top;
  for (const auto& layer : encode_all(stack)) {
    auto parsed = btf::Btf::parse(layer, {.base = top, .dialect = dialect});
    if (!parsed) return nullptr;
    top = *parsed;
  }
  return top;
}

// A base with a struct that points to itself, and a split that embeds it.
Stack small_stack(std::endian order = std::endian::native) {
  btf::Builder base(order);
  base.add_int("int", 4, 1);
  base.add_reference(Kind::ptr, 3);
  base.add_composite(Kind::struct_, "node", 16, {{"next", 2, 0}, {"value", 1, 64}});
  btf::Builder split(base, order);
  split.add_composite(Kind::struct_, "holder", 16, {{"node", 3, 0}});
  split.add_reference(Kind::ptr, 4);
  return decode_all({base.finish(), split.finish()});
}

// Whether each type of the split layer still unrolls to the same graph. `moved` maps old ids to
// new.
template <class Moved>
void expect_same_split(const Stack& before, const Stack& after, Moved&& moved) {
  const btf::BtfPtr old_top = parse(before);
  const btf::BtfPtr new_top = parse(after);
  ASSERT_TRUE(old_top && new_top);
  btf::GraphComparison comparison(*old_top, *new_top);
  for (std::uint32_t id = old_top->start_id(); id < old_top->end_id(); ++id)
    EXPECT_TRUE(comparison.same(id, moved(id))) << "type " << id;
}

TEST(Edit, DecodingAndEncodingWhatABuilderWroteGivesTheSameBytes) {
  for (const std::endian order : {std::endian::native, kForeign}) {
    btf::Builder base(order);
    base.add_int("int", 4, 1);
    base.add_enum(Kind::enum64, "big", 8, {{"one", 1}, {"huge", 0x100000000}});
    base.add_func("main", base.add_func_proto(1, {{"argc", 1, 0}, {"", 0, 0}}), 1);
    base.add_decl_tag("tag", 4, 0);
    const std::vector<std::byte> bytes = base.finish();
    const Stack stack = decode_all({bytes});
    ASSERT_EQ(stack.layers.size(), 1U);
    EXPECT_EQ(encode(stack.layers[0]), bytes);
  }
}

TEST(Edit, DecodingAndEncodingGeneratedPairsKeepsEveryByteAndTheCanonicalForm) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Random random(seed);
    const Pair pair = generate_pair(random);
    for (const Part& part : pair.parts) {
      if (part.tag == kSplit) continue;
      const Stack stack = decode_all({part.bytes});
      ASSERT_EQ(stack.layers.size(), 1U) << "seed " << seed;
      const std::vector<std::byte> bytes = encode(stack.layers[0]);
      EXPECT_EQ(bytes, part.bytes) << "seed " << seed;
      EXPECT_EQ(btf::canonical_digest(**btf::Btf::parse(bytes)).value(),
                btf::canonical_digest(**btf::Btf::parse(part.bytes)).value());
    }
  }
}

TEST(Edit, GapsTrailingBytesSectionOrderAndHeaderFieldsSurvive) {
  for (const std::endian order : {std::endian::native, kForeign}) {
    Stack stack = small_stack(order);
    Layer& layer = stack.layers[0];
    describe_layout(layer);
    layer.version = 2;
    layer.flags = 1;
    layer.header_len += 8;
    layer.header_rest.assign(8, std::byte{7});
    std::swap(layer.sections[0], layer.sections[2]);
    layer.sections[0].gap.assign(3, std::byte{1});
    layer.sections[1].gap.assign(4 - (layer.strings.size() + 3) % 4, std::byte{2});
    layer.sections[2].gap.assign(4, std::byte{3});
    layer.trailing.assign(5, std::byte{4});
    const std::vector<std::byte> bytes = encode(layer);
    const auto parsed = btf::Btf::parse(bytes);
    ASSERT_TRUE(parsed) << btf::sentence(parsed.error());
    EXPECT_EQ((*parsed)->end_id(), 4U);
    EXPECT_EQ((*parsed)->header().version, 2U);
    const Stack again = decode_all({bytes});
    ASSERT_EQ(again.layers.size(), 1U);
    EXPECT_EQ(encode(again.layers[0]), bytes);
  }
}

TEST(Edit, AHeaderThatClaimsToBeShorterThanItsFieldsSurvives) {
  Stack stack = small_stack();
  stack.layers[0].header_len = 20;
  const std::vector<std::byte> bytes = encode(stack.layers[0]);
  // The wide dialect takes what the header does not cover for zero.
  ASSERT_TRUE(btf::Btf::parse(bytes, {.dialect = btf::Dialect::narrow}));
  const Stack again = decode_all({bytes});
  ASSERT_EQ(again.layers.size(), 1U);
  EXPECT_EQ(again.layers[0].header_len, 20U);
  EXPECT_EQ(encode(again.layers[0]), bytes);
}

TEST(Edit, AKindThatOnlyTheLayoutDescribesSurvives) {
  Stack stack = small_stack();
  Layer& layer = stack.layers[0];
  describe_layout(layer);
  layer.layout.insert(layer.layout.end(), {std::byte{4}, std::byte{8}, std::byte{1}, std::byte{2}});
  EditType unknown{.words = {0, btf::pack_info({Kind{20}, true, 1}), 5, 6, 7, 8}, .shape = {}};
  unknown.shape.fixed = 1;
  unknown.shape.element = 2;
  stack.add(0, unknown);
  for (const std::endian order : {std::endian::native, kForeign}) {
    stack.layers[0].order = order;
    const auto bytes = encode_all(stack);
    const Stack again = decode_all(bytes);
    ASSERT_EQ(again.layers.size(), 2U);
    EXPECT_EQ(again.type(4)->words, unknown.words);
    EXPECT_EQ(encode_all(again), bytes);
  }
}

TEST(Edit, BitsOfTheInfoWordThatTheNarrowDialectIgnoresSurvive) {
  Stack stack = small_stack();
  stack.type(1)->words[1] |= 1U << 29;  // the wide dialect reads another kind here
  const auto bytes = encode_all(stack);
  const Stack again = decode_all(bytes);
  ASSERT_EQ(again.layers.size(), 2U);
  EXPECT_EQ(again.type(1)->dialect, btf::Dialect::narrow);
  EXPECT_EQ(again.type(1)->kind(), Kind::int_);
  EXPECT_EQ(encode_all(again), bytes);
}

TEST(Edit, LayersBelowTheFirstThatCannotBeWalkedAreDecoded) {
  auto bytes = encode_all(small_stack());
  bytes[1].resize(30);
  EXPECT_EQ(decode_all(bytes).layers.size(), 1U);
  bytes[0].clear();
  EXPECT_TRUE(decode_all(bytes).layers.empty());
}

TEST(Edit, AddingATypeToTheBaseMovesTheIdsOfTheSplit) {
  const Stack before = small_stack();
  Stack after = before;
  EXPECT_EQ(after.add(0, EditType::make(Kind::float_, after.intern(0, "float"), 4)), 4U);
  EXPECT_EQ(after.kind_of(4), Kind::float_);
  expect_same_split(before, after, [](std::uint32_t id) { return id + 1; });
}

TEST(Edit, IdsOfAddedTypesCountAsAfterTheAddition) {
  Stack stack = small_stack();
  const EditType added[] = {EditType::make(Kind::const_, 0, 5), EditType::make(Kind::ptr, 0, 4)};
  EXPECT_EQ(stack.add(0, added), 4U);
  EXPECT_EQ(stack.type(4)->third(), 5U);
  EXPECT_EQ(stack.type(5)->third(), 4U);
}

TEST(Edit, WhatReferredToARemovedTypeRefersToItsReplacement) {
  Stack stack = small_stack();
  const std::uint32_t twin = stack.add(0, EditType(*stack.type(3)));
  stack.remove(3, twin);
  EXPECT_EQ(stack.end_id(0), 4U);
  EXPECT_EQ(stack.type(2)->third(), 3U);  // the twin moved down
  EXPECT_EQ(stack.type(4)->element(0)[1], 3U);
  EXPECT_EQ(stack.type(5)->third(), 4U);
}

TEST(Edit, RemovingATypeWithoutReplacementLeavesVoid) {
  Stack stack = small_stack();
  stack.remove(1, 0);
  EXPECT_EQ(stack.type(2)->element(1)[1], 0U);
}

TEST(Edit, PermutingALayerKeepsTheGraph) {
  const Stack before = small_stack();
  Stack after = before;
  after.permute(0, std::vector<std::uint32_t>{2, 0, 1});
  EXPECT_EQ(after.kind_of(1), Kind::struct_);
  expect_same_split(before, after, [](std::uint32_t id) { return id; });
}

TEST(Edit, AStringAppendedToTheBaseMovesTheNamesOfTheSplit) {
  const Stack before = small_stack();
  Stack after = before;
  const std::uint32_t offset = after.append_string(0, "something new");
  EXPECT_EQ(after.text(offset), "something new");
  EXPECT_EQ(after.name(*after.type(4)), "holder");
  expect_same_split(before, after, [](std::uint32_t id) { return id; });
}

TEST(Edit, InterningFindsWholeStringsOfThisLayerAndThoseBelow) {
  Stack stack = small_stack();
  const std::uint32_t end = stack.end_string();
  EXPECT_EQ(stack.intern(1, "node"), stack.type(3)->name());
  EXPECT_EQ(stack.intern(1, ""), 0U);
  EXPECT_EQ(stack.end_string(), end);
  // A part of a string, and a string of the layer above, are not found.
  EXPECT_EQ(stack.text(stack.intern(0, "nod")), "nod");
  EXPECT_EQ(stack.text(stack.intern(0, "holder")), "holder");
  EXPECT_EQ(stack.end_string(), end + 4 + 7);
}

TEST(Edit, CompactingDropsUnusedAndRepeatedStringsAndKeepsNames) {
  Stack stack = small_stack();
  stack.append_string(0, "unused");
  stack.type(3)->name() = stack.append_string(0, "node");
  stack.type(5)->name() = 0xffffff00;
  const Stack before = stack;
  stack.compact_strings();
  EXPECT_LT(stack.end_string(), before.end_string());
  EXPECT_EQ(stack.name(*stack.type(3)), "node");
  EXPECT_EQ(stack.name(*stack.type(4)), "holder");
  EXPECT_EQ(stack.type(5)->name(), 0xffffff00);
  EXPECT_EQ(
      std::string(stack.layers[0].strings.begin(), stack.layers[0].strings.end()).find("unused"),
      std::string::npos);
}

TEST(Edit, ElementsAreInsertedAndRemovedWhereAsked) {
  EditType type = EditType::make(Kind::func_proto);
  type.add_element(std::array{1U, 10U});
  type.add_element(std::array{3U, 30U});
  type.insert_element(1, std::array{2U, 20U});
  EXPECT_EQ(type.vlen(), 3U);
  EXPECT_EQ(type.element(1)[1], 20U);
  type.remove_element(0);
  EXPECT_EQ(type.vlen(), 2U);
  EXPECT_EQ(type.element(0)[0], 2U);
  EXPECT_EQ(type.element(1)[0], 3U);
}

TEST(Edit, OfAFuncTheVlenIsItsLinkageAndNotANumberOfElements) {
  EditType type = EditType::make(Kind::func);
  type.set_vlen(1);
  EXPECT_EQ(type.vlen(), 1U);
  EXPECT_EQ(type.elements(), 0U);
}

}  // namespace
}  // namespace retort
