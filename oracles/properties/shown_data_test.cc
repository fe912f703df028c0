// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What is foretold of libbpf's way through data and declarations: where it reads behind the data,
// computes what nothing defines, or goes on in a list that was moved.
#include <gtest/gtest.h>

#include <algorithm>

#include "oracles/properties/data_questions.h"
#include "oracles/properties/data_reads.h"
#include "oracles/properties/declaration_list.h"
#include "oracles/properties/dump.h"
#include "oracles/properties/parsed.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

constexpr std::uint32_t bit_field(std::uint32_t bits, std::uint32_t offset) {
  return bits << 24 | offset;
}

// All of the type's bytes are there, and none of them is zero.
DataReads reads_of_type(const Builder& builder, std::uint32_t id, std::uint32_t options) {
  const btf::BtfPtr top = parsed(builder);
  const auto questions = data_questions(*top);
  const auto found = std::ranges::find(questions, id, &DataQuestion::id);
  EXPECT_NE(found, questions.end());
  DataQuestion question = *found;
  question.options = options;
  return reads_of(*top, question, std::vector<std::byte>(question.given, std::byte{1}));
}

TEST(DataQuestions, AreNotAskedOfWhatLiesBeyondTheFence) {
  Builder base;
  base.add_int("int", 4);
  base.add_composite(Kind::struct_, "near", 8, {{"a", 1, 0}});
  base.add_composite(Kind::struct_, "far", 8, {{"a", 1, 0xffffffff}});
  const auto questions = data_questions(*parsed(base));
  EXPECT_EQ(std::ranges::count(questions, 2U, &DataQuestion::id), 2);
  EXPECT_EQ(std::ranges::count(questions, 3U, &DataQuestion::id), 0);
}

TEST(DataQuestions, AreNotAskedOfElementsWhoseSizeLibbpfTakesFromAnError) {
  Builder base;
  base.add_int("int", 4);
  for (std::uint32_t link = 0; link < 40; ++link) base.add_reference(Kind::const_, 1 + link);
  const std::uint32_t element = base.end_id() - 1;
  const std::uint32_t one = base.add_array(element, 1, 1);
  const std::uint32_t two = base.add_array(element, 1, 2);
  const std::uint32_t asked = base.add_composite(Kind::struct_, "one", 8, {{"a", one, 0}});
  const std::uint32_t not_asked = base.add_composite(Kind::struct_, "two", 8, {{"a", two, 0}});
  const auto questions = data_questions(*parsed(base));
  EXPECT_EQ(std::ranges::count(questions, asked, &DataQuestion::id), 2);
  EXPECT_EQ(std::ranges::count(questions, not_asked, &DataQuestion::id), 0);
}

TEST(DataQuestions, ExpectNothingOfABitFieldWhoseTypeEndsBehindTheData) {
  Builder base;
  base.add_int("int", 4);
  base.add_composite(Kind::struct_, "inner", 8, {{"far", 1, bit_field(20, 40)}}, true);
  base.add_composite(Kind::struct_, "outer", 16, {{"inner", 2, 0}});
  const btf::BtfPtr top = parsed(base);
  const auto questions = data_questions(*top);
  const auto found = std::ranges::find(questions, 3U, &DataQuestion::id);
  ASSERT_NE(found, questions.end());
  DataQuestion question = *found;
  question.given = 8;
  EXPECT_FALSE(is_too_short(question));
  EXPECT_TRUE(shown_members(*top, question, std::vector<std::byte>(8, std::byte{1})).empty());
}

TEST(DataQuestions, DoNotJudgeAnArrayOfNothingThatHasNoSize) {
  Builder base;
  const std::uint32_t number = base.add_int("int", 4);
  const std::uint32_t unsized = base.add_fwd("f", false);
  const std::uint32_t none = base.add_array(unsized, number, 0);
  const std::uint32_t numbers = base.add_array(number, number, 0);
  const std::uint32_t odd = base.add_composite(Kind::struct_, "odd", 4, {{"a", none, 0}});
  base.add_composite(Kind::struct_, "plain", 4, {{"a", numbers, 0}});
  const btf::BtfPtr top = parsed(base);
  std::size_t asked = 0;
  for (const DataQuestion& question : data_questions(*top)) {
    if (question.id < odd) continue;
    EXPECT_EQ(question.regular, question.id != odd) << question.id;
    ++asked;
  }
  EXPECT_EQ(asked, 4U);
}

TEST(DataQuestions, HaveAnEndForAStructWithNoneOfItself) {
  Builder base;
  const std::uint32_t number = base.add_int("int", 4);
  const std::uint32_t inner = base.add_composite(Kind::struct_, "inner", 4, {{"a", number, 0}});
  const std::uint32_t outer = base.end_id();
  base.add_composite(Kind::struct_, "outer", 4, {{"inner", inner, 0}, {"self", outer + 1, 32}});
  base.add_array(outer, number, 0);
  const btf::BtfPtr top = parsed(base);
  const auto questions = data_questions(*top);
  const auto found = std::ranges::find(questions, outer, &DataQuestion::id);
  ASSERT_NE(found, questions.end());
  const auto shown = shown_members(*top, *found, std::vector<std::byte>(4, std::byte{1}));
  EXPECT_EQ(shown, std::vector<std::string_view>{"inner"});
}

TEST(DataReads, OfAPointerThatIsABitFieldGoBehindTheDataWithZeroesAndWithout) {
  Builder base;
  base.add_int("int", 4);
  base.add_reference(Kind::ptr, 1);
  base.add_composite(Kind::struct_, "s", 3, {{"p", 2, bit_field(8, 0)}}, true);
  EXPECT_EQ(reads_of_type(base, 3, 0).overread, Overread::whole_bit_field);
  EXPECT_EQ(reads_of_type(base, 3, kEmitZeroes).overread, Overread::whole_bit_field);
}

TEST(DataReads, LookForZeroesBehindTheDataOnlyWhereNothingElseIsShownFirst) {
  Builder base;
  base.add_int("int", 4);
  base.add_composite(Kind::struct_, "inner", 4, {{"a", 1, 32}});
  base.add_composite(Kind::struct_, "outer", 4, {{"inner", 2, 0}});
  EXPECT_EQ(reads_of_type(base, 3, 0).overread, Overread::zero_check);
  EXPECT_EQ(reads_of_type(base, 3, kEmitZeroes).overread, Overread::none);
}

TEST(DataReads, TakeAnEnumerationForABitFieldWhereItIsNotAlignedAndInReach) {
  Builder base;
  base.add_enum(Kind::enum_, "e", 4, {{"one", 1}});
  base.add_composite(Kind::struct_, "aligned", 8, {{"e", 1, 0}});
  base.add_composite(Kind::struct_, "packed", 8, {{"e", 1, 8}});
  // The look for zeroes gets to one that begins within the data and ends behind it.
  base.add_composite(Kind::struct_, "inner", 7, {{"e", 1, 32}});
  base.add_composite(Kind::struct_, "outer", 7, {{"inner", 4, 0}});
  EXPECT_FALSE(reads_of_type(base, 2, 0).shifts_all_out);
  EXPECT_TRUE(reads_of_type(base, 3, 0).shifts_all_out);
  EXPECT_TRUE(reads_of_type(base, 5, 0).shifts_all_out);
  EXPECT_FALSE(reads_of_type(base, 5, kEmitZeroes).shifts_all_out);
}

TEST(DataReads, ShiftTooFarForABitFieldThatEndsBeyondSixtyFourBits) {
  Builder base;
  base.add_int("long", 8);
  base.add_composite(Kind::struct_, "s", 16, {{"a", 1, bit_field(62, 3)}}, true);
  base.add_composite(Kind::struct_, "t", 16, {{"a", 1, bit_field(61, 3)}}, true);
  EXPECT_TRUE(reads_of_type(base, 2, 0).shifts_too_far);
  EXPECT_FALSE(reads_of_type(base, 3, 0).shifts_too_far);
}

TEST(DataReads, CopyAFloatThatIsTooLargeOnlyWhereItIsNotRefusedBefore) {
  Builder base;
  base.add_float("large", 20);
  base.add_composite(Kind::struct_, "s", 20, {{"f", 1, 0}});
  EXPECT_TRUE(reads_of_type(base, 1, 0).overflows_float);
  EXPECT_FALSE(reads_of_type(base, 2, 0).overflows_float);
  EXPECT_TRUE(reads_of_type(base, 2, kEmitZeroes).overflows_float);
}

// So many pointers in front of a type.
std::uint32_t behind_pointers(Builder& base, std::uint32_t id, int stars) {
  for (int star = 0; star < stars; ++star) id = base.add_reference(Kind::ptr, id);
  return id;
}

// A struct with a member that is so many pointers to an anonymous struct, which holds as many more,
// all with ids that are not declared by themselves.
btf::BtfPtr nested_pointers(int before, int within) {
  Builder base;
  for (std::uint32_t id = 1; id < kMaxDecls; ++id) base.add_int("int", 4);
  const std::uint32_t deep = behind_pointers(base, 1, within - 1);
  const std::uint32_t inner = base.add_composite(Kind::struct_, "", 8, {{"deep", deep, 0}});
  const std::uint32_t outer = behind_pointers(base, inner, before - 1);
  base.add_composite(Kind::struct_, "s", 8, {{"outer", outer, 0}});
  return parsed(base);
}

TEST(DeclarationList, IsMovedWhileInUseByTheEntryThatDoesNotFit) {
  EXPECT_FALSE(has_list_moved_while_in_use(*nested_pointers(4, 12)));
  EXPECT_TRUE(has_list_moved_while_in_use(*nested_pointers(4, 13)));
}

TEST(DeclarationList, IsMovedAgainWhereItHasGrownOnce) {
  EXPECT_FALSE(has_list_moved_while_in_use(*nested_pointers(18, 6)));
  EXPECT_TRUE(has_list_moved_while_in_use(*nested_pointers(18, 7)));
}

TEST(DeclarationList, IsMovedWhileInUseWithinADeclarationThatNeverEnds) {
  Builder base;
  base.add_int("int", 4);
  const std::uint32_t node = base.end_id();
  // Each level holds two entries, and its first member three more for a moment.
  base.add_composite(Kind::struct_, "", 16, {{"side", node + 1, 0}, {"next", node + 3, 64}});
  base.add_reference(Kind::ptr, node + 2);
  base.add_composite(Kind::struct_, "", 4, {{"a", 1, 0}});
  base.add_reference(Kind::ptr, node);
  EXPECT_TRUE(has_list_moved_while_in_use(*parsed(base)));
}

}  // namespace
}  // namespace retort
