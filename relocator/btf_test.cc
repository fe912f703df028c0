// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Parsing well-formed BTF: both byte orders, both dialects, stacked layers, the layout section.
// What is malformed stands in malformed_test.cc.
#include "relocator/btf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "relocator/canonical.h"
#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::Base;
using testing::ByteVector;
using ::testing::ElementsAre;
using testing::every_kind;
using testing::kBothOrders;
using testing::kForeignOrder;
using testing::known_layout;
using testing::must_parse;
using testing::must_parse_on;
using testing::poke;
using testing::RawLayer;

TEST(Btf, EveryKindIsReadInBothByteOrders) {
  for (const std::endian order : kBothOrders) {
    const BtfPtr btf = must_parse(all_kinds(order));
    EXPECT_EQ(btf->byte_order(), order);
    ASSERT_EQ(btf->end_id(), 20U);
    for (const Kind kind : every_kind())
      EXPECT_EQ(btf->type(static_cast<std::uint32_t>(kind)).kind(), kind) << kind_name(kind);
    const Type record = btf->type(4);
    EXPECT_EQ(btf->name(record), "record");
    EXPECT_EQ(record.size(), 48U);
    ASSERT_EQ(record.vlen(), 4U);
    EXPECT_TRUE(record.kflag());
    EXPECT_EQ(btf->name(record.element(1, 0)), "high");
    EXPECT_EQ(member_bit_size(record.element(1, 2), true), 5U);
    EXPECT_EQ(btf->type(3).fixed(2), 8U);
    EXPECT_EQ(btf->type(14).fixed(0), 1U);
    EXPECT_EQ(btf->type(15).element(0, 2), 48U);
  }
}

TEST(Btf, AnAnswerDoesNotDependOnTheByteOrder) {
  EXPECT_EQ(canonical_digest(*must_parse(all_kinds())).value(),
            canonical_digest(*must_parse(all_kinds(kForeignOrder))).value());
}

TEST(Btf, ParsingNotesHowFarReferencesAndNamesReach) {
  Builder builder;
  builder.add_composite(Kind::struct_, "s", 8, {{"m", 7, 0}});
  const BtfPtr btf = must_parse(builder.finish());
  EXPECT_EQ(btf->reach().id, 7U);
  EXPECT_EQ(btf->name(btf->reach().name), "m");
  EXPECT_TRUE(btf->reach().funcs_have_protos);
  for (const std::endian order : kBothOrders) {
    const BtfPtr all = must_parse(all_kinds(order));
    EXPECT_LT(all->reach().id, all->end_id());
    EXPECT_LT(all->reach().name, all->end_string());
    EXPECT_TRUE(all->reach().kinds_are_known);
    EXPECT_TRUE(all->reach().funcs_have_protos);
  }
}

TEST(Btf, TheProtoOfAFuncMayStandBelowItBehindItOrNowhere) {
  Builder low;
  low.add_func_proto(0);
  low.add_int("int", 4);
  const BtfPtr base = must_parse(low.finish());
  const auto has_proto = [&](std::uint32_t id) {
    Builder high(low, std::endian::native);
    high.add_func("f", id, 0);
    high.add_func_proto(0);
    return must_parse_on(base, high.finish())->reach().funcs_have_protos;
  };
  EXPECT_TRUE(has_proto(1));
  EXPECT_FALSE(has_proto(2));
  EXPECT_FALSE(has_proto(3)) << "the FUNC itself";
  EXPECT_TRUE(has_proto(4));
  EXPECT_FALSE(has_proto(5)) << "no type";
}

TEST(Btf, BothDialectsReadWhatBothCanWriteAlike) {
  const ByteVector bytes = all_kinds();
  const BtfPtr narrow = must_parse(bytes, {.dialect = Dialect::narrow});
  const BtfPtr wide = must_parse(bytes, {.dialect = Dialect::wide});
  EXPECT_EQ(canonical_digest(*narrow).value(), canonical_digest(*wide).value());
}

TEST(Btf, TheIdWordsOfEachKindAreVisited) {
  const BtfPtr btf = must_parse(all_kinds());
  const auto ids_of = [&](Kind kind) {
    std::vector<std::uint32_t> ids;
    const Type type = btf->type(static_cast<std::uint32_t>(kind));
    for_each_id(type, [&](std::size_t word) { ids.push_back(type.word(word)); });
    return ids;
  };
  EXPECT_THAT(ids_of(Kind::int_), ElementsAre());
  EXPECT_THAT(ids_of(Kind::ptr), ElementsAre(18));
  EXPECT_THAT(ids_of(Kind::array), ElementsAre(1, 1));
  EXPECT_THAT(ids_of(Kind::struct_), ElementsAre(1, 1, 5, 3));
  EXPECT_THAT(ids_of(Kind::union_), ElementsAre(2, 16));
  EXPECT_THAT(ids_of(Kind::enum_), ElementsAre());
  EXPECT_THAT(ids_of(Kind::fwd), ElementsAre());
  EXPECT_THAT(ids_of(Kind::typedef_), ElementsAre(4));
  EXPECT_THAT(ids_of(Kind::volatile_), ElementsAre(1));
  EXPECT_THAT(ids_of(Kind::const_), ElementsAre(8));
  EXPECT_THAT(ids_of(Kind::restrict_), ElementsAre(2));
  EXPECT_THAT(ids_of(Kind::func), ElementsAre(13));
  EXPECT_THAT(ids_of(Kind::func_proto), ElementsAre(1, 11, 6, 0));
  EXPECT_THAT(ids_of(Kind::var), ElementsAre(10));
  EXPECT_THAT(ids_of(Kind::datasec), ElementsAre(14));
  EXPECT_THAT(ids_of(Kind::float_), ElementsAre());
  EXPECT_THAT(ids_of(Kind::decl_tag), ElementsAre(4));
  EXPECT_THAT(ids_of(Kind::type_tag), ElementsAre(4));
  EXPECT_THAT(ids_of(Kind::enum64), ElementsAre());
}

TEST(Btf, TheNameWordsOfEachKindAreVisitedTheTypesOwnFirst) {
  const BtfPtr btf = must_parse(all_kinds());
  const auto names_of = [&](Kind kind) {
    std::vector<std::string> names;
    const Type type = btf->type(static_cast<std::uint32_t>(kind));
    for_each_name(type, [&](std::size_t word) { names.emplace_back(btf->name(type.word(word))); });
    return names;
  };
  EXPECT_THAT(names_of(Kind::ptr), ElementsAre(""));
  EXPECT_THAT(names_of(Kind::struct_), ElementsAre("record", "low", "high", "", "list"));
  EXPECT_THAT(names_of(Kind::union_), ElementsAre("either", "pointer", "number"));
  EXPECT_THAT(names_of(Kind::enum_), ElementsAre("color", "red", "green"));
  EXPECT_THAT(names_of(Kind::enum64), ElementsAre("wide", "most"));
  EXPECT_THAT(names_of(Kind::func_proto), ElementsAre("", "self", "mode", ""));
  EXPECT_THAT(names_of(Kind::datasec), ElementsAre(".data"));
  EXPECT_THAT(names_of(Kind::decl_tag), ElementsAre("guarded by lock"));
}

TEST(Btf, AFwdRefersOnlyWhereThePolicyReadsItSo) {
  const RawLayer raw{.types = {1, pack_info({Kind::fwd, false, 0}), 1},
                     .strings = std::string("\0x\0", 3)};
  const auto count_ids = [](const BtfPtr& btf) {
    int count = 0;
    for_each_id(btf->type(1), [&](std::size_t) { ++count; });
    return count;
  };
  EXPECT_EQ(count_ids(must_parse(raw.bytes())), 0);
  EXPECT_EQ(count_ids(must_parse(raw.bytes(), {.fwd_type_refers = true})), 1);
}

TEST(Btf, BorrowedBytesAreNotCopiedAndForeignOnesAre) {
  const ByteVector native = all_kinds();
  EXPECT_EQ(must_parse(native, {.borrow = true})->image().data(), native.data());
  EXPECT_NE(must_parse(native)->image().data(), native.data());
  const ByteVector foreign = all_kinds(kForeignOrder);
  const ByteVector before = all_kinds(kForeignOrder);
  EXPECT_NE(must_parse(foreign, {.borrow = true})->image().data(), foreign.data());
  EXPECT_EQ(foreign, before);
}

TEST(Btf, ParsedBytesAreKeptWhenTheCallersAreGone) {
  BtfPtr btf;
  {
    const ByteVector bytes = all_kinds();
    btf = must_parse(bytes);
  }
  EXPECT_EQ(btf->name(btf->type(1)), "int");
}

TEST(Btf, ABaseLivesAsLongAsALayerOnIt) {
  BtfPtr split;
  {
    const Base base(all_kinds());
    Builder builder = base.split();
    builder.add_reference(Kind::ptr, 4);
    split = base.parse(builder);
  }
  EXPECT_EQ(split->name(split->type(4)), "record");
}

// Three layers: INT "int" (1); STRUCT "middle" (2); PTR (3), TYPEDEF "top" (4).
struct Stack {
  BtfPtr lowest, middle, top;

  explicit Stack(std::endian order) {
    Builder low(order);
    low.add_int("int", 4);
    Builder mid(low, order);
    mid.add_composite(Kind::struct_, "middle", 4, {{"field", 1, 0}});
    Builder high(mid, order);
    high.add_reference(Kind::ptr, 2);
    high.add_reference(Kind::typedef_, 3, "top");
    lowest = must_parse(low.finish());
    middle = must_parse_on(lowest, mid.finish());
    top = must_parse_on(middle, high.finish());
  }
};

TEST(Btf, IdsAndStringsCountThroughThreeLayers) {
  for (const std::endian order : kBothOrders) {
    const Stack stack(order);
    EXPECT_EQ(stack.lowest->layer(), 0U);
    EXPECT_EQ(stack.top->layer(), 2U);
    EXPECT_EQ(stack.middle->start_id(), 2U);
    EXPECT_EQ(stack.top->start_id(), 3U);
    EXPECT_EQ(stack.top->end_id(), 5U);
    EXPECT_EQ(stack.middle->start_string(), stack.lowest->end_string());
    EXPECT_EQ(stack.top->start_string(), stack.middle->end_string());
    EXPECT_EQ(stack.top->name(stack.top->type(1)), "int");
    EXPECT_EQ(stack.top->name(stack.top->type(2)), "middle");
    EXPECT_EQ(stack.top->name(stack.top->type(2).element(0, 0)), "field");
    EXPECT_EQ(stack.top->name(stack.top->type(4)), "top");
  }
}

TEST(Btf, EachIdIsHeldByOneLayer) {
  const Stack stack(std::endian::native);
  EXPECT_EQ(&stack.top->layer_of(1), stack.lowest.get());
  EXPECT_EQ(&stack.top->layer_of(2), stack.middle.get());
  EXPECT_EQ(&stack.top->layer_of(3), stack.top.get());
  EXPECT_EQ(&stack.top->layer_of(0), stack.top.get());
  EXPECT_EQ(&stack.top->layer_of(99), stack.top.get());
}

TEST(Btf, AnIdOutOfRangeIsVoidAndAStringOutOfRangeIsNone) {
  const Stack stack(std::endian::native);
  for (const std::uint32_t id : {0U, 5U, 0x7fffffffU, 0xffffffffU}) {
    EXPECT_EQ(stack.top->type(id).kind(), Kind::void_) << id;
    EXPECT_EQ(stack.top->type(id).id(), 0U) << id;
    EXPECT_EQ(stack.top->type(id).words(), 3U) << id;
  }
  EXPECT_FALSE(stack.top->string(stack.top->end_string()));
  EXPECT_FALSE(stack.top->string(0xffffffff));
  EXPECT_EQ(stack.top->string(stack.top->end_string() - 1), "");
  EXPECT_FALSE(stack.lowest->string(stack.top->start_string()));
}

TEST(Btf, LayersOfDifferentByteOrderStack) {
  Builder low(kForeignOrder);
  low.add_int("int", 4);
  Builder high(low, std::endian::native);
  high.add_reference(Kind::ptr, 1);
  const BtfPtr top = must_parse_on(must_parse(low.finish()), high.finish());
  EXPECT_EQ(top->type(1).size(), 4U);
  EXPECT_EQ(top->type(2).type_id(), 1U);
}

TEST(Btf, ASplitLayerNeedsNeitherTypesNorStrings) {
  const Base base(all_kinds());
  const BtfPtr empty = must_parse_on(base.btf, RawLayer{.strings = ""}.bytes());
  EXPECT_EQ(empty->start_id(), 20U);
  EXPECT_EQ(empty->end_id(), 20U);
  EXPECT_EQ(empty->end_string(), base.btf->end_string());
}

TEST(Btf, TheStringsOfASplitLayerNeedNotBeginWithTheEmptyOne) {
  const Base base(all_kinds());
  const BtfPtr split = must_parse_on(
      base.btf, RawLayer{.types = {base.btf->end_string(), pack_info({Kind::struct_, false, 0}), 0},
                         .strings = std::string("name\0", 5)}
                    .bytes());
  EXPECT_EQ(split->name(split->type(20)), "name");
}

TEST(Btf, AStringMayBeEnteredInTheMiddle) {
  const BtfPtr btf = must_parse(RawLayer{.strings = std::string("\0prefix\0", 8)}.bytes());
  EXPECT_EQ(btf->name(4), "fix");
}

TEST(Btf, RecordOffsetsPointIntoTheImage) {
  const ByteVector bytes = all_kinds(kForeignOrder);
  const BtfPtr btf = must_parse(bytes);
  EXPECT_EQ(btf->record_offset(1), 24U);
  EXPECT_EQ(btf->record_offset(2), 40U);
  EXPECT_EQ(testing::peek(bytes, btf->record_offset(2) + 8, kForeignOrder), 18U);
}

TEST(Btf, AHeaderThatEndsWithinTheLayoutsFieldsHasTheRestOfThemZero) {
  ByteVector bytes = RawLayer{.header_bytes = 29}.bytes();
  EXPECT_TRUE(Btf::parse(bytes));
  bytes[28] = std::byte{4};
  EXPECT_FALSE(Btf::parse(bytes));
  EXPECT_TRUE(Btf::parse(bytes, {.dialect = Dialect::narrow}));
}

TEST(Btf, ALayoutSectionLetsUnknownKindsBeSkipped) {
  for (const std::endian order : kBothOrders) {
    RawLayer raw{.order = order,
                 .header_bytes = kLayoutHeaderBytes,
                 .strings = std::string("\0x\0", 3),
                 .layout = known_layout()};
    raw.layout.resize(101);
    raw.layout[100] = {4, 8};
    raw.types = {1,  100U << 24 | 2,
                 0,  11,
                 21, 22,
                 31, 32,  // one word, then two elements of two
                 1,  pack_info({Kind::float_, false, 0}),
                 8};
    const BtfPtr btf = must_parse(raw.bytes());
    ASSERT_EQ(btf->end_id(), 3U);
    EXPECT_EQ(static_cast<unsigned>(btf->type(1).kind()), 100U);
    EXPECT_EQ(btf->type(1).words(), 8U);
    EXPECT_EQ(btf->type(1).fixed(0), 11U);
    EXPECT_EQ(btf->type(1).element(1, 1), 32U);
    EXPECT_EQ(btf->type(2).kind(), Kind::float_);
    EXPECT_EQ(btf->type(2).size(), 8U);
    EXPECT_EQ(to_wire(*btf, {btf->image().begin(), btf->image().end()}), raw.bytes());
  }
}

TEST(Btf, AKindThatTheLayoutEndsBeforeStaysUnknown) {
  RawLayer raw{
      .header_bytes = kLayoutHeaderBytes, .types = {0, 20U << 24, 0}, .layout = known_layout()};
  const auto parsed = Btf::parse(raw.bytes());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().reason, Reason::kind_without_size);
  raw.layout.emplace_back(0, 0);
  EXPECT_EQ(must_parse(raw.bytes())->end_id(), 2U);
}

TEST(Btf, ALayoutHoldsForALayerOnTopThatHasNone) {
  RawLayer low{
      .header_bytes = kLayoutHeaderBytes, .types = {0, 20U << 24, 0}, .layout = known_layout()};
  low.layout.emplace_back(0, 0);
  const BtfPtr base = must_parse(low.bytes());
  const RawLayer high{.types = {0, 20U << 24, 0}};
  const BtfPtr split = must_parse_on(base, high.bytes());
  EXPECT_EQ(split->end_id(), 3U);
}

TEST(Btf, ALayoutOfALayersOwnHoldsInPlaceOfThatBelow) {
  RawLayer low{
      .header_bytes = kLayoutHeaderBytes, .types = {0, 20U << 24, 0}, .layout = known_layout()};
  low.layout.emplace_back(0, 0);
  const BtfPtr base = must_parse(low.bytes());
  const RawLayer high{
      .header_bytes = kLayoutHeaderBytes, .types = {0, 20U << 24, 0}, .layout = known_layout()};
  const auto split = Btf::parse(high.bytes(), {.base = base});
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().reason, Reason::kind_without_size);
  EXPECT_EQ(split.error().layer, 1U);
  EXPECT_EQ(split.error().type_id, 2U);
}

TEST(Btf, TheNarrowDialectDoesNotReadTheLayout) {
  RawLayer raw{
      .header_bytes = kLayoutHeaderBytes, .types = {0, 20U << 24, 0}, .layout = known_layout()};
  raw.layout.emplace_back(0, 0);
  const auto parsed = Btf::parse(raw.bytes(), {.dialect = Dialect::narrow});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().reason, Reason::kind_without_size);
}

TEST(Btf, AHeaderOfThirtyTwoBytesNeedsNoLayout) {
  for (const std::endian order : kBothOrders) {
    const RawLayer raw{.order = order,
                       .header_bytes = kLayoutHeaderBytes,
                       .types = {0, pack_info({Kind::ptr, false, 0}), 0}};
    EXPECT_EQ(must_parse(raw.bytes())->type(1).kind(), Kind::ptr);
  }
}

TEST(Btf, TheDialectsDifferOnVlenAboveSixteenBits) {
  RawLayer raw{.types = {0, 0x04010001, 8}};
  raw.types.resize(3 + 3 * 0x10001, 0);
  const BtfPtr wide = must_parse(raw.bytes());
  EXPECT_EQ(wide->end_id(), 2U);
  EXPECT_EQ(wide->type(1).vlen(), 0x10001U);
  const auto narrow = Btf::parse(raw.bytes(), {.dialect = Dialect::narrow});
  ASSERT_FALSE(narrow);  // one member, then zeroes, which are no type
  EXPECT_EQ(narrow.error().reason, Reason::kind_without_size);
  EXPECT_EQ(narrow.error().type_id, 2U);
  EXPECT_EQ(narrow.error().offset, 24U + 24);
}

TEST(Btf, TheNarrowDialectIgnoresTheTwoHighestBitsOfTheWideKind) {
  const RawLayer raw{.types = {0, 0x62000000, 0}};
  EXPECT_EQ(must_parse(raw.bytes(), {.dialect = Dialect::narrow})->type(1).kind(), Kind::ptr);
  EXPECT_FALSE(Btf::parse(raw.bytes()));
}

TEST(Btf, TheNarrowDialectReadsAForeignHeaderOfItsOwnLengthOnly) {
  const RawLayer raw{.order = kForeignOrder, .header_bytes = 28};
  const auto narrow = Btf::parse(raw.bytes(), {.dialect = Dialect::narrow});
  ASSERT_FALSE(narrow);
  EXPECT_EQ(narrow.error().code, ENOTSUP);
  EXPECT_EQ(narrow.error().reason, Reason::foreign_header_length);
  EXPECT_EQ(narrow.error().offset, 4U);
  EXPECT_EQ(narrow.error().value, 28U);
  EXPECT_TRUE(Btf::parse(raw.bytes()));
  const RawLayer native{.header_bytes = 28};
  EXPECT_TRUE(Btf::parse(native.bytes(), {.dialect = Dialect::narrow}));
}

TEST(Btf, HeaderFieldsAreReadInHostByteOrder) {
  for (const std::endian order : kBothOrders) {
    ByteVector bytes = all_kinds(order);
    bytes[2] = std::byte{2};
    bytes[3] = std::byte{1};
    const Header header = must_parse(bytes)->header();
    EXPECT_EQ(header.version, 2);
    EXPECT_EQ(header.flags, 1);
    EXPECT_EQ(header.hdr_len, 24U);
    EXPECT_EQ(header.type_off, 0U);
    EXPECT_EQ(header.str_off, header.type_len);
    EXPECT_EQ(header.type_len + header.str_len + 24, bytes.size());
    EXPECT_EQ(header.layout_len, 0U);
  }
}

TEST(Btf, WritingInTheOrderItCameInGivesTheBytesBack) {
  for (const std::endian order : kBothOrders)
    for (const std::uint32_t header_bytes : {24U, 28U, 32U, 36U, 40U}) {
      RawLayer raw{.order = order,
                   .header_bytes = header_bytes,
                   .types = {1, pack_info({Kind::int_, false, 0}), 4, 32},
                   .strings = std::string("\0i\0", 3)};
      ByteVector bytes = raw.bytes();
      if (header_bytes > 32) poke(bytes, 32, 0x01020304);  // what a later version may add
      const BtfPtr btf = must_parse(bytes);
      EXPECT_EQ(to_wire(*btf, {btf->image().begin(), btf->image().end()}), bytes) << header_bytes;
    }
}

TEST(Btf, StringsMayStandBeforeTypesAndGapsBetweenThem) {
  ByteVector bytes = RawLayer{}.bytes();
  bytes.resize(24 + 8 + 12);  // one byte of strings, a gap of seven, one type
  const std::uint32_t fields[] = {24, 8, 12, 0, 1};
  for (std::size_t field = 0; field < std::size(fields); ++field)
    poke(bytes, 4 + 4 * field, fields[field]);
  poke(bytes, 24 + 8 + 4, pack_info({Kind::ptr, false, 0}));
  EXPECT_EQ(must_parse(bytes)->type(1).kind(), Kind::ptr);
}

TEST(Btf, ASectionThatIsEmptyOverlapsNothing) {
  const Base base(all_kinds());
  ByteVector bytes =
      RawLayer{.types = {0, pack_info({Kind::ptr, false, 0}), 0}, .strings = ""}.bytes();
  poke(bytes, 16, 4);  // str_off in the middle of the types, str_len 0
  EXPECT_EQ(must_parse_on(base.btf, bytes)->end_id(), 21U);
}

}  // namespace
}  // namespace btf
