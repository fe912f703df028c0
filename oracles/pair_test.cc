// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The container: what is read is what was written, and every damage is named with its place.
#include "oracles/pair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "oracles/answer.h"

namespace retort {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

Pair sample() {
  Pair pair;
  pair.append(kBase, bytes_of("base"));
  pair.append(kSplit, bytes_of("one"));
  pair.append("XTRA", {});
  pair.append(kSplit, bytes_of("two"));
  return pair;
}

TEST(Pair, ReadsBackWhatItWroteUnknownAndEmptyPartsIncluded) {
  const auto read = parse_pair(serialize(sample()));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, sample());
  EXPECT_EQ(read->splits().size(), 2U);
  EXPECT_EQ(*read->splits()[1], bytes_of("two"));
}

TEST(Pair, IsRefusedAtEveryLengthThatCutsAPartOrItsHeader) {
  const std::vector<std::byte> whole = serialize(sample());
  std::vector<std::size_t> ends = {8};  // behind the magic and the version
  for (const Part& part : sample().parts) ends.push_back(ends.back() + 8 + part.bytes.size());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto read = parse_pair(Bytes(whole).first(length));
    const bool at_boundary = std::ranges::find(ends, length) != ends.end();
    EXPECT_EQ(read.has_value(), at_boundary) << length;
    if (!read) EXPECT_LE(read.error().offset, length);
  }
}

TEST(Pair, RefusesARepeatedPartOtherThanASplit) {
  Pair pair = sample();
  pair.append(kBase, bytes_of("again"));
  const auto read = parse_pair(serialize(pair));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().sentence, "the part BASE occurs twice");
}

TEST(Pair, RefusesATagThatIsNotFourCapitals) {
  Pair pair;
  pair.append("bas3", {});
  const auto read = parse_pair(serialize(pair));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().offset, 8U);
}

TEST(Pair, RefusesAnotherVersionAndAnotherMagic) {
  std::vector<std::byte> file = serialize(sample());
  file[4] = std::byte{9};
  EXPECT_EQ(parse_pair(file).error().sentence, "version 9 of the pair format is unknown");
  file[0] = std::byte{'x'};
  EXPECT_FALSE(looks_like_pair(file));
  EXPECT_FALSE(parse_pair(file));
}

std::vector<Op> compared_ops(const Pair& pair) {
  std::vector<Op> ops = ops_of(pair);
  std::erase_if(ops, is_property_op);
  return ops;
}

TEST(Pair, AllowsTheOperationsThatItsPartsAreEnoughFor) {
  Pair pair;
  EXPECT_TRUE(ops_of(pair).empty());
  pair.append(kBase, {});
  EXPECT_THAT(compared_ops(pair), testing::IsSupersetOf({Op::check, Op::find}));
  EXPECT_THAT(compared_ops(pair), testing::Not(testing::Contains(Op::distill)));
  pair.append(kSplit, {});
  EXPECT_THAT(compared_ops(pair),
              testing::IsSupersetOf({Op::check, Op::find, Op::distill, Op::roundtrip}));
  EXPECT_THAT(compared_ops(pair), testing::Not(testing::Contains(Op::relocate)));
  Pair relocatable;
  for (const std::string_view tag : {kDistilled, kSplit, kTarget}) relocatable.append(tag, {});
  EXPECT_THAT(compared_ops(relocatable),
              testing::IsSupersetOf({Op::check, Op::find, Op::relocate}));
  EXPECT_THAT(compared_ops(relocatable), testing::Not(testing::Contains(Op::distill)));
  EXPECT_THAT(ops_of(relocatable), testing::Contains(Op::laws));
}

}  // namespace
}  // namespace retort
