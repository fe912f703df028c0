// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What comes of programs that speak the protocol well, badly or not at all.
#include "oracles/process_oracle.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <csignal>

#include "oracles/child.h"
#include "oracles/message.h"
#include "relocator/builder.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

Pair small_pair() {
  btf::Builder base;
  base.add_int("int", 4);
  Pair pair;
  pair.append(kBase, base.finish());
  return pair;
}

ProcessOracle toy(const std::string& how = "") {
  return {"toy", "exec /usr/bin/python3 -B " RETORT_TEST_DATA "/toy_oracle.py " + how};
}

TEST(Message, IsTheSameAfterItWasSent) {
  const Message message{.fields = {{"op", "check"}, {"empty", ""}},
                        .blobs = {{"pair", std::string("a\n\n\0b", 5)}, {"none", ""}}};
  std::string received = encode_message(message) + "next";
  const auto taken = take_message(received);
  ASSERT_TRUE(taken && *taken);
  EXPECT_EQ((*taken)->fields, message.fields);
  EXPECT_EQ((*taken)->blobs, message.blobs);
  EXPECT_EQ(received, "next");
}

TEST(Message, IsWaitedForUntilItsLastByte) {
  const std::string whole = encode_message({.fields = {{"a", "b"}}, .blobs = {{"c", "123"}}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::string received = whole.substr(0, length);
    const auto taken = take_message(received);
    ASSERT_TRUE(taken.has_value()) << length;
    EXPECT_FALSE(taken->has_value()) << length;
    EXPECT_EQ(received.size(), length);
  }
}

TEST(Message, WithoutALengthThatCanBeIsRefused) {
  for (const char* line : {"+pair x", "+pair", "+pair -1", "+pair 99999999999"}) {
    std::string received = std::string(line) + "\n\n";
    EXPECT_FALSE(take_message(received).has_value()) << line;
  }
}

TEST(ProcessOracle, AcceptsAndRejectsAsItsProgramDoes) {
  const ProcessOracle oracle = toy();
  Pair pair = small_pair();
  EXPECT_EQ(oracle.answer(Op::check, pair).outcome, Outcome::accepted);
  pair.set(kBase, {std::byte{1}, std::byte{2}});
  const Answer answer = oracle.answer(Op::check, pair);
  EXPECT_EQ(answer.outcome, Outcome::rejected);
  EXPECT_EQ(answer.code, EINVAL);
  EXPECT_EQ(answer.stage, Stage::base);
  EXPECT_EQ(answer.detail, "BASE has no header of BTF's");
}

TEST(ProcessOracle, SeesWhatTheReferenceSeesWhereItMakesNoDigest) {
  const Pair pair = small_pair();
  EXPECT_TRUE(
      same_answer(toy().answer(Op::check, pair), oracle_table()[0]->answer(Op::check, pair)));
}

TEST(ProcessOracle, IsAskedForEveryNameAndGivesIds) {
  const Pair pair = small_pair();
  const Answer nothing_found = toy().answer(Op::find, pair);
  EXPECT_EQ(nothing_found.outcome, Outcome::accepted);
  EXPECT_FALSE(same_answer(nothing_found, oracle_table()[0]->answer(Op::find, pair)));
}

TEST(ProcessOracle, IsAskedOnlyForWhatItsGreetingNames) {
  const ProcessOracle oracle = toy();
  Pair pair = small_pair();
  EXPECT_TRUE(oracle.answers(Op::check, pair));
  EXPECT_FALSE(oracle.answers(Op::relocate, pair));
  pair.append(kSplit, {});
  EXPECT_TRUE(oracle.answers(Op::check, pair));
  pair.append(kSplit, {});
  EXPECT_FALSE(oracle.answers(Op::check, pair));
}

TEST(ProcessOracle, IsNotAskedAboutABaseThatIsTooLongForIt) {
  const ProcessOracle oracle("short",
                             R"(printf 'retort-oracle 1\nops check\nlongest-base 48\n\n'; cat)");
  Pair pair;
  pair.append(kSplit, std::vector<std::byte>(100));
  for (const std::string_view tag : {kBase, kDistilled, kTarget}) {
    pair.set(tag, std::vector<std::byte>(48));
    EXPECT_TRUE(oracle.answers(Op::check, pair)) << tag;
    pair.set(tag, std::vector<std::byte>(49));
    EXPECT_FALSE(oracle.answers(Op::check, pair)) << tag;
    pair.set(tag, {});
  }
}

TEST(ProcessOracle, CrashesAreAnswersAndTheProgramIsStartedAnew) {
  const ProcessOracle oracle = toy("crash");
  for (int time = 0; time < 2; ++time) {
    const Answer answer = oracle.answer(Op::check, small_pair());
    EXPECT_EQ(answer.outcome, Outcome::crashed);
    EXPECT_THAT(answer.detail, HasSubstr("signal " + std::to_string(SIGABRT)));
    EXPECT_THAT(answer.detail, HasSubstr("toy_oracle: lost its way"));
  }
}

TEST(ProcessOracle, HangsOnceTheTimeLimitHasPassed) {
  const ProcessOracle oracle = toy("hang");
  EXPECT_EQ(answer_in_child(oracle, Op::check, small_pair(), {.seconds = 0.5}).outcome,
            Outcome::hung);
}

TEST(ProcessOracle, TakesWhatCannotBeUnderstoodForACrash) {
  const Answer answer = toy("babble").answer(Op::check, small_pair());
  EXPECT_EQ(answer.outcome, Outcome::crashed);
  EXPECT_THAT(answer.detail, HasSubstr("the outcome 'marvellous' is none of"));
}

TEST(ProcessOracle, SaysWhyAProgramDoesNotGreet) {
  EXPECT_THAT(toy("mute").start().value_or(""), HasSubstr("exit status 3"));
  const ProcessOracle missing("missing", "exec /no/such/program");
  EXPECT_THAT(missing.start().value_or(""), HasSubstr("exit status 127"));
  EXPECT_EQ(missing.answer(Op::check, small_pair()).outcome, Outcome::crashed);
  EXPECT_TRUE(missing.unavailable().has_value());
  EXPECT_FALSE(toy().unavailable().has_value());
}

TEST(ProcessOracle, AsksWithPairsThatNoPipeHolds) {
  Pair pair = small_pair();
  pair.append("XTRA", std::vector<std::byte>(std::size_t{8} << 20));
  const Answer answer = toy().answer(Op::check, pair);
  EXPECT_EQ(answer.outcome, Outcome::rejected);
}

}  // namespace
}  // namespace retort
