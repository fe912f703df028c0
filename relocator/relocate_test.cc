// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Relocation: which type of the target a distilled type means, what is rewritten, and what is said
// where nothing or too much fits.
#include "relocator/relocate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "relocator/canonical.h"
#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/graph.h"
#include "relocator/test_support.h"
#include "relocator/text.h"

namespace btf {
namespace {

using testing::Build;
using testing::ByteVector;
using ::testing::ElementsAre;
using testing::every_kind;
using testing::in_words;
using ::testing::IsEmpty;
using testing::kBothOrders;
using testing::must_parse;
using testing::must_parse_on;
using testing::outcome_of;
using testing::RawLayer;
using testing::RelocationInput;

struct Outcome {
  BtfPtr target, split;
  std::expected<Relocated, RelocationFailure> result;
  /// The relocated split on the target.
  [[nodiscard]] BtfPtr relocated() const { return must_parse_on(target, result.value().bytes); }
};

Outcome run(const RelocationInput& input, const Policy& policy = agreed_policy()) {
  const BtfPtr split = input.parse_split(policy);
  const BtfPtr target = input.parse_target(policy);
  return {target, split, relocate(*split, NameIndex(*target), policy)};
}

// Adds one type that may stand in a distilled base.
Build one(Kind kind, std::string_view name, std::uint32_t bytes) {
  return [=](Builder& builder) {
    if (kind == Kind::int_)
      builder.add_int(name, bytes);
    else if (kind == Kind::float_)
      builder.add_float(name, bytes);
    else if (is_enumeration(kind))
      builder.add_enum(kind, name, bytes);
    else
      builder.add_composite(kind, name, bytes);
  };
}

Build fwd(std::string_view name, bool is_union) {
  return [=](Builder& builder) { builder.add_fwd(name, is_union); };
}

Build both(Build first, Build second) {
  return [=](Builder& builder) {
    first(builder);
    second(builder);
  };
}

void pointer_to_first(Builder& split) {
  split.add_reference(Kind::ptr, 1);
}

// The split's struct that holds the first distilled type by value.
void holder_of_first(Builder& split) {
  split.add_composite(Kind::struct_, "holder", 64, {{"held", 1, 0}});
}

// --- A worked example

const RelocationInput kWorked = {
    .distilled =
        [](Builder& base) {
          base.add_int("int", 4, 1);                      // 1
          base.add_composite(Kind::struct_, "task", 64);  // 2, held by pointer
          base.add_composite(Kind::struct_, "lock", 4);   // 3, embedded
          base.add_enum(Kind::enum_, "state", 8);         // 4
          base.add_fwd("opaque", true);                   // 5
          base.add_float("double", 8);                    // 6
          base.add_composite(Kind::union_, "both", 8);    // 7
        },
    .split =
        [](Builder& split) {
          split.add_reference(Kind::ptr, 2);  // 8
          split.add_composite(Kind::struct_, "mine", 16, {{"task", 8, 0}, {"lock", 3, 64}});
          split.add_func_proto(1, {{"state", 4}, {"value", 6}});  // 10
          split.add_reference(Kind::ptr, 5);                      // 11
          split.add_reference(Kind::const_, 7);                   // 12
        },
    .target =
        [](Builder& target) {
          target.add_composite(Kind::struct_, "unrelated", 4);          // 1
          target.add_composite(Kind::union_, "opaque", 32);             // 2
          target.add_composite(Kind::struct_, "lock", 4);               // 3
          target.add_composite(Kind::struct_, "both", 100);             // 4, another kind
          target.add_composite(Kind::union_, "both", 8);                // 5
          target.add_enum(Kind::enum64, "state", 8, {{"RUNNING", 1}});  // 6
          target.add_float("double", 8);                                // 7
          target.add_int("int", 4, 1);                                  // 8
          target.add_composite(Kind::struct_, "task", 128);             // 9, of another size
          target.add_reference(Kind::typedef_, 8, "lock");              // 10, never counts
        }};

TEST(Relocate, AWorkedExampleInAllByteOrders) {
  for (const std::endian order : kBothOrders)
    for (const std::endian target_order : kBothOrders) {
      RelocationInput input = kWorked;
      input.order = order;
      input.target_order = target_order;
      const Outcome outcome = run(input);
      ASSERT_TRUE(outcome.result) << sentence(outcome.result.error().error);
      EXPECT_THAT(outcome.result->id_map, ElementsAre(0, 8, 9, 3, 6, 2, 7, 5, 11, 12, 13, 14, 15));
      EXPECT_EQ(outcome.relocated()->byte_order(), order);
      EXPECT_EQ(to_text(*outcome.relocated()),
                "[11] PTR '(anon)' type_id=9\n"
                "[12] STRUCT 'mine' size=16 vlen=2 { 'task' type_id=11 bits_offset=0; 'lock' "
                "type_id=3 bits_offset=64 }\n"
                "[13] FUNC_PROTO '(anon)' ret_type_id=8 vlen=2 { 'state' type_id=6; 'value' "
                "type_id=7 }\n"
                "[14] PTR '(anon)' type_id=2\n"
                "[15] CONST '(anon)' type_id=5\n");
    }
}

TEST(Relocate, HeaderStringsAndLengthStayAsTheyWere) {
  for (const std::endian order : kBothOrders) {
    RelocationInput input = kWorked;
    input.order = order;
    const Outcome outcome = run(input);
    const ByteVector before =
        to_wire(*outcome.split, {outcome.split->image().begin(), outcome.split->image().end()});
    const ByteVector& after = outcome.result->bytes;
    ASSERT_EQ(after.size(), before.size());
    const auto strings = static_cast<std::ptrdiff_t>(24 + outcome.split->header().str_off);
    EXPECT_TRUE(std::equal(before.begin(), before.begin() + 24, after.begin()));
    EXPECT_TRUE(std::equal(before.begin() + strings, before.end(), after.begin() + strings));
  }
}

TEST(Relocate, AnAnswerDoesNotDependOnTheOrderOfTheTargetsTypes) {
  RelocationInput reversed = kWorked;
  reversed.target = [](Builder& target) {
    const BtfPtr original = kWorked.parse_target();
    for (std::uint32_t id = original->end_id() - 1; id >= 1; --id)
      target.copy(original->type(id), *original,
                  [&](std::uint32_t old) { return original->end_id() - old; });
  };
  const Outcome a = run(kWorked);
  const Outcome b = run(reversed);
  ASSERT_TRUE(b.result);
  const BtfPtr from_a = a.relocated();
  const BtfPtr from_b = b.relocated();
  GraphComparison graph(*from_a, *from_b);
  for (std::uint32_t id = from_a->start_id(); id < from_a->end_id(); ++id)
    EXPECT_TRUE(graph.same(id, id)) << id;
}

// --- What matches what

TEST(Relocate, EachDistilledKindMatchesItsOwnSortByNameAndSize) {
  // The target's type has the same name. Held by pointer, a struct's or union's size is of no
  // matter.
  const std::vector<std::pair<std::string, Build>> targets = {
      {"INT", one(Kind::int_, "x", 4)},
      {"INT of 8", one(Kind::int_, "x", 8)},
      {"FLOAT", one(Kind::float_, "x", 4)},
      {"FLOAT of 8", one(Kind::float_, "x", 8)},
      {"ENUM", one(Kind::enum_, "x", 4)},
      {"ENUM of 8", one(Kind::enum_, "x", 8)},
      {"ENUM64", one(Kind::enum64, "x", 4)},
      {"ENUM64 of 8", one(Kind::enum64, "x", 8)},
      {"STRUCT", one(Kind::struct_, "x", 4)},
      {"STRUCT of 8", one(Kind::struct_, "x", 8)},
      {"UNION", one(Kind::union_, "x", 4)},
      {"UNION of 8", one(Kind::union_, "x", 8)},
      {"FWD struct", fwd("x", false)},
      {"FWD union", fwd("x", true)},
      {"TYPEDEF", [](Builder& b) { b.add_reference(Kind::typedef_, 0, "x"); }},
      {"VAR", [](Builder& b) { b.add_var("x", 0, 1); }},
  };
  struct Row {
    Build distilled;
    std::vector<std::string> matches;
  };
  const Row rows[] = {
      {one(Kind::int_, "x", 4), {"INT"}},
      {one(Kind::float_, "x", 4), {"FLOAT"}},
      {one(Kind::enum_, "x", 4), {"ENUM", "ENUM64"}},
      {one(Kind::enum_, "x", 8), {"ENUM of 8", "ENUM64 of 8"}},
      {one(Kind::struct_, "x", 4), {"STRUCT", "STRUCT of 8"}},
      {one(Kind::union_, "x", 4), {"UNION", "UNION of 8"}},
      {fwd("x", false), {"STRUCT", "STRUCT of 8", "FWD struct"}},
      {fwd("x", true), {"UNION", "UNION of 8", "FWD union"}},
  };
  for (const Row& row : rows) {
    std::vector<std::string> matches;
    for (const auto& [name, target] : targets) {
      const RelocationInput input{
          .distilled = row.distilled, .split = pointer_to_first, .target = target};
      if (outcome_of(input) == "1->1") matches.push_back(name);
    }
    EXPECT_EQ(matches, row.matches);
  }
}

TEST(Relocate, AnIntsEncodingCountsAndItsBitsDoNot) {
  const auto matches = [](std::uint32_t distilled_word, std::uint32_t target_word) {
    const auto with = [](std::uint32_t word) -> Build {
      return [=](Builder& builder) { builder.add({Kind::int_, false, 0}, "i", 4, {&word, 1}); };
    };
    return outcome_of({.distilled = with(distilled_word), .target = with(target_word)});
  };
  EXPECT_EQ(matches(0x01000020, 0x01000020), "1->1");
  EXPECT_EQ(matches(0x01000020, 0x00000020), "1 other-encoding");
  EXPECT_EQ(matches(0x04000020, 0x02000020), "1 other-encoding");
  EXPECT_EQ(matches(0x01000020, 0x0100001f), "1->1");
  EXPECT_EQ(matches(0x01000020, 0x01080018), "1->1");
}

TEST(Relocate, NamesMatchWholeAndByContent) {
  const auto onto = [](std::string_view name) {
    return outcome_of(
        {.distilled = one(Kind::struct_, "name", 4), .target = one(Kind::struct_, name, 4)});
  };
  EXPECT_EQ(onto("name"), "1->1");
  for (const std::string_view other : {"nam", "names", "Name", "ame", ""})
    EXPECT_EQ(onto(other), "1 no-such-name") << other;
}

// --- When the size of a struct matters

TEST(Relocate, AStructHeldByPointerMayHaveChangedItsSize) {
  EXPECT_EQ(outcome_of({.distilled = one(Kind::struct_, "s", 4),
                        .split = pointer_to_first,
                        .target = one(Kind::struct_, "s", 8)}),
            "1->1");
}

TEST(Relocate, AnEmbeddedStructNeedsItsSize) {
  for (const Kind kind : {Kind::struct_, Kind::union_}) {
    RelocationInput input{
        .distilled = one(kind, "s", 4), .split = holder_of_first, .target = one(kind, "s", 4)};
    EXPECT_EQ(outcome_of(input), "1->1");
    input.target = one(kind, "s", 8);
    EXPECT_EQ(outcome_of(input), "1 other-size");
  }
}

TEST(Relocate, AStructIsEmbeddedThroughModifiersAndArraysAndNotThroughPointers) {
  // Type 2 and up are the split's; the last one is `link`, a way to type 1.
  const auto embeds = [](const Build& link, std::uint32_t id = 2) {
    const std::string outcome =
        outcome_of({.distilled = one(Kind::struct_, "s", 4),
                    .split =
                        [&](Builder& split) {
                          link(split);
                          split.add_composite(Kind::union_, "holder", 64, {{"held", id, 0}});
                        },
                    .target = one(Kind::struct_, "s", 8)});
    return outcome == "1 other-size";
  };
  const auto reference = [](Kind kind) -> Build {
    return [=](Builder& split) { split.add_reference(kind, 1, "n"); };
  };
  for (const Kind kind :
       {Kind::typedef_, Kind::const_, Kind::volatile_, Kind::restrict_, Kind::type_tag})
    EXPECT_TRUE(embeds(reference(kind))) << kind_name(kind);
  EXPECT_TRUE(embeds([](Builder& split) { split.add_array(1, 1, 3); }));
  EXPECT_TRUE(embeds(
      [](Builder& split) {
        split.add_array(1, 1, 3);
        split.add_array(2, 1, 3);
        split.add_reference(Kind::const_, 3);
        split.add_reference(Kind::typedef_, 4, "t");
      },
      5));
  EXPECT_TRUE(embeds([](Builder& split) {  // an anonymous struct of the split holds it
    split.add_composite(Kind::struct_, "", 64, {{"inner", 1, 0}});
  }));
  EXPECT_FALSE(embeds(reference(Kind::ptr)));
  EXPECT_FALSE(embeds(
      [](Builder& split) {
        split.add_reference(Kind::ptr, 1);
        split.add_array(2, 2, 3);
      },
      3));
  EXPECT_FALSE(embeds([](Builder& split) { split.add_func_proto(1, {{"by_value", 1}}); }, 0));
  EXPECT_FALSE(embeds([](Builder& split) { split.add_var("v", 1, 1); }, 0));
  EXPECT_FALSE(embeds([](Builder& split) { split.add_array(1, 1, 3); }, 0));
}

TEST(Relocate, EmbeddingOneStructSaysNothingOfAnother) {
  EXPECT_EQ(outcome_of(
                {.distilled = both(one(Kind::struct_, "held", 4), one(Kind::struct_, "pointed", 4)),
                 .split = both(holder_of_first,
                               [](Builder& split) { split.add_reference(Kind::ptr, 2); }),
                 .target = both(one(Kind::struct_, "held", 4), one(Kind::struct_, "pointed", 8))}),
            "1->1 2->2");
}

TEST(Relocate, ALoopOfModifiersEmbedsNothing) {
  EXPECT_EQ(outcome_of({.distilled = one(Kind::struct_, "s", 4),
                        .split =
                            [](Builder& split) {
                              split.add_reference(Kind::const_, 3);
                              split.add_reference(Kind::volatile_, 2);
                              split.add_composite(Kind::struct_, "h", 4, {{"m", 2, 0}});
                            },
                        .target = one(Kind::struct_, "s", 8)}),
            "1->1");
}

TEST(Relocate, ANameThatTheTargetHasTwiceNeedsItsSize) {
  const auto onto = [](std::uint32_t first, std::uint32_t second) {
    return outcome_of(
        {.distilled = one(Kind::struct_, "s", 8),
         .split = pointer_to_first,
         .target = both(one(Kind::struct_, "s", first), one(Kind::struct_, "s", second))});
  };
  EXPECT_EQ(onto(8, 16), "1->1");
  EXPECT_EQ(onto(16, 8), "1->2");
  EXPECT_EQ(onto(16, 32), "1 other-size");
  EXPECT_EQ(onto(8, 8), "1 several-fit");
}

TEST(Relocate, AUnionOrFwdOfTheNameMakesAStructNotAmbiguous) {
  const auto beside = [](const Build& other) {
    return outcome_of({.distilled = one(Kind::struct_, "s", 8),
                       .split = pointer_to_first,
                       .target = both(other, one(Kind::struct_, "s", 16))});
  };
  EXPECT_EQ(beside(one(Kind::union_, "s", 16)), "1->2");
  EXPECT_EQ(beside(fwd("s", false)), "1->2");
  EXPECT_EQ(beside(fwd("s", true)), "1->2");
  EXPECT_EQ(beside(one(Kind::int_, "s", 8)), "1->2");
  EXPECT_EQ(beside(one(Kind::struct_, "s", 24)), "1 other-size");
}

TEST(Relocate, SeveralDistilledTypesOfOneNameMatchBySizeEach) {
  const auto outcome = [](std::uint32_t first, std::uint32_t second) {
    return outcome_of(
        {.distilled = both(one(Kind::struct_, "s", 4), one(Kind::struct_, "s", 8)),
         .split = pointer_to_first,
         .target = both(one(Kind::struct_, "s", first), one(Kind::struct_, "s", second))});
  };
  EXPECT_EQ(outcome(4, 8), "1->1 2->2");
  EXPECT_EQ(outcome(8, 4), "1->2 2->1");
  EXPECT_EQ(outcome(4, 16), "2 other-size");
}

// --- FWDs

TEST(Relocate, AFwdMeansTheFwdBeforeTheFullType) {
  const auto onto = [](Build target) {
    return outcome_of({.distilled = fwd("s", false), .target = std::move(target)});
  };
  EXPECT_EQ(onto(both(one(Kind::struct_, "s", 8), fwd("s", false))), "1->2");
  EXPECT_EQ(onto(both(one(Kind::struct_, "s", 8), fwd("s", true))), "1->1");
  EXPECT_EQ(onto(both(one(Kind::struct_, "s", 8), one(Kind::union_, "s", 8))), "1->1");
  EXPECT_EQ(onto(both(one(Kind::struct_, "s", 8), one(Kind::struct_, "s", 16))), "1 several-fit");
  EXPECT_EQ(onto(both(fwd("s", false), fwd("s", false))), "1 several-fit");
  EXPECT_EQ(onto(one(Kind::union_, "s", 8)), "1 other-kind");
  EXPECT_EQ(onto(fwd("s", true)), "1 other-kind");
}

TEST(Relocate, AStructDoesNotMatchAFwd) {
  EXPECT_EQ(outcome_of({.distilled = one(Kind::struct_, "s", 0), .target = fwd("s", false)}),
            "1 other-kind");
}

// --- Scenarios of the kernel's own tests

TEST(Relocate, TwoIntsOfOneNameAreToldApartBySize) {
  const Build two = both(one(Kind::int_, "int", 4), one(Kind::int_, "int", 8));
  const Build uses = [](Builder& split) {
    split.add_reference(Kind::ptr, 1);
    split.add_reference(Kind::const_, 2);
  };
  const Outcome outcome = run({.distilled = two, .split = uses, .target = two});
  EXPECT_EQ(to_text(*outcome.relocated()),
            "[3] PTR '(anon)' type_id=1\n[4] CONST '(anon)' type_id=2\n");
}

TEST(Relocate, AnIntThatTheTargetLacksIsMissing) {
  EXPECT_EQ(outcome_of({.distilled = both(one(Kind::int_, "int", 4), one(Kind::int_, "int", 8)),
                        .target = one(Kind::int_, "int", 4)}),
            "2 other-size");
}

TEST(Relocate, EqualTypesInTheTargetCannotBeChosenBetween) {
  const Build twice = both(one(Kind::int_, "int", 4), one(Kind::int_, "int", 4));
  EXPECT_EQ(outcome_of({.distilled = one(Kind::int_, "int", 4), .target = twice}), "1 several-fit");
  EXPECT_EQ(outcome_of({.distilled = twice, .target = twice}), "1 several-fit, 2 several-fit");
  EXPECT_EQ(outcome_of({.distilled = twice, .target = one(Kind::int_, "int", 4)}), "1->1 2->1");
}

TEST(Relocate, AKernelLikeBaseWithATypedefOnIt) {
  const RelocationInput kernel{.distilled =
                                   [](Builder& base) {
                                     base.add_int("char", 1, 1);
                                     base.add_int("int", 4, 1);
                                     base.add_composite(Kind::struct_, "list_head", 16,
                                                        {{"next", 4, 0}, {"prev", 4, 64}});
                                     base.add_reference(Kind::ptr, 3);
                                   },
                               .split =
                                   [](Builder& split) {
                                     split.add_reference(Kind::typedef_, 2, "myint");
                                     split.add_reference(Kind::ptr, 5);
                                   }};
  const BtfPtr source = kernel.parse_split();
  const auto distilled = distill(*source, agreed_policy());
  ASSERT_TRUE(distilled);
  const BtfPtr base = must_parse(distilled->base);
  EXPECT_EQ(to_text(*base), "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
  const BtfPtr split = must_parse_on(base, distilled->split);
  const auto relocated = relocate(*split, NameIndex(*source->base()), agreed_policy());
  ASSERT_TRUE(relocated);
  EXPECT_EQ(to_text(*must_parse_on(source->base(), relocated->bytes)), to_text(*source));
}

// --- Strings

TEST(Relocate, TheSplitsOwnStringsShiftAndTheBasesNamesAreMapped) {
  // "task" is a distilled type's name and a member's; "own" is the split's.
  const Outcome outcome = run(
      {.distilled = one(Kind::struct_, "task", 4),
       .split =
           [](Builder& split) {
             split.add_composite(Kind::struct_, "own", 16, {{"task", 1, 0}, {"own", 1, 64}});
           },
       .target = both(one(Kind::struct_, "a_long_name_first", 4), one(Kind::struct_, "task", 4))});
  const BtfPtr relocated = outcome.relocated();
  const Type type = relocated->type(3);
  EXPECT_EQ(type.name_offset(), outcome.target->end_string());
  EXPECT_EQ(relocated->name(type), "own");
  EXPECT_EQ(type.element(0, 0), outcome.target->type(2).name_offset());
  EXPECT_EQ(relocated->name(type.element(1, 0)), "own");
}

TEST(Relocate, NamesOfAllSortsOfElementsAreMapped) {
  const Outcome outcome = run({.distilled = one(Kind::int_, "x", 4),
                               .split =
                                   [](Builder& split) {
                                     split.add_enum(Kind::enum_, "x", 4, {{"x", 1}});
                                     split.add_enum(Kind::enum64, "x", 8, {{"x", 1}});
                                     split.add_func_proto(1, {{"x", 1}});
                                     split.add_var("x", 1, 1);
                                     split.add_decl_tag("x", 5);
                                   },
                               .target = both(one(Kind::int_, "y", 4), one(Kind::int_, "x", 4))});
  const BtfPtr relocated = outcome.relocated();
  EXPECT_EQ(to_text(*relocated),
            "[3] ENUM 'x' encoding=UNSIGNED size=4 vlen=1 { 'x' val=1 }\n"
            "[4] ENUM64 'x' encoding=UNSIGNED size=8 vlen=1 { 'x' val=1 }\n"
            "[5] FUNC_PROTO '(anon)' ret_type_id=2 vlen=1 { 'x' type_id=2 }\n"
            "[6] VAR 'x' type_id=2 linkage=global\n"
            "[7] DECL_TAG 'x' type_id=6 component_idx=-1\n");
}

// A distilled base with the strings given, one STRUCT named by the first; a split with one CONST
// whose name stands at `offset`.
std::expected<Relocated, RelocationFailure> with_name_at(std::string strings,
                                                         std::uint32_t offset) {
  const BtfPtr base = must_parse(
      RawLayer{.types = {1, pack_info({Kind::struct_, false, 0}), 4}, .strings = std::move(strings)}
          .bytes());
  const BtfPtr split =
      must_parse_on(base, RawLayer{.types = {0, pack_info({Kind::const_, false, 0}), 1, offset,
                                             pack_info({Kind::struct_, false, 0}), 4},
                                   .strings = ""}
                              .bytes());
  Builder target;
  target.add_composite(Kind::struct_, "first", 4);
  target.add_composite(Kind::struct_, "name", 4);
  const BtfPtr parsed = must_parse(target.finish());
  return relocate(*split, NameIndex(*parsed), agreed_policy());
}

TEST(Relocate, AStringOfTheBaseThatIsNoTypesNameIsAnError) {
  const auto result = with_name_at(std::string("\0name\0stray\0", 12), 6);
  ASSERT_FALSE(result);
  const Error& error = result.error().error;
  EXPECT_EQ(error.reason, Reason::string_unmapped);
  EXPECT_EQ(error.code, ENOENT);
  EXPECT_EQ(error.layer, 1U);
  EXPECT_EQ(error.type_id, 3U);
  EXPECT_EQ(error.offset, 24U + 12);
  EXPECT_EQ(error.value, 6U);
  EXPECT_THAT(result.error().mismatches, IsEmpty());
  EXPECT_THAT(result.error().id_map, ElementsAre(0, 2, 3, 4));
}

TEST(Relocate, ASecondCopyOfANameIsTheSameName) {
  const auto result = with_name_at(std::string("\0name\0name\0", 11), 6);
  ASSERT_TRUE(result);
  EXPECT_EQ(testing::peek(result->bytes, 24 + 12), 7U);  // where the target has "name"
}

TEST(Relocate, TheEndOfANameIsNotThatName) {
  EXPECT_EQ(with_name_at(std::string("\0name\0", 6), 3).error().error.reason,
            Reason::string_unmapped);
}

TEST(Relocate, TheEmptyStringStaysEmptyWhereverItStood) {
  const auto result = with_name_at(std::string("\0name\0", 6), 5);
  ASSERT_TRUE(result);
  EXPECT_EQ(testing::peek(result->bytes, 24 + 12), 0U);
}

TEST(Relocate, ANameThatTheTargetHasAtTwoOffsetsIsAtTheLastMatchsOne) {
  const BtfPtr split = RelocationInput{
      .distilled = both(one(Kind::struct_, "x", 4), one(Kind::int_, "x", 4)),
      .split = [](Builder& s) {
        s.add_composite(Kind::struct_, "x", 4);
      }}.parse_split();
  const BtfPtr target =
      must_parse(RawLayer{.types = {1, pack_info({Kind::int_, false, 0}), 4, 32,  //
                                    3, pack_info({Kind::struct_, false, 0}), 4},
                          .strings = std::string("\0x\0x\0", 5)}
                     .bytes());
  const auto result = relocate(*split, NameIndex(*target), agreed_policy());
  ASSERT_TRUE(result);
  EXPECT_EQ(testing::peek(result->bytes, 24), 3U);
}

// --- Failures

TEST(Relocate, EveryTypeWithoutAMatchIsReportedWithItsReasonAndCandidates) {
  const Outcome outcome = run(
      {.distilled =
           [](Builder& base) {
             base.add_int("fine", 4);
             base.add_composite(Kind::struct_, "absent", 4);
             base.add_composite(Kind::struct_, "held", 4);
             base.add_int("encoded", 4, 1);
             base.add_enum(Kind::enum_, "kind", 4);
             base.add_float("twice", 4);
           },
       .split = [](Builder& split) { split.add_composite(Kind::struct_, "h", 4, {{"m", 3, 0}}); },
       .target =
           [](Builder& target) {
             target.add_float("twice", 4);
             target.add_float("twice", 4);
             target.add_composite(Kind::union_, "kind", 4);
             target.add_int("encoded", 4, 0);
             target.add_composite(Kind::struct_, "held", 8);
             target.add_int("fine", 4);
           }});
  ASSERT_FALSE(outcome.result);
  const RelocationFailure& failure = outcome.result.error();
  EXPECT_THAT(in_words(failure.mismatches),
              ElementsAre("2 no-such-name", "3 other-size", "4 other-encoding", "5 other-kind",
                          "6 several-fit"));
  EXPECT_THAT(failure.mismatches[0].candidates, IsEmpty());
  EXPECT_THAT(failure.mismatches[1].candidates, ElementsAre(5));
  EXPECT_THAT(failure.mismatches[2].candidates, ElementsAre(4));
  EXPECT_THAT(failure.mismatches[3].candidates, ElementsAre(3));
  EXPECT_THAT(failure.mismatches[4].candidates, ElementsAre(1, 2));
  EXPECT_EQ(failure.error.reason, Reason::unmatched);
  EXPECT_EQ(failure.error.code, EINVAL);
  EXPECT_EQ(failure.error.layer, 0U);
  EXPECT_EQ(failure.error.type_id, 2U);
  EXPECT_EQ(failure.error.offset, outcome.split->base()->record_offset(2));
}

TEST(Relocate, AFailureLeavesItsInputsAsTheyWere) {
  const RelocationInput input{.distilled = one(Kind::int_, "absent", 4), .split = pointer_to_first};
  const BtfPtr split = input.parse_split();
  const BtfPtr target = input.parse_target();
  const std::uint64_t before = canonical_digest(*split).value();
  const ByteVector bytes(split->image().begin(), split->image().end());
  ASSERT_FALSE(relocate(*split, NameIndex(*target), agreed_policy()));
  EXPECT_EQ(canonical_digest(*split).value(), before);
  EXPECT_EQ(ByteVector(split->image().begin(), split->image().end()), bytes);
}

TEST(Relocate, AtMostEightCandidatesAreNamed) {
  const Outcome outcome = run({.distilled = one(Kind::int_, "i", 4), .target = [](Builder& target) {
                                 for (int number = 0; number < 20; ++number) target.add_int("i", 4);
                               }});
  EXPECT_THAT(outcome.result.error().mismatches.at(0).candidates,
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(Relocate, OnlyNamedTypesOfSixKindsMayBeDistilled) {
  const BtfPtr all = must_parse(testing::all_kinds());
  for (const Kind kind : every_kind()) {
    const RelocationInput input{.distilled =
                                    [&](Builder& base) {
                                      base.add_int("int", 4);
                                      base.copy(all->type(static_cast<std::uint32_t>(kind)), *all,
                                                [](std::uint32_t) { return 1U; });
                                    },
                                .target =
                                    [&](Builder& target) {
                                      target.add_int("int", 4);
                                      target.copy(all->type(static_cast<std::uint32_t>(kind)), *all,
                                                  [](std::uint32_t) { return 1U; });
                                    }};
    const bool allowed = kind == Kind::int_ || kind == Kind::float_ || kind == Kind::enum_ ||
                         kind == Kind::fwd || is_composite(kind);
    if (kind == Kind::int_) continue;  // twice in this target
    EXPECT_EQ(outcome_of(input), allowed ? "1->1 2->2" : "distilled-kind") << kind_name(kind);
    if (allowed) continue;
    const Error error = run(input).result.error().error;
    EXPECT_EQ(error.type_id, 2U);
    EXPECT_EQ(error.layer, 0U);
    EXPECT_EQ(error.offset, 24U + 16);
    EXPECT_EQ(error.value, static_cast<std::uint32_t>(kind));
    EXPECT_EQ(error.code, EINVAL);
  }
}

TEST(Relocate, AnAnonymousDistilledTypeIsRefused) {
  for (const Kind kind : {Kind::int_, Kind::float_, Kind::enum_, Kind::struct_, Kind::union_}) {
    const RelocationInput input{.distilled = one(kind, "", 4), .target = one(kind, "", 4)};
    EXPECT_EQ(outcome_of(input), "distilled-anonymous") << kind_name(kind);
  }
  EXPECT_EQ(outcome_of({.distilled = fwd("", false)}), "distilled-anonymous");
}

TEST(Relocate, ABaseCannotBeRelocated) {
  const BtfPtr base = must_parse(testing::all_kinds());
  const auto result = relocate(*base, NameIndex(*base), agreed_policy());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error.reason, Reason::not_split);
}

// --- Layers

TEST(Relocate, TheTargetMayItselfBeSplit) {
  Builder low;
  low.add_int("int", 4);
  Builder high(low, std::endian::native);
  high.add_composite(Kind::struct_, "in_module", 4);
  const BtfPtr target = must_parse_on(must_parse(low.finish()), high.finish());
  const BtfPtr split = RelocationInput{
      .distilled = both(one(Kind::int_, "int", 4), one(Kind::struct_, "in_module", 4)),
      .split = [](Builder& s) {
        s.add_reference(Kind::ptr, 2, "named");
      }}.parse_split();
  const auto result = relocate(*split, NameIndex(*target), agreed_policy());
  ASSERT_TRUE(result);
  EXPECT_THAT(result->id_map, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(to_text(*must_parse_on(target, result->bytes)), "[3] PTR 'named' type_id=2\n");
}

TEST(Relocate, LayersBelowTheTopAllCountAsDistilledBase) {
  Builder low;
  low.add_int("int", 4);
  Builder middle(low, std::endian::native);
  middle.add_composite(Kind::struct_, "middle", 4);
  Builder top(middle, std::endian::native);
  top.add_reference(Kind::ptr, 2);
  const BtfPtr split =
      must_parse_on(must_parse_on(must_parse(low.finish()), middle.finish()), top.finish());
  Builder target;
  target.add_composite(Kind::struct_, "middle", 4);
  target.add_int("int", 4);
  const BtfPtr parsed = must_parse(target.finish());
  const auto result = relocate(*split, NameIndex(*parsed), agreed_policy());
  ASSERT_TRUE(result);
  EXPECT_THAT(result->id_map, ElementsAre(0, 2, 1, 3));
}

TEST(Relocate, AMismatchInAnUpperLayerOfTheDistilledBaseIsToldThere) {
  Builder low;
  low.add_int("int", 4);
  Builder middle(low, std::endian::native);
  middle.add_composite(Kind::struct_, "middle", 4);
  Builder top(middle, std::endian::native);
  const BtfPtr split =
      must_parse_on(must_parse_on(must_parse(low.finish()), middle.finish()), top.finish());
  const BtfPtr target = must_parse(low.finish());
  const auto result = relocate(*split, NameIndex(*target), agreed_policy());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error.layer, 1U);
  EXPECT_EQ(result.error().error.type_id, 2U);
  EXPECT_EQ(result.error().error.offset, 24U);
}

TEST(Relocate, AnEmptySplitOnAnEmptyDistilledBaseFitsEverywhere) {
  const Outcome outcome = run({.target = one(Kind::int_, "int", 4)});
  ASSERT_TRUE(outcome.result);
  EXPECT_THAT(outcome.result->id_map, ElementsAre(0));
}

TEST(Relocate, AUnknownKindOfTheSplitKeepsItsWordsAndItsNameMoves) {
  RawLayer raw{.header_bytes = kLayoutHeaderBytes,
               .types = {3, 20U << 24, 1},
               .strings = std::string("u\0", 2),
               .layout = testing::known_layout()};
  raw.layout.emplace_back(0, 0);
  Builder low;
  low.add_composite(Kind::struct_, "s", 4);
  const BtfPtr split = must_parse_on(must_parse(low.finish()), raw.bytes());
  Builder target;
  target.add_int("int", 4);
  target.add_composite(Kind::struct_, "s", 4);
  const BtfPtr parsed = must_parse(target.finish());
  const auto result = relocate(*split, NameIndex(*parsed), agreed_policy());
  ASSERT_TRUE(result);
  EXPECT_EQ(testing::peek(result->bytes, 32), parsed->end_string());
  EXPECT_EQ(testing::peek(result->bytes, 40), 1U);
}

// --- The judge

class CountingJudge : public Judge {
 public:
  [[nodiscard]] bool fits(const Match& match) const override {
    ++calls;
    return Judge::fits(match);
  }
  mutable std::size_t calls = 0;
};

TEST(Judge, DecidesWhatFits) {
  class AnySize : public Judge {
   public:
    [[nodiscard]] bool same_size(const Match&) const override { return true; }
  };
  const RelocationInput input{.distilled = one(Kind::int_, "i", 4),
                              .target = one(Kind::int_, "i", 8)};
  const BtfPtr split = input.parse_split();
  const BtfPtr target = input.parse_target();
  const AnySize judge;
  EXPECT_TRUE(relocate(*split, NameIndex(*target), agreed_policy(), nullptr, &judge));
  EXPECT_FALSE(relocate(*split, NameIndex(*target), agreed_policy()));
}

TEST(Judge, IsToldWhatIsEmbeddedAndWhatIsAmbiguous) {
  class Recorder : public Judge {
   public:
    [[nodiscard]] bool fits(const Match& match) const override {
      asked.push_back({match.embedded, match.ambiguous, match.size_matters});
      return Judge::fits(match);
    }
    mutable std::vector<std::array<bool, 3>> asked;
  };
  const RelocationInput input{
      .distilled = both(one(Kind::struct_, "held", 4), one(Kind::struct_, "twice", 4)),
      .split = holder_of_first,
      .target = both(one(Kind::struct_, "held", 4),
                     both(one(Kind::struct_, "twice", 4), one(Kind::struct_, "twice", 8)))};
  const BtfPtr split = input.parse_split();
  const BtfPtr target = input.parse_target();
  const Recorder judge;
  EXPECT_TRUE(relocate(*split, NameIndex(*target), agreed_policy(), nullptr, &judge));
  using Asked = std::array<bool, 3>;
  EXPECT_THAT(judge.asked, ElementsAre(Asked{true, false, true}, Asked{false, true, true},
                                       Asked{false, true, true}));
}

TEST(Judge, IsAskedOncePerTypeOfTheNameAndOfNoOther) {
  const RelocationInput input{
      .distilled = both(one(Kind::struct_, "s", 4), one(Kind::int_, "i", 4)),
      .target = [](Builder& target) {
        for (std::uint32_t number = 0; number < 50'000; ++number) {
          target.add_composite(Kind::struct_, "s", 8 + number);
          target.add_composite(Kind::struct_, "other", 4);
        }
        target.add_int("i", 4);
      }};
  const BtfPtr split = input.parse_split();
  const BtfPtr target = input.parse_target();
  const CountingJudge judge;
  EXPECT_FALSE(relocate(*split, NameIndex(*target), agreed_policy(), nullptr, &judge));
  EXPECT_EQ(judge.calls, 50'001U);
}

}  // namespace
}  // namespace btf
