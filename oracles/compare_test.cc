// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Verdicts: what nothing explains is a finding, whatever entries there are; what only our own
// decisions explain is undecided; the explaining set is small.
#include "oracles/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "oracles/model.h"
#include "relocator/builder.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

EntrySet set_of(std::initializer_list<std::string_view> names) {
  EntrySet set;
  for (const std::string_view name : names) set.set(find_entry(name).value());
  return set;
}

Pair base_pair(Builder& base) {
  Pair pair;
  pair.append(kBase, base.finish());
  return pair;
}

// Two types that each miss one check: a FLOAT of 10 bytes and a pointer with a vlen.
Pair two_unmet() {
  Builder base;
  base.add_float("f", 10);
  base.add({Kind::ptr, false, 1}, {}, 1);
  return base_pair(base);
}

OracleAnswer explained(Op op, const Pair& pair, const EntrySet& known, const Answer& answer) {
  OracleAnswer result{.oracle = nullptr, .answer = answer, .entries = {}};
  OpenedPair opened(pair);
  explain(op, opened, Model(EntrySet{}).answer(op, pair), known, result);
  return result;
}

std::vector<std::string> names(const OracleAnswer& answer) {
  EntrySet set;
  for (const std::size_t index : answer.entries) set.set(index);
  return names_of(set);
}

TEST(Explain, FindsNoDifferenceWhereTheAnswersAreTheSame) {
  const Pair pair = two_unmet();
  const Answer reference = Model(EntrySet{}).answer(Op::check, pair);
  EXPECT_EQ(explained(Op::check, pair, {}, reference).verdict, Verdict::agree);
}

TEST(Explain, NamesExactlyTheEntriesThatAreNeeded) {
  const Pair pair = two_unmet();
  const EntrySet known = set_of({"check:float-size", "check:vlen-zero", "check:kflag-zero",
                                 "check:version", "rule:wide-vlen"});
  const OracleAnswer result =
      explained(Op::check, pair, known, Model(known).answer(Op::check, pair));
  EXPECT_EQ(result.verdict, Verdict::explained);
  EXPECT_THAT(names(result), testing::UnorderedElementsAre("check:float-size", "check:vlen-zero"));
}

TEST(Explain, DoesNotUseAnEntryThatIsNotKnownOfTheOracle) {
  const Pair pair = two_unmet();
  const Answer answer =
      Model(set_of({"check:float-size", "check:vlen-zero"})).answer(Op::check, pair);
  EXPECT_EQ(explained(Op::check, pair, set_of({"check:float-size"}), answer).verdict,
            Verdict::finding);
}

TEST(Explain, CallsAWrongErrnoAFinding) {
  const Pair pair = two_unmet();
  Answer answer = Model(EntrySet{}).answer(Op::check, pair);
  answer.code = E2BIG;
  EXPECT_EQ(explained(Op::check, pair, ~EntrySet{}, answer).verdict, Verdict::finding);
}

TEST(Explain, CallsAWrongResultAFinding) {
  Builder base;
  base.add_int("int", 4);
  const Pair pair = base_pair(base);
  Answer answer = Model(EntrySet{}).answer(Op::check, pair);
  ++answer.digest;
  EXPECT_EQ(explained(Op::check, pair, {}, answer).verdict, Verdict::finding);
}

TEST(Explain, CallsADeathThatNoGuardForeseesAFinding) {
  const EntrySet guards = set_of({"modifier-loop-hang", "fwd-id-crash", "deep-chain-crash"});
  Answer death;
  death.outcome = Outcome::crashed;
  EXPECT_EQ(explained(Op::check, two_unmet(), guards, death).verdict, Verdict::finding);
}

TEST(Explain, CallsADifferenceInOurOwnDecisionsUndecided) {
  Builder distilled;
  distilled.add_fwd("s", false);
  Builder split(distilled, std::endian::native);
  split.add_reference(Kind::ptr, 1);
  Builder target;
  target.add_fwd("s", false);
  target.add_composite(Kind::struct_, "s", 4);
  Pair pair;
  pair.append(kDistilled, distilled.finish());
  pair.append(kSplit, split.finish());
  pair.append(kTarget, target.finish());
  const EntrySet known = set_of({"rule:exact-kind-wins"});
  const OracleAnswer result =
      explained(Op::relocate, pair, known, Model(known).answer(Op::relocate, pair));
  EXPECT_EQ(result.verdict, Verdict::undecided);
  EXPECT_EQ(names(result), (std::vector<std::string>{"rule:exact-kind-wins"}));
}

TEST(Model, OfNoEntriesIsTheReferenceUnderTheAgreedPolicy) {
  const btf::Policy policy = policy_of({});
  EXPECT_EQ(policy.rules, btf::agreed_policy().rules);
  EXPECT_EQ(policy.checks, btf::agreed_policy().checks);
}

TEST(Model, OfTheDocumentedEntriesFollowsThePolicyThatBearsTheOraclesName) {
  const btf::Policy policy = policy_of(documented_entries("libbpf-6.12"));
  const btf::Policy* named = btf::find_policy("libbpf-6.12");
  ASSERT_NE(named, nullptr);
  EXPECT_EQ(policy.rules, named->rules);
  // The checks that libbpf should make and forgets are defects, not part of its design.
  btf::CheckSet forgotten = policy.checks ^ named->checks;
  EXPECT_EQ(forgotten, (btf::CheckSet{btf::Check::header_length, btf::Check::return_id_range}));
}

}  // namespace
}  // namespace retort
