// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The canonical form: what says the same has one digest, and each word that says something counts.
#include "relocator/canonical.h"

#include <gtest/gtest.h>

#include <set>

#include "relocator/builder.h"
#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::Base;
using testing::ByteVector;
using testing::kBothOrders;
using testing::must_parse;
using testing::must_parse_on;
using testing::RawLayer;

std::uint64_t digest_of(const ByteVector& bytes) {
  return canonical_digest(*must_parse(bytes)).value();
}

TEST(Canonical, HeaderLengthLayoutPaddingAndByteOrderDoNotCount) {
  const std::vector<std::uint32_t> types = {1, pack_info({Kind::struct_, false, 1}), 4, 3, 0, 0};
  const std::string strings("\0s\0m\0", 5);
  const std::uint64_t plain = digest_of(RawLayer{.types = types, .strings = strings}.bytes());
  for (const std::endian order : kBothOrders) {
    RawLayer raw{.order = order, .header_bytes = 40, .types = types, .strings = strings};
    EXPECT_EQ(digest_of(raw.bytes()), plain);
    raw.layout = testing::known_layout();
    EXPECT_EQ(digest_of(raw.bytes()), plain);
    ByteVector padded = raw.bytes();
    padded.resize(padded.size() + 7);
    EXPECT_EQ(digest_of(padded), plain);
  }
}

TEST(Canonical, TheOrderAndSharingOfStringsDoNotCount) {
  const RawLayer one{.types = {1, pack_info({Kind::struct_, false, 1}), 4, 3, 0, 0},
                     .strings = std::string("\0s\0m\0", 5)};
  const RawLayer other{.types = {9, pack_info({Kind::struct_, false, 1}), 4, 1, 0, 0},
                       .strings = std::string("\0m\0other\0s\0", 11)};
  EXPECT_EQ(digest_of(one.bytes()), digest_of(other.bytes()));
}

TEST(Canonical, EveryWordOfEveryKindCounts) {
  const ByteVector bytes = all_kinds();
  const BtfPtr original = must_parse(bytes);
  std::set<std::uint64_t> seen = {canonical_digest(*original).value()};
  for (std::uint32_t id = 1; id < original->end_id(); ++id) {
    const Type type = original->type(id);
    for (std::size_t word = 0; word < type.words(); ++word) {
      ByteVector changed = bytes;
      const std::size_t at = original->record_offset(id) + word * kWordBytes;
      // The info word's highest bit keeps the record's length; a name moves to another string.
      const std::uint32_t flip = word == 1 ? 0x80000000 : 1;
      testing::poke(changed, at, type.word(word) ^ flip);
      EXPECT_TRUE(seen.insert(digest_of(changed)).second) << kind_name(type.kind()) << " " << word;
    }
  }
}

TEST(Canonical, TheOrderOfTypesCounts) {
  Builder one;
  one.add_int("a", 4);
  one.add_int("b", 4);
  Builder other;
  other.add_int("b", 4);
  other.add_int("a", 4);
  EXPECT_NE(digest_of(one.finish()), digest_of(other.finish()));
}

TEST(Canonical, ASplitLayersIdsCountFromItsBase) {
  const auto digest_on = [](unsigned base_types) {
    Builder base;
    for (unsigned number = 0; number < base_types; ++number) base.add_int("i", 4);
    Builder split(base, std::endian::native);
    split.add_reference(Kind::ptr, 1);
    return canonical_digest(*must_parse_on(must_parse(base.finish()), split.finish())).value();
  };
  EXPECT_NE(digest_on(1), digest_on(2));
}

TEST(Canonical, ALayerWithoutTypesHasADigestOfItsPlace) {
  const Base base(all_kinds());
  const BtfPtr empty = must_parse_on(base.btf, RawLayer{.strings = ""}.bytes());
  EXPECT_NE(canonical_digest(*empty).value(), digest_of(RawLayer{}.bytes()));
}

TEST(Canonical, ADigestIsSixteenHexadecimalDigits) {
  const Digest digest = canonical_digest(*must_parse(all_kinds()));
  EXPECT_EQ(digest.hex().size(), 16U);
  EXPECT_EQ(std::stoull(digest.hex(), nullptr, 16), digest.value());
}

TEST(Canonical, ADigestIsTheSameInEveryProcess) {
  Builder base;
  base.add_int("int", 4, 1);
  EXPECT_EQ(canonical_digest(*must_parse(base.finish())).hex(), "43a499ac154f18d6");
}

}  // namespace
}  // namespace btf
