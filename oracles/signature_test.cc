// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What makes two differences the same: how the answers differ and what explains it, not on which
// bytes.
#include "oracles/signature.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "oracles/entries.h"

namespace retort {
namespace {

Answer accepted(std::uint64_t digest) {
  return {.outcome = Outcome::accepted, .digest = digest};
}

Answer rejected(int code, Stage stage) {
  return {.outcome = Outcome::rejected, .code = code, .stage = stage};
}

Answer crashed(std::string detail) {
  Answer answer;
  answer.outcome = Outcome::crashed;
  answer.detail = std::move(detail);
  return answer;
}

Signature of(const Answer& reference, Answer answer, Verdict verdict,
             std::vector<std::size_t> explaining = {}) {
  const OracleAnswer given{.oracle = find_oracle("libbpf-6.12"),
                           .answer = std::move(answer),
                           .verdict = verdict,
                           .entries = std::move(explaining)};
  return signature_of(Op::relocate, reference, given);
}

TEST(Signature, SaysHowTheAnswersDiffer) {
  const Answer refused = rejected(EINVAL, Stage::relocate);
  EXPECT_EQ(difference_between(refused, accepted(1)), "accepts");
  EXPECT_EQ(difference_between(accepted(1), refused), "rejects");
  EXPECT_EQ(difference_between(accepted(1), accepted(2)), "gives another result");
  EXPECT_EQ(difference_between(refused, rejected(ENOENT, Stage::relocate)), "gives another error");
  EXPECT_EQ(difference_between(refused, refused), "agrees");
  EXPECT_EQ(difference_between(accepted(1), broken("reparse", "why")), "breaks reparse");
  Answer changed = refused;
  changed.input_preserved = false;
  EXPECT_EQ(difference_between(refused, changed), "changes its input");
}

TEST(Signature, OfAFindingNamesTheErrorsAndOfACrashTheFrames) {
  const Answer refused = rejected(EINVAL, Stage::relocate);
  EXPECT_EQ(of(accepted(1), refused, Verdict::finding).place, "errno 22 at relocate for accepted");
  EXPECT_EQ(of(accepted(1), crashed("signal 11 (Segmentation fault): a < b"), Verdict::finding),
            of(refused, crashed("signal 6 (Aborted): a < b"), Verdict::finding));
  EXPECT_NE(of(accepted(1), crashed("signal 11 (Segmentation fault): a < b"), Verdict::finding),
            of(accepted(1), crashed("signal 11 (Segmentation fault): a < c"), Verdict::finding));
}

TEST(Signature, OfWhatAGuardExplainsIsTheSameHoweverItDies) {
  const std::size_t guard = find_entry("modifier-loop-hang").value();
  Answer hung;
  hung.outcome = Outcome::hung;
  const Signature dies = of(accepted(1), hung, Verdict::explained, {guard});
  EXPECT_EQ(dies, of(accepted(2), crashed("exit status 1"), Verdict::explained, {guard}));
  EXPECT_EQ(to_text(dies), "relocate by libbpf-6.12 dies, as explained by modifier-loop-hang");
}

TEST(Signature, DoesNotCountWhatTheResultIs) {
  const std::size_t entry = find_entry("find-void").value();
  EXPECT_EQ(of(accepted(1), accepted(2), Verdict::explained, {entry}),
            of(accepted(3), accepted(4), Verdict::explained, {entry}));
}

}  // namespace
}  // namespace retort
