// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/as_oracle.h"

#include <fmt/format.h>

#include <cstring>

#include "oracles/child.h"
#include "oracles/entries.h"
#include "oracles/model.h"

namespace retort {

std::string errno_text(int code) {
  const char* name = strerrorname_np(code);
  return name != nullptr ? name : fmt::format("errno {}", code);
}

std::string answer_text(const Answer& answer) {
  switch (answer.outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::rejected:
      return fmt::format("rejected with {} at {}", errno_text(answer.code),
                         stage_name(answer.stage));
    case Outcome::guarded:
      return fmt::format("kept away by {}", answer.entry);
    case Outcome::crashed:
    case Outcome::hung:
      return fmt::format("{}: {}", outcome_name(answer.outcome), answer.detail);
    case Outcome::broken:
      return fmt::format("{} does not hold: {}", answer.property, answer.detail);
  }
  return "";
}

Result<Answer> ask_oracle(const std::string& what, const Oracle& oracle, Op op, const Pair& pair) {
  if (!oracle.answers(op, pair))
    return std::unexpected(Failure{kUnreadable, fmt::format("{}: {} cannot be asked to {}.", what,
                                                            oracle.name(), op_name(op))});
  Answer answer = answer_in_child(oracle, op, pair);
  if (answer.outcome == Outcome::accepted) return answer;
  std::string sentence = fmt::format("{}: {} {}", what, oracle.name(), answer_text(answer));
  if (answer.outcome == Outcome::rejected) {
    if (!answer.detail.empty()) sentence += fmt::format(" ({})", answer.detail);
    return rejected(sentence + ".");
  }
  OpenedPair opened(pair);
  const auto guard = Model(probed_entries(oracle.name())).predict(op, opened).guard;
  if (guard) return rejected(fmt::format("{}; known as {}.", sentence, entries()[*guard].name));
  return std::unexpected(Failure{kFinding, sentence + "."});
}

}  // namespace retort
