// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The words of the format: packed info in both dialects, and the shape of every kind.
#include "relocator/format.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::every_kind;

TEST(Format, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> seen;
  for (unsigned kind = 0; kind < kKindCount; ++kind)
    EXPECT_TRUE(seen.insert(kind_name(static_cast<Kind>(kind))).second) << kind;
  EXPECT_EQ(kind_name(Kind::struct_), "STRUCT");
  EXPECT_EQ(kind_name(Kind::enum64), "ENUM64");
}

TEST(Format, KindsBeyondTheLastAreCalledUnknown) {
  for (unsigned kind = kKindCount; kind < 256; ++kind)
    EXPECT_EQ(kind_name(static_cast<Kind>(kind)), "UNKNOWN") << kind;
}

TEST(Format, TheNarrowInfoWordHasSixteenBitsOfVlenAndFiveOfKind) {
  const Info info = unpack_info(0xffffffff, Dialect::narrow);
  EXPECT_EQ(static_cast<unsigned>(info.kind), 31U);
  EXPECT_EQ(info.vlen, 0xffffU);
  EXPECT_TRUE(info.kflag);
}

TEST(Format, TheWideInfoWordHasTwentyFourBitsOfVlenAndSevenOfKind) {
  const Info info = unpack_info(0xffffffff, Dialect::wide);
  EXPECT_EQ(static_cast<unsigned>(info.kind), 127U);
  EXPECT_EQ(info.vlen, 0xffffffU);
  EXPECT_TRUE(info.kflag);
}

TEST(Format, PackingIsTheInverseOfUnpackingInBothDialects) {
  for (const Kind kind : every_kind())
    for (const bool kflag : {false, true})
      for (const std::uint32_t vlen : {0U, 1U, 0x8000U, 0xffffU})
        for (const Dialect dialect : {Dialect::narrow, Dialect::wide}) {
          const Info info = unpack_info(pack_info({kind, kflag, vlen}), dialect);
          EXPECT_EQ(info.kind, kind);
          EXPECT_EQ(info.kflag, kflag);
          EXPECT_EQ(info.vlen, vlen);
        }
}

TEST(Format, EachKindHasTheWordsThatTheDocumentationGivesIt) {
  struct Row {
    Kind kind;
    unsigned fixed, element;
    ThirdWord third;
  };
  const Row rows[] = {
      {Kind::int_, 1, 0, ThirdWord::size},       {Kind::ptr, 0, 0, ThirdWord::type},
      {Kind::array, 3, 0, ThirdWord::unused},    {Kind::struct_, 0, 3, ThirdWord::size},
      {Kind::union_, 0, 3, ThirdWord::size},     {Kind::enum_, 0, 2, ThirdWord::size},
      {Kind::fwd, 0, 0, ThirdWord::unused},      {Kind::typedef_, 0, 0, ThirdWord::type},
      {Kind::volatile_, 0, 0, ThirdWord::type},  {Kind::const_, 0, 0, ThirdWord::type},
      {Kind::restrict_, 0, 0, ThirdWord::type},  {Kind::func, 0, 0, ThirdWord::type},
      {Kind::func_proto, 0, 2, ThirdWord::type}, {Kind::var, 1, 0, ThirdWord::type},
      {Kind::datasec, 0, 3, ThirdWord::size},    {Kind::float_, 0, 0, ThirdWord::size},
      {Kind::decl_tag, 1, 0, ThirdWord::type},   {Kind::type_tag, 0, 0, ThirdWord::type},
      {Kind::enum64, 0, 3, ThirdWord::size},
  };
  ASSERT_EQ(std::size(rows), every_kind().size());
  for (const Row& row : rows) {
    const Shape shape = shape_of(row.kind);
    EXPECT_TRUE(shape.known) << kind_name(row.kind);
    EXPECT_EQ(shape.third, row.third) << kind_name(row.kind);
    EXPECT_EQ(shape.words(5), 3 + row.fixed + 5 * row.element) << kind_name(row.kind);
  }
}

TEST(Format, TheLargestVlenDoesNotOverflowTheCountOfWords) {
  EXPECT_EQ(shape_of(Kind::struct_).words(0xffffff), 3U + 3U * 0xffffffU);
}

TEST(Format, VoidAndTheKindsBeyondTheLastAreNotKnown) {
  EXPECT_FALSE(shape_of(Kind::void_).known);
  for (unsigned kind = kKindCount; kind < kMaxKinds; ++kind)
    EXPECT_FALSE(shape_of(static_cast<Kind>(kind)).known) << kind;
}

TEST(Format, TheMasksOfAShapeNameWordsThatItHas) {
  for (const Kind kind : every_kind()) {
    const Shape shape = shape_of(kind);
    EXPECT_EQ(shape.fixed_ids >> shape.fixed, 0) << kind_name(kind);
    EXPECT_EQ(shape.element_ids >> shape.element, 0) << kind_name(kind);
    EXPECT_EQ(shape.element_names >> shape.element, 0) << kind_name(kind);
    EXPECT_EQ(shape.element_ids & shape.element_names, 0) << kind_name(kind);
  }
}

TEST(Format, TheTableOfShapesIsTheSwitch) {
  for (const Kind kind : every_kind()) {
    const Shape& row = kShapes[static_cast<std::size_t>(kind)];
    const Shape shape = shape_of(kind);
    EXPECT_EQ(row.words(3), shape.words(3)) << kind_name(kind);
    EXPECT_EQ(row.known, shape.known) << kind_name(kind);
    EXPECT_EQ(row.third, shape.third) << kind_name(kind);
  }
}

TEST(Format, AnIntsWordHoldsEncodingOffsetAndBits) {
  const std::uint32_t word = 0x02110021;
  EXPECT_EQ(int_encoding(word), 2U);
  EXPECT_EQ(int_bit_offset(word), 0x11U);
  EXPECT_EQ(int_bits(word), 0x21U);
  EXPECT_EQ(word & kIntReserved, 0U);
  EXPECT_EQ(0xf200ff00 & kIntReserved, 0xf0000000U);
}

TEST(Format, AMembersOffsetHoldsTheBitFieldsSizeOnlyWithKflag) {
  EXPECT_EQ(member_bit_offset(0x05000003, true), 3U);
  EXPECT_EQ(member_bit_size(0x05000003, true), 5U);
  EXPECT_EQ(member_bit_offset(0x05000003, false), 0x05000003U);
  EXPECT_EQ(member_bit_size(0x05000003, false), 0U);
}

TEST(Format, OnlyModifiersLetAValueThrough) {
  const std::set<Kind> modifiers = {Kind::const_, Kind::volatile_, Kind::restrict_, Kind::typedef_,
                                    Kind::type_tag};
  for (const Kind kind : every_kind())
    EXPECT_EQ(is_modifier(kind), modifiers.contains(kind)) << kind_name(kind);
}

TEST(Format, SwappingBytesTwiceGivesTheValueBack) {
  EXPECT_EQ(swap_bytes(std::uint16_t{0xeb9f}), 0x9feb);
  EXPECT_EQ(swap_bytes(std::uint32_t{0x01020304}), 0x04030201U);
  EXPECT_EQ(swap_bytes(swap_bytes(std::uint32_t{0xdeadbeef})), 0xdeadbeefU);
}

}  // namespace
}  // namespace btf
