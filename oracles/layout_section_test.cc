// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What is left without a layout section has to be the same BTF.
#include "oracles/layout_section.h"

#include <gtest/gtest.h>

#include "relocator/builder.h"
#include "relocator/canonical.h"

namespace retort {
namespace {

using ByteVector = std::vector<std::byte>;

void set_word(ByteVector& bytes, std::size_t at, std::uint32_t value) {
  btf::store_word(bytes.data() + at * btf::kWordBytes, value);
}

std::uint32_t word(const ByteVector& bytes, std::size_t at) {
  return btf::load_word(bytes.data() + at * btf::kWordBytes);
}

ByteVector plain() {
  btf::Builder base;
  base.add_int("int", 4);
  base.add_composite(btf::Kind::struct_, "s", 4, {{"i", 1, 0}});
  return base.finish();
}

// A layout section of so many bytes behind the strings.
ByteVector with_layout_at_end(std::uint32_t length) {
  ByteVector bytes = plain();
  const std::uint32_t end = word(bytes, 4) + word(bytes, 5);
  bytes.insert(bytes.begin() + btf::kHeaderBytes, btf::kLayoutHeaderBytes - btf::kHeaderBytes,
               std::byte{0});
  bytes.resize(bytes.size() + length);
  set_word(bytes, 1, btf::kLayoutHeaderBytes);
  set_word(bytes, 6, end);
  set_word(bytes, 7, length);
  return bytes;
}

std::uint64_t digest(const ByteVector& bytes) {
  const auto layer = btf::Btf::parse(bytes);
  return layer ? btf::canonical_digest(**layer).value() : 0;
}

TEST(LayoutSection, ThatIsCutOutLeavesTypesAndStringsAsTheyWere) {
  const auto left = without_layout(with_layout_at_end(7));
  ASSERT_TRUE(left);
  EXPECT_NE(digest(*left), 0U);
  EXPECT_EQ(digest(*left), digest(plain()));
}

TEST(LayoutSection, OfBytesThatAreNoWordsIsRagged) {
  EXPECT_TRUE(has_ragged_layout(with_layout_at_end(7)));
  EXPECT_FALSE(has_ragged_layout(plain()));
}

TEST(LayoutSection, BesideAGapIsLeftAlone) {
  ByteVector bytes = with_layout_at_end(8);
  set_word(bytes, 7, 4);
  EXPECT_FALSE(without_layout(bytes));
  EXPECT_FALSE(without_layout(plain()));
}

}  // namespace
}  // namespace retort
