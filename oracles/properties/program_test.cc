// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// The language of programs: what is read, what is skipped, and that printing loses nothing.
#include "oracles/properties/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "oracles/properties/sequence.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Programs, ACallIsReadWithItsResultsAndArguments) {
  const auto call = parse_call("  low, high = distill mine  # as pahole does");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->verb, Verb::distill);
  EXPECT_THAT(call->results, ElementsAre("low", "high"));
  EXPECT_EQ(call->arguments[0].text, "mine");
}

TEST(Programs, TypesAreNamedByRank) {
  const auto call = parse_call("add_array a own:3 beyond:0 0x10");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->arguments[1].type, (TypeRef{TypeRef::Sort::own, 3}));
  EXPECT_EQ(call->arguments[2].type, (TypeRef{TypeRef::Sort::beyond, 0}));
  EXPECT_EQ(call->arguments[3].number, 16U);
}

TEST(Programs, EveryVerbIsPrintedAsItIsRead) {
  for (std::size_t verb = 0; verb < kVerbCount; ++verb) {
    Call call{.verb = static_cast<Verb>(verb), .times = verb % 2 == 0 ? 1U : 3U};
    const VerbText& text = text_of(call.verb);
    for (unsigned result = 0; result < text.results; ++result)
      call.results.push_back(std::string("r") + std::to_string(result));
    for (const char letter : text.arguments) {
      Argument argument;
      const ArgumentSort sort = sort_of(letter);
      if (sort == ArgumentSort::slot || sort == ArgumentSort::base) argument.text = "a";
      if (sort == ArgumentSort::part) argument.text = "SPLT2";
      if (sort == ArgumentSort::name) argument.text = "a \"b\\\x01\xff";
      if (sort == ArgumentSort::type || sort == ArgumentSort::from_type)
        argument.type = {TypeRef::Sort::new_, 7};
      if (sort == ArgumentSort::number) argument.number = 0xfffffffffffffffb;
      if (sort == ArgumentSort::kind) argument.number = 19;
      call.arguments.push_back(argument);
    }
    const auto again = parse_call(to_text(call));
    ASSERT_TRUE(again) << to_text(call);
    EXPECT_EQ(*again, call) << to_text(call);
  }
}

TEST(Programs, WhatIsNoCallIsSkipped) {
  const Program program = parse_program(
      "a = empty\n"
      "frobnicate a\n"
      "add_ptr a\n"
      "add_int a \"never closed 4 0\n"
      "= = ,\n"
      "\"=\" x\n"
      "add_ptr a void void\n"
      "1000000000000 x add_ptr a void\n"
      "type_cnt a");
  ASSERT_THAT(program, SizeIs(3));
  EXPECT_EQ(program[1].times, kMaxTimes);
  EXPECT_EQ(program[2].verb, Verb::type_cnt);
}

TEST(Programs, TextOfAnyBytesIsReadWithoutHarm) {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text += {static_cast<char>(byte), '"', ' ', '\\', '\n'};
  EXPECT_THAT(parse_program(text), IsEmpty());
}

TEST(Programs, AreJudgedByTheirText) {
  EXPECT_EQ(judge_program("a = empty\nadd_ptr a void\nraw_data a\n").reach, ProgramReach::valid);
  const ProgramJudgement order = judge_program("a = empty\nraw_data a\nadd_ptr a void\n");
  EXPECT_EQ(order.reach, ProgramReach::call_order);
  EXPECT_EQ(order.why, "call 3, add_ptr a void: the object was used before");
}

struct MisuseCase {
  const char* program;
  const char* why;
};

class Misuse : public ::testing::TestWithParam<MisuseCase> {};

TEST_P(Misuse, IsNamed) {
  const ProgramJudgement judgement = judge_program(GetParam().program);
  EXPECT_EQ(judgement.reach, ProgramReach::misuse);
  EXPECT_THAT(judgement.why, ::testing::HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Programs, Misuse,
    ::testing::Values(MisuseCase{"a = empty\nfree a\ntype_cnt a", "after it was freed"},
                      MisuseCase{"a = empty\nb = empty a\nadd_ptr a void",
                                 "while something lies on it"},
                      MisuseCase{"a = empty\nb = empty a\nfree a", "freed before what lies on it"},
                      MisuseCase{"a = empty\nb = empty\nrelocate a b", "no split BTF"},
                      MisuseCase{"a = empty\nb = empty a\nrelocate b b", "onto itself"},
                      MisuseCase{"a = empty\nfind_by_name a null", "a null pointer"}));

TEST(Programs, AnObjectThatNothingLiesOnAnyMoreMayBeChanged) {
  EXPECT_EQ(judge_program("a = empty\nb = empty a\nfree b\nadd_ptr a void\n").reach,
            ProgramReach::valid);
}

}  // namespace
}  // namespace retort
