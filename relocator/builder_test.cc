// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Writing: what a Builder finishes reads back as what was added, and strings are kept once.
#include "relocator/builder.h"

#include <gtest/gtest.h>

#include "relocator/canonical.h"
#include "relocator/test_support.h"
#include "relocator/text.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::Base;
using testing::ByteVector;
using testing::every_kind;
using testing::kBothOrders;
using testing::must_parse;
using testing::must_parse_on;

constexpr auto kSameId = [](std::uint32_t id) { return id; };

TEST(StringTable, ABaseHoldsTheEmptyStringFirst) {
  StringTable table;
  EXPECT_EQ(table.find(""), 0U);
  EXPECT_EQ(table.end(), 1U);
  EXPECT_EQ(table.add(""), 0U);
}

TEST(StringTable, EachStringIsKeptOnce) {
  StringTable table;
  const std::uint32_t first = table.add("name");
  EXPECT_EQ(first, 1U);
  EXPECT_EQ(table.add("name"), first);
  EXPECT_EQ(table.end(), 6U);
  EXPECT_FALSE(table.find("nam"));
  EXPECT_FALSE(table.find("ame"));
}

TEST(StringTable, ASplitLayersTableFindsWhatTheLayersBelowHold) {
  StringTable low;
  low.add("low");
  StringTable middle(&low);
  const std::uint32_t own = middle.add("middle");
  StringTable top(&middle);
  EXPECT_EQ(top.add("low"), 1U);
  EXPECT_EQ(top.add("middle"), own);
  EXPECT_EQ(top.add("top"), middle.end());
  EXPECT_EQ(top.characters().size(), 4U);
  EXPECT_FALSE(low.find("top"));
}

TEST(StringTable, TheTableOfAStackHoldsAllItsStringsAndTheFirstOfEquals) {
  const BtfPtr base =
      must_parse(testing::RawLayer{.strings = std::string("\0twice\0twice\0once\0", 18)}.bytes());
  const BtfPtr split =
      must_parse_on(base, testing::RawLayer{.strings = std::string("split\0once\0", 11)}.bytes());
  StringTable table = StringTable::of(*split);
  EXPECT_EQ(table.find("twice"), 1U);
  EXPECT_EQ(table.find("once"), 13U);
  EXPECT_EQ(table.find("split"), 18U);
  EXPECT_EQ(table.end(), split->end_string());
  EXPECT_EQ(table.add("more"), split->end_string());
}

TEST(Builder, WhatIsAddedReadsBackInBothByteOrders) {
  for (const std::endian order : kBothOrders) {
    const BtfPtr btf = must_parse(all_kinds(order));
    EXPECT_EQ(to_text(*btf, btf->type(1)),
              "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED");
    EXPECT_EQ(to_text(*btf, btf->type(5)),
              "[5] UNION 'either' size=8 vlen=2 { 'pointer' type_id=2 bits_offset=0; 'number' "
              "type_id=16 bits_offset=0 }");
    EXPECT_EQ(btf->header().hdr_len, kHeaderBytes);
  }
}

TEST(Builder, AnEmptyBaseIsAHeaderAndOneEmptyString) {
  const Builder empty;
  EXPECT_EQ(empty.start_id(), 1U);
  EXPECT_EQ(empty.end_id(), 1U);
  EXPECT_EQ(empty.finish().size(), kHeaderBytes + 1);
  EXPECT_EQ(must_parse(empty.finish())->end_id(), 1U);
}

TEST(Builder, IdsOfASplitLayerBeginWhereItsBaseEnds) {
  Builder base;
  EXPECT_EQ(base.add_int("int", 4), 1U);
  Builder split(base, std::endian::native);
  EXPECT_EQ(split.start_id(), 2U);
  EXPECT_EQ(split.add_reference(Kind::ptr, 1), 2U);
  EXPECT_EQ(split.end_id(), 3U);
  EXPECT_EQ(split.finish().size(), kHeaderBytes + 12);  // no string of its own
}

TEST(Builder, NamesOfASplitLayerAreTakenFromItsBaseWhereItHasThem) {
  const Base base(all_kinds());
  Builder split = base.split();
  split.add_composite(Kind::struct_, "record", 4, {{"fresh", 1, 0}});
  const BtfPtr parsed = base.parse(split);
  const Type type = parsed->type(20);
  EXPECT_EQ(type.name_offset(), base.btf->type(4).name_offset());
  EXPECT_EQ(type.element(0, 0), base.btf->end_string());
}

TEST(Builder, CopyingEveryTypeKeepsTheCanonicalForm) {
  for (const std::endian from : kBothOrders)
    for (const std::endian to : kBothOrders) {
      const BtfPtr source = must_parse(all_kinds(from));
      Builder copy(to);
      for (std::uint32_t id = 1; id < source->end_id(); ++id)
        EXPECT_EQ(copy.copy(source->type(id), *source, kSameId), id);
      const BtfPtr parsed = must_parse(copy.finish());
      EXPECT_EQ(parsed->byte_order(), to);
      EXPECT_EQ(canonical_digest(*parsed).value(), canonical_digest(*source).value());
      // Copying what was copied changes nothing at all.
      Builder again(to);
      for (std::uint32_t id = 1; id < parsed->end_id(); ++id)
        again.copy(parsed->type(id), *parsed, kSameId);
      EXPECT_EQ(again.finish(), copy.finish());
    }
}

TEST(Builder, CopyingASplitLayerKeepsTheCanonicalForm) {
  const Base base(all_kinds());
  Builder split = base.split();
  split.add_composite(Kind::struct_, "mine", 48, {{"held", 4, 0}});
  split.add_reference(Kind::ptr, 20);
  const BtfPtr source = base.parse(split);
  Builder copy = base.split(testing::kForeignOrder);
  for (std::uint32_t id = source->start_id(); id < source->end_id(); ++id)
    copy.copy(source->type(id), *source, kSameId);
  EXPECT_EQ(canonical_digest(*base.parse(copy)).value(), canonical_digest(*source).value());
}

TEST(Builder, CopyMapsEveryIdWordOfEveryKind) {
  const BtfPtr source = must_parse(all_kinds());
  for (const Kind kind : every_kind()) {
    const Type type = source->type(static_cast<std::uint32_t>(kind));
    Builder copy;
    copy.copy(type, *source, [](std::uint32_t id) { return id + 100; });
    const BtfPtr parsed = must_parse(copy.finish());
    std::vector<std::uint32_t> expected;
    std::vector<std::uint32_t> found;
    for_each_id(type, [&](std::size_t word) {
      expected.push_back(type.word(word) + 100);
      found.push_back(parsed->type(1).word(word));
    });
    EXPECT_EQ(found, expected) << kind_name(kind);
  }
}

TEST(Builder, CopyingAnUnknownKindKeepsItsWords) {
  testing::RawLayer raw{.header_bytes = kLayoutHeaderBytes,
                        .types = {1, 21U << 24 | 1, 7, 8},
                        .strings = std::string("\0x\0", 3),
                        .layout = testing::known_layout()};
  raw.layout.emplace_back(0, 0);
  raw.layout.emplace_back(0, 4);
  const BtfPtr source = must_parse(raw.bytes());
  Builder copy;
  copy.copy(source->type(1), *source, kSameId);
  const ByteVector bytes = copy.finish();
  EXPECT_EQ(testing::peek(bytes, 24), 1U);
  EXPECT_EQ(testing::peek(bytes, 28), 21U << 24 | 1);
  EXPECT_EQ(testing::peek(bytes, 32), 7U);
  EXPECT_EQ(testing::peek(bytes, 36), 8U);
}

TEST(Builder, AnEnum64HoldsBothHalvesOfItsValues) {
  Builder base;
  base.add_enum(Kind::enum64, "e", 8, {{"a", 0x0123456789abcdef}});
  const BtfPtr parsed = must_parse(base.finish());
  EXPECT_EQ(parsed->type(1).element(0, 1), 0x89abcdefU);
  EXPECT_EQ(parsed->type(1).element(0, 2), 0x01234567U);
}

}  // namespace
}  // namespace btf
