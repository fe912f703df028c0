// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Distillation: what of the base is kept, where it goes, in which order, and what is refused.
#include "relocator/distill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "relocator/canonical.h"
#include "relocator/check.h"
#include "relocator/graph.h"
#include "relocator/relocate.h"
#include "relocator/test_support.h"
#include "relocator/text.h"

namespace btf {
namespace {

using testing::agreed_with;
using ::testing::AllOf;
using testing::Base;
using testing::Build;
using testing::ByteVector;
using ::testing::ElementsAre;
using testing::every_kind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kBothOrders;
using testing::kForeignOrder;
using testing::must_open;
using testing::must_parse;
using testing::must_parse_on;
using ::testing::Not;
using testing::RawLayer;
using testing::RelocationInput;

// What came of a distillation, parsed.
struct Result {
  BtfPtr base, split;
};

Result must_distill(const Btf& source, const Policy& policy = agreed_policy()) {
  const auto distilled = distill(source, policy);
  if (!distilled) throw std::runtime_error(sentence(distilled.error()));
  const BtfPtr base = must_parse(distilled->base);
  return {base, must_parse_on(base, distilled->split)};
}

BtfPtr source_of(const Build& base, const Build& split, std::endian order = std::endian::native) {
  return RelocationInput{.distilled = base, .split = split, .order = order}.parse_split();
}

Error refusal(const Btf& source, const Policy& policy = agreed_policy()) {
  const auto distilled = distill(source, policy);
  if (distilled) throw std::runtime_error("distilled, but should not");
  return distilled.error();
}

// A base with something of everything, most of it in use by worked_split().
void worked_base(Builder& base) {
  base.add_int("long", 8, 1);                                                     // 1
  base.add_reference(Kind::ptr, 1);                                               // 2
  base.add_composite(Kind::struct_, "pointed", 16, {{"a", 2, 0}});                // 3
  base.add_composite(Kind::struct_, "", 24, {{"first", 1, 0}, {"then", 3, 64}});  // 4
  base.add_int("never", 2);                                                       // 5
  base.add_composite(Kind::union_, "twin", 8, {{"a", 1, 0}, {"b", 2, 0}});        // 6
  base.add_composite(Kind::union_, "", 8, {{"only", 16, 0}});                     // 7
  base.add_enum(Kind::enum_, "mode", 4, {{"OFF", 0}, {"ON", 1}});                 // 8
  base.add_enum(Kind::enum_, "", 4, {{"ANONYMOUS", 5}});                          // 9
  base.add_enum(Kind::enum64, "large", 8, {{"HUGE", 1ULL << 40}}, true);          // 10
  base.add_enum(Kind::enum64, "", 8, {{"NAMELESS", 1ULL << 41}}, true);           // 11
  base.add_composite(Kind::struct_, "unneeded", 8, {{"x", 1, 0}});                // 12
  base.add_composite(Kind::struct_, "embedded", 8, {{"x", 1, 0}});                // 13
  base.add_func_proto(1, {{"by_value", 17}});                                     // 14
  base.add_array(1, 1, 3);                                                        // 15
  base.add_float("double", 8);                                                    // 16
  base.add_composite(Kind::struct_, "by_value", 8, {{"x", 1, 0}});                // 17
  base.add_composite(Kind::union_, "twin", 4, {});                                // 18
  base.add_fwd("later", true);                                                    // 19
  base.add_reference(Kind::type_tag, 1, "percpu");                                // 20
}

void worked_split(Builder& split) {
  split.add_reference(Kind::ptr, 3);                                   // 21
  split.add_reference(Kind::ptr, 4);                                   // 22
  split.add_reference(Kind::const_, 6);                                // 23
  split.add_reference(Kind::restrict_, 7);                             // 24
  split.add_reference(Kind::volatile_, 8);                             // 25
  split.add_reference(Kind::typedef_, 9, "mode_t");                    // 26
  split.add_reference(Kind::const_, 10);                               // 27
  split.add_reference(Kind::ptr, 11);                                  // 28
  split.add_composite(Kind::struct_, "holder", 8, {{"held", 13, 0}});  // 29
  split.add_func("run", 14, 0);                                        // 30
  split.add_reference(Kind::typedef_, 15, "three");                    // 31
  split.add_func_proto(0, {{"later", 32 + 1}});                        // 32
  split.add_reference(Kind::ptr, 19);                                  // 33
  split.add_reference(Kind::ptr, 20);                                  // 34
}

constexpr std::string_view kWorkedBase =
    "[1] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=SIGNED\n"
    "[2] STRUCT 'pointed' size=16 vlen=0 {}\n"
    "[3] UNION 'twin' size=8 vlen=0 {}\n"
    "[4] ENUM 'mode' encoding=UNSIGNED size=4 vlen=0 {}\n"
    "[5] ENUM 'large' encoding=UNSIGNED size=8 vlen=0 {}\n"
    "[6] STRUCT 'embedded' size=8 vlen=0 {}\n"
    "[7] FLOAT 'double' size=8\n"
    "[8] STRUCT 'by_value' size=8 vlen=0 {}\n"
    "[9] FWD 'later' fwd_kind=union\n";

constexpr std::string_view kWorkedSplit =
    "[10] PTR '(anon)' type_id=2\n"
    "[11] PTR '(anon)' type_id=24\n"
    "[12] CONST '(anon)' type_id=3\n"
    "[13] RESTRICT '(anon)' type_id=25\n"
    "[14] VOLATILE '(anon)' type_id=4\n"
    "[15] TYPEDEF 'mode_t' type_id=26\n"
    "[16] CONST '(anon)' type_id=5\n"
    "[17] PTR '(anon)' type_id=27\n"
    "[18] STRUCT 'holder' size=8 vlen=1 { 'held' type_id=6 bits_offset=0 }\n"
    "[19] FUNC 'run' type_id=28 linkage=static\n"
    "[20] TYPEDEF 'three' type_id=29\n"
    "[21] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1 { 'later' type_id=22 }\n"
    "[22] PTR '(anon)' type_id=9\n"
    "[23] PTR '(anon)' type_id=30\n"
    "[24] STRUCT '(anon)' size=24 vlen=2 { 'first' type_id=1 bits_offset=0; 'then' type_id=2 "
    "bits_offset=64 }\n"
    "[25] UNION '(anon)' size=8 vlen=1 { 'only' type_id=7 bits_offset=0 }\n"
    "[26] ENUM '(anon)' encoding=UNSIGNED size=4 vlen=1 { 'ANONYMOUS' val=5 }\n"
    "[27] ENUM64 '(anon)' encoding=SIGNED size=8 vlen=1 { 'NAMELESS' val=2199023255552 }\n"
    "[28] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1 { 'by_value' type_id=8 }\n"
    "[29] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=3\n"
    "[30] TYPE_TAG 'percpu' type_id=1\n";

TEST(Distill, AWorkedExampleInBothByteOrders) {
  for (const std::endian order : kBothOrders) {
    const Result result = must_distill(*source_of(worked_base, worked_split, order));
    EXPECT_EQ(to_text(*result.base), kWorkedBase);
    EXPECT_EQ(to_text(*result.split), kWorkedSplit);
    EXPECT_EQ(result.base->byte_order(), order);
    EXPECT_EQ(result.split->byte_order(), order);
  }
}

TEST(Distill, TheResultMeetsEveryCheck) {
  const Result result = must_distill(*source_of(worked_base, worked_split));
  EXPECT_THAT(testing::names(unmet_checks(*result.base)), IsEmpty());
  EXPECT_THAT(testing::names(unmet_checks(*result.split)), IsEmpty());
}

TEST(Distill, OnlyStringsInUseAreKept) {
  const Result result = must_distill(*source_of(worked_base, worked_split));
  StringTable strings = StringTable::of(*result.split);
  for (const std::string_view gone : {"unneeded", "never", "OFF", "HUGE", "a", "b", "x"})
    EXPECT_FALSE(strings.find(gone)) << gone;
  // The base holds the names of its types and nothing else; the split repeats none of them.
  const std::string base_strings(reinterpret_cast<const char*>(result.base->image().data()) + 24 +
                                     result.base->header().str_off,
                                 result.base->header().str_len);
  EXPECT_EQ(base_strings, std::string("\0long\0pointed\0twin\0mode\0large\0embedded\0double\0"
                                      "by_value\0later\0",
                                      61));
  const Type proto = result.split->type(28);
  EXPECT_EQ(proto.element(0, 0), result.base->type(8).name_offset());
}

TEST(Distill, ByteOrderIsOfNoConsequence) {
  const Result native = must_distill(*source_of(worked_base, worked_split));
  const Result foreign = must_distill(*source_of(worked_base, worked_split, kForeignOrder));
  EXPECT_EQ(canonical_digest(*native.base).value(), canonical_digest(*foreign.base).value());
  EXPECT_EQ(canonical_digest(*native.split).value(), canonical_digest(*foreign.split).value());
}

TEST(Distill, TheByteOrderIsThatOfTheSplitWhereTheBaseHasAnother) {
  Builder low(kForeignOrder);
  low.add_int("int", 4);
  Builder high(low, std::endian::native);
  high.add_reference(Kind::ptr, 1);
  const Result result = must_distill(*must_parse_on(must_parse(low.finish()), high.finish()));
  EXPECT_EQ(result.base->byte_order(), std::endian::native);
  EXPECT_EQ(result.split->byte_order(), std::endian::native);
}

TEST(Distill, RelocatedOntoItsOwnBaseItIsTheSameGraph) {
  for (const std::endian order : kBothOrders) {
    // The two unions of one name have sizes of their own, so they can be told apart.
    const BtfPtr source = source_of(worked_base, worked_split, order);
    const Result result = must_distill(*source);
    const auto relocated = relocate(*result.split, NameIndex(*source->base()), agreed_policy());
    ASSERT_TRUE(relocated) << sentence(relocated.error().error);
    const BtfPtr back = must_parse_on(source->base(), relocated->bytes);
    GraphComparison graph(*source, *back);
    for (std::uint32_t id = source->start_id(); id < source->end_id(); ++id)
      EXPECT_TRUE(graph.same(id, id)) << to_text(*source, source->type(id));
  }
}

TEST(Distill, EachKindOfTheBaseHasItsPlace) {
  // Of a base with every kind, the split refers to one; what comes of that one is the type after
  // its name: kept or reduced in the base, in full in the split, or refused.
  struct Row {
    Kind kind;
    std::string base, split;
  };
  const std::string refused = "reference-to-base-kind";
  const Row rows[] = {
      {Kind::int_, "INT", "CONST"},
      {Kind::ptr, "STRUCT", "CONST PTR TYPE_TAG"},
      {Kind::array, "INT", "CONST ARRAY"},
      {Kind::struct_, "STRUCT", "CONST"},
      {Kind::union_, "UNION", "CONST"},
      {Kind::enum_, "ENUM", "CONST"},
      {Kind::fwd, "FWD", "CONST"},
      {Kind::typedef_, "STRUCT", "CONST TYPEDEF"},
      {Kind::volatile_, "INT", "CONST VOLATILE"},
      {Kind::const_, "STRUCT", "CONST TYPEDEF CONST"},
      {Kind::restrict_, "STRUCT", "CONST PTR RESTRICT TYPE_TAG"},
      {Kind::func, refused, ""},
      {Kind::func_proto, "INT STRUCT ENUM", "CONST PTR RESTRICT FUNC_PROTO TYPE_TAG"},
      {Kind::var, refused, ""},
      {Kind::datasec, refused, ""},
      {Kind::float_, "FLOAT", "CONST"},
      {Kind::decl_tag, refused, ""},
      {Kind::type_tag, "STRUCT", "CONST TYPE_TAG"},
      {Kind::enum64, "ENUM", "CONST"},
  };
  ASSERT_EQ(std::size(rows), every_kind().size());
  const auto kinds_of = [](const Btf& layer) {
    std::string kinds;
    for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
      kinds += (kinds.empty() ? "" : " ") + std::string(kind_name(layer.type(id).kind()));
    return kinds;
  };
  const Base base(testing::all_kinds());
  for (const Row& row : rows) {
    Builder split = base.split();
    split.add_reference(Kind::const_, static_cast<std::uint32_t>(row.kind));
    const BtfPtr source = base.parse(split);
    const auto distilled = distill(*source, agreed_policy());
    if (!distilled) {
      EXPECT_EQ(reason_name(distilled.error()), row.base) << kind_name(row.kind);
      continue;
    }
    const BtfPtr new_base = must_parse(distilled->base);
    EXPECT_EQ(kinds_of(*new_base), row.base) << kind_name(row.kind);
    EXPECT_EQ(kinds_of(*must_parse_on(new_base, distilled->split)), row.split)
        << kind_name(row.kind);
  }
}

TEST(Distill, EveryIdWordOfEveryKindOfTheSplitIsFollowed) {
  // The base is a row of INTs; a split type of each kind refers to some of them.
  struct Row {
    Build split;
    std::size_t used;
  };
  const Row rows[] = {
      {[](Builder& s) { s.add_reference(Kind::ptr, 3); }, 1},
      {[](Builder& s) { s.add_array(3, 5, 1); }, 2},
      {[](Builder& s) { s.add_composite(Kind::struct_, "s", 8, {{"a", 3, 0}, {"b", 7, 32}}); }, 2},
      {[](Builder& s) { s.add_composite(Kind::union_, "u", 4, {{"a", 3, 0}}); }, 1},
      {[](Builder& s) { s.add_reference(Kind::typedef_, 3, "t"); }, 1},
      {[](Builder& s) { s.add_reference(Kind::type_tag, 3, "t"); }, 1},
      {[](Builder& s) { s.add_func_proto(3, {{"a", 4}, {"b", 8}}); }, 3},
      {[](Builder& s) { s.add_var("v", 6, 1); }, 1},
      {[](Builder& s) {
         s.add_var("v", 6, 1);
         const std::uint32_t entry[] = {9, 0, 4};
         s.add({Kind::datasec, false, 1}, ".data", 4, entry);
       },
       1},
      {[](Builder& s) {
         s.add_func("f", 10, 1);
         s.add_func_proto(2);
         s.add_decl_tag("tag", 9);
       },
       1},
      {[](Builder& s) { s.add_enum(Kind::enum_, "e", 4, {{"A", 3}}); }, 0},
      {[](Builder& s) { s.add_fwd("f", false); }, 0},
      {[](Builder& s) { s.add_int("own", 4); }, 0},
  };
  const Build ints = [](Builder& base) {
    for (unsigned number = 1; number <= 8; ++number) base.add_int("i" + std::to_string(number), 4);
  };
  for (const Row& row : rows) {
    const BtfPtr source = source_of(ints, row.split);
    const Result result = must_distill(*source);
    EXPECT_EQ(result.base->end_id() - 1, row.used) << to_text(*source);
    EXPECT_EQ(reached_base_types(*source, agreed_policy()).size(), row.used) << to_text(*source);
  }
}

TEST(Distill, MarkingStopsAtNamedStructsAndGoesThroughAnonymousOnes) {
  const Build base = [](Builder& b) {
    b.add_int("behind", 4);
    b.add_composite(Kind::struct_, "named", 4, {{"x", 1, 0}});
    b.add_float("through", 8);
    b.add_composite(Kind::union_, "", 8, {{"x", 3, 0}});
    b.add_composite(Kind::struct_, "", 16, {{"x", 2, 0}, {"y", 4, 64}});
  };
  const Build split = [](Builder& s) { s.add_reference(Kind::ptr, 5); };
  const BtfPtr source = source_of(base, split);
  EXPECT_THAT(reached_base_types(*source, agreed_policy()), ElementsAre(2, 3, 4, 5));
  const Result result = must_distill(*source);
  EXPECT_EQ(to_text(*result.base),
            "[1] STRUCT 'named' size=4 vlen=0 {}\n"
            "[2] FLOAT 'through' size=8\n");
}

TEST(Distill, TypesAreInOrderOfTheirOldIdsNotOfTheirUse) {
  const Build base = [](Builder& b) {
    b.add_int("a", 4);
    b.add_reference(Kind::ptr, 3);
    b.add_int("b", 4);
    b.add_reference(Kind::ptr, 1);
  };
  const Build split = [](Builder& s) {
    s.add_reference(Kind::const_, 4);
    s.add_reference(Kind::const_, 2);
  };
  const Result result = must_distill(*source_of(base, split));
  EXPECT_EQ(to_text(*result.base),
            "[1] INT 'a' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
            "[2] INT 'b' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n");
  EXPECT_EQ(to_text(*result.split),
            "[3] CONST '(anon)' type_id=6\n"
            "[4] CONST '(anon)' type_id=5\n"
            "[5] PTR '(anon)' type_id=2\n"
            "[6] PTR '(anon)' type_id=1\n");
}

TEST(Distill, ATypeUsedManyTimesIsKeptOnce) {
  const Result result = must_distill(*source_of([](Builder& b) { b.add_int("i", 4); },
                                                [](Builder& s) {
                                                  s.add_reference(Kind::ptr, 1);
                                                  s.add_reference(Kind::const_, 1);
                                                  s.add_array(1, 1, 2);
                                                }));
  EXPECT_EQ(result.base->end_id(), 2U);
}

TEST(Distill, TypesOfOneNameAreAllKept) {
  const Result result = must_distill(*source_of(
      [](Builder& b) {
        b.add_int("int", 4);
        b.add_int("int", 8);
      },
      [](Builder& s) {
        s.add_reference(Kind::ptr, 1);
        s.add_reference(Kind::const_, 2);
      }));
  EXPECT_EQ(to_text(*result.base),
            "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
            "[2] INT 'int' size=8 bits_offset=0 nr_bits=64 encoding=(none)\n");
}

TEST(Distill, LoopsThroughTheBaseEnd) {
  const Result result = must_distill(*source_of(
      [](Builder& b) {
        b.add_composite(Kind::struct_, "", 8, {{"self", 2, 0}});
        b.add_reference(Kind::ptr, 1);
      },
      [](Builder& s) { s.add_reference(Kind::ptr, 1); }));
  EXPECT_EQ(result.base->end_id(), 1U);
  EXPECT_EQ(to_text(*result.split),
            "[1] PTR '(anon)' type_id=2\n"
            "[2] STRUCT '(anon)' size=8 vlen=1 { 'self' type_id=3 bits_offset=0 }\n"
            "[3] PTR '(anon)' type_id=2\n");
}

TEST(Distill, AllLowerLayersCountAsTheBase) {
  for (const std::endian order : kBothOrders) {
    Builder low(order);
    low.add_int("int", 4);
    Builder middle(low, order);
    middle.add_composite(Kind::struct_, "middle", 4, {{"x", 1, 0}});
    middle.add_reference(Kind::ptr, 1);
    Builder top(middle, order);
    top.add_reference(Kind::ptr, 2);
    top.add_reference(Kind::const_, 3);
    const BtfPtr source =
        must_parse_on(must_parse_on(must_parse(low.finish()), middle.finish()), top.finish());
    const Result result = must_distill(*source);
    EXPECT_EQ(to_text(*result.base),
              "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
              "[2] STRUCT 'middle' size=4 vlen=0 {}\n");
    EXPECT_EQ(to_text(*result.split),
              "[3] PTR '(anon)' type_id=2\n"
              "[4] CONST '(anon)' type_id=5\n"
              "[5] PTR '(anon)' type_id=1\n");
    EXPECT_EQ(result.split->layer(), 1U);
  }
}

TEST(Distill, ASplitThatUsesNothingHasAnEmptyBase) {
  const Result result = must_distill(*source_of([](Builder& b) { b.add_int("int", 4); },
                                                [](Builder& s) { s.add_reference(Kind::ptr, 0); }));
  EXPECT_EQ(result.base->end_id(), 1U);
  EXPECT_EQ(to_text(*result.split), "[1] PTR '(anon)' type_id=0\n");
}

TEST(Distill, TheSourceStaysAsItWas) {
  const BtfPtr source = source_of(worked_base, worked_split);
  const ByteVector before(source->image().begin(), source->image().end());
  must_distill(*source);
  EXPECT_EQ(ByteVector(source->image().begin(), source->image().end()), before);
}

TEST(Distill, ALongerHeaderAndALayoutAreNotCarriedOver) {
  const BtfPtr base = must_parse(RawLayer{.header_bytes = 40,
                                          .types = {1, pack_info({Kind::float_, false, 0}), 8},
                                          .strings = std::string("\0f\0", 3),
                                          .layout = testing::known_layout()}
                                     .bytes());
  const BtfPtr source =
      must_parse_on(base, RawLayer{.header_bytes = 40,
                                   .types = {0, pack_info({Kind::ptr, false, 0}), 1},
                                   .strings = "",
                                   .layout = testing::known_layout()}
                              .bytes());
  const auto distilled = distill(*source, agreed_policy());
  ASSERT_TRUE(distilled);
  EXPECT_EQ(must_open(distilled->base)->header().hdr_len, kHeaderBytes);
  EXPECT_EQ(must_parse(distilled->base)->header().layout_len, 0U);
}

TEST(Distill, ABaseCannotBeDistilled) {
  const BtfPtr base = must_parse(testing::all_kinds());
  EXPECT_EQ(refusal(*base).reason, Reason::not_split);
  EXPECT_EQ(refusal(*base).code, EINVAL);
  EXPECT_THAT(reached_base_types(*base, agreed_policy()), IsEmpty());
}

TEST(Distill, AReferenceToABaseFuncTellsWhoRefers) {
  const Base base(testing::all_kinds());
  Builder split = base.split();
  split.add_reference(Kind::ptr, 1);
  split.add_decl_tag("tag", 12);
  const Error error = refusal(*base.parse(split));
  EXPECT_EQ(error.reason, Reason::reference_to_base_kind);
  EXPECT_EQ(error.code, EINVAL);
  EXPECT_EQ(error.layer, 1U);
  EXPECT_EQ(error.type_id, 21U);
  EXPECT_EQ(error.offset, 24U + 12 + 8);
  EXPECT_EQ(error.value, 12U);
}

TEST(Distill, AReferenceToABaseVarFromWithinTheBaseIsToldInTheBasesLayer) {
  const Build base = [](Builder& b) {
    b.add_int("int", 4);
    b.add_reference(Kind::ptr, 3);
    b.add_var("v", 1, 1);
  };
  const Error error =
      refusal(*source_of(base, [](Builder& s) { s.add_reference(Kind::const_, 2); }));
  EXPECT_EQ(error.reason, Reason::reference_to_base_kind);
  EXPECT_EQ(error.layer, 0U);
  EXPECT_EQ(error.type_id, 2U);
  EXPECT_EQ(error.offset, 24U + 16 + 8);
  EXPECT_EQ(error.value, 3U);
}

TEST(Distill, TheSplitsOwnFunctionsAreNoOffence) {
  const Result result = must_distill(*source_of([](Builder& b) { b.add_func_proto(0); },
                                                [](Builder& s) {
                                                  s.add_func("f", 1, 1);
                                                  s.add_decl_tag("tag", 2);
                                                }));
  EXPECT_EQ(to_text(*result.split),
            "[1] FUNC 'f' type_id=3 linkage=global\n"
            "[2] DECL_TAG 'tag' type_id=1 component_idx=-1\n"
            "[3] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0 {}\n");
}

TEST(Distill, WhatADistilledBaseMayNotHoldIsRefused) {
  struct Row {
    Build base;
    Reason reason;
    std::uint32_t word;  ///< of the record at fault
  };
  const Row rows[] = {
      {[](Builder& b) { b.add_int("", 4); }, Reason::unplaceable_in_distilled_base, 0},
      {[](Builder& b) { b.add_float("", 4); }, Reason::unplaceable_in_distilled_base, 0},
      {[](Builder& b) { b.add_fwd("", true); }, Reason::unplaceable_in_distilled_base, 0},
      {[](Builder& b) { b.add_enum(Kind::enum_, "e", 3); }, Reason::enum_size_unplaceable, 2},
      {[](Builder& b) { b.add_enum(Kind::enum64, "e", 16); }, Reason::enum_size_unplaceable, 2},
  };
  for (const Row& row : rows) {
    const Error error =
        refusal(*source_of(row.base, [](Builder& s) { s.add_reference(Kind::ptr, 1); }));
    EXPECT_EQ(error.reason, row.reason);
    EXPECT_EQ(error.layer, 0U);
    EXPECT_EQ(error.type_id, 1U);
    EXPECT_EQ(error.offset, 24U + row.word * 4);
  }
}

TEST(Distill, AnonymousEnumsMayHaveAnySizeAsTheyAreKeptInFull) {
  const Result result =
      must_distill(*source_of([](Builder& b) { b.add_enum(Kind::enum_, "", 3, {{"A", 1}}); },
                              [](Builder& s) { s.add_reference(Kind::ptr, 1); }));
  EXPECT_EQ(result.base->end_id(), 1U);
}

// --- The earlier designs

// Held by pointer 1, embedded 2 (through typedef, array and const), by value in a prototype 3.
void designs_base(Builder& base) {
  base.add_composite(Kind::struct_, "pointed", 8);
  base.add_composite(Kind::struct_, "embedded", 8);
  base.add_composite(Kind::union_, "passed", 8);
  base.add_reference(Kind::typedef_, 2, "embedded_t");
  base.add_int("int", 4);
}
void designs_split(Builder& split) {
  split.add_reference(Kind::ptr, 1);     // 6
  split.add_array(4, 5, 2);              // 7
  split.add_reference(Kind::const_, 7);  // 8
  split.add_composite(Kind::struct_, "holder", 24, {{"p", 6, 0}, {"e", 8, 64}});
  split.add_func_proto(0, {{"a", 3}});
}

TEST(Distill, TheEarlierDesignsKeepTheSizeOnlyOfWhatIsEmbedded) {
  for (const std::string_view policy : {"v2", "v3"})
    EXPECT_EQ(
        to_text(*must_distill(*source_of(designs_base, designs_split), *find_policy(policy)).base),
        "[1] FWD 'pointed' fwd_kind=struct\n"
        "[2] STRUCT 'embedded' size=8 vlen=0 {}\n"
        "[3] FWD 'passed' fwd_kind=union\n"
        "[4] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n");
}

TEST(Distill, WhatAnAnonymousStructOfTheBaseHoldsIsEmbeddedToo) {
  const Build base = [](Builder& b) {
    b.add_composite(Kind::struct_, "inner", 8);
    b.add_composite(Kind::struct_, "", 8, {{"x", 1, 0}});
  };
  const Build split = [](Builder& s) { s.add_reference(Kind::ptr, 2); };
  EXPECT_EQ(to_text(*must_distill(*source_of(base, split), *find_policy("v2")).base),
            "[1] STRUCT 'inner' size=8 vlen=0 {}\n");
}

TEST(Distill, TheThirdDesignKeepsTheSizeOfNamesThatTheOldBaseHasTwice) {
  const Build base = [](Builder& b) {
    b.add_composite(Kind::struct_, "twice", 8);
    b.add_composite(Kind::struct_, "twice", 16);
    b.add_composite(Kind::struct_, "once", 8);
    b.add_composite(Kind::union_, "once", 8);
  };
  const Build split = [](Builder& s) {
    s.add_reference(Kind::ptr, 1);
    s.add_reference(Kind::ptr, 3);
  };
  const BtfPtr source = source_of(base, split);
  EXPECT_EQ(to_text(*must_distill(*source, *find_policy("v3")).base),
            "[1] STRUCT 'twice' size=8 vlen=0 {}\n"
            "[2] FWD 'once' fwd_kind=struct\n");
  EXPECT_EQ(to_text(*must_distill(*source, *find_policy("v2")).base),
            "[1] FWD 'twice' fwd_kind=struct\n"
            "[2] FWD 'once' fwd_kind=struct\n");
}

TEST(Distill, WithoutTheRuleAnUnplaceableTypeIsCopiedAndRelocationRefusesIt) {
  const Policy policy = agreed_with(Rule::distill_refuses_unplaceable, false);
  const BtfPtr source = source_of([](Builder& b) { b.add_int("", 4); },
                                  [](Builder& s) { s.add_reference(Kind::ptr, 1); });
  const Result result = must_distill(*source, policy);
  const auto relocated = relocate(*result.split, NameIndex(*source->base()), policy);
  ASSERT_FALSE(relocated);
  EXPECT_EQ(relocated.error().error.reason, Reason::distilled_anonymous);
}

TEST(Distill, AFwdWhoseThirdWordRefersIsFollowed) {
  const Policy policy = agreed_with(Rule::fwd_type_refers, true);
  const Build base = [](Builder& b) {
    b.add_int("int", 4);
    b.add({Kind::fwd, false, 0}, "f", 1);
  };
  const Build split = [](Builder& s) { s.add_reference(Kind::ptr, 2); };
  const RelocationInput input{.distilled = base, .split = split};
  EXPECT_EQ(must_distill(*input.parse_split(policy), policy).base->end_id(), 3U);
  EXPECT_EQ(must_distill(*input.parse_split()).base->end_id(), 2U);
}

// --- Size

TEST(Distill, ADeepChainInTheBaseIsFollowedWithoutRecursion) {
  const Build base = [](Builder& b) {
    b.add_int("leaf", 4);
    for (std::uint32_t id = 1; id < 100'000; ++id) b.add_reference(Kind::ptr, id);
  };
  const BtfPtr source = source_of(base, [](Builder& s) { s.add_reference(Kind::ptr, 100'000); });
  EXPECT_EQ(must_distill(*source).split->end_id(), 2U + 100'000);
}

}  // namespace
}  // namespace btf
