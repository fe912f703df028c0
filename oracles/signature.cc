// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/signature.h"

#include "oracles/entries.h"

namespace retort {
namespace {

// A crash is said as "signal 11 (...): frames"; only the frames name the place.
std::string frames_of(const std::string& detail) {
  const std::size_t colon = detail.find(": ");
  return colon == std::string::npos ? detail : detail.substr(colon + 2);
}

std::string refusal_text(const Answer& answer) {
  if (answer.outcome != Outcome::rejected) return std::string(outcome_name(answer.outcome));
  return "errno " + std::to_string(answer.code) + " at " + std::string(stage_name(answer.stage));
}

std::string place_of(const Answer& reference, const Answer& answer) {
  if (answer.outcome == Outcome::crashed) return frames_of(answer.detail);
  if (answer.outcome == Outcome::hung || answer.outcome == Outcome::broken) return {};
  return refusal_text(answer) + " for " + refusal_text(reference);
}

}  // namespace

std::string difference_between(const Answer& reference, const Answer& answer) {
  if (is_death(answer.outcome)) return answer.outcome == Outcome::hung ? "hangs" : "crashes";
  if (same_answer(reference, answer)) return "agrees";
  if (answer.outcome == Outcome::guarded) return "is kept away";
  if (answer.outcome == Outcome::broken) return "breaks " + answer.property;
  if (answer.outcome != reference.outcome)
    return answer.outcome == Outcome::accepted ? "accepts" : "rejects";
  if (answer.outcome == Outcome::accepted) return "gives another result";
  if (answer.code == reference.code && answer.stage == reference.stage)
    return answer.input_preserved ? "preserves its input" : "changes its input";
  return "gives another error";
}

Signature signature_of(Op op, const Answer& reference, const OracleAnswer& answer) {
  Signature signature{.oracle = std::string(answer.oracle->name()),
                      .op = op,
                      .difference = difference_between(reference, answer.answer),
                      .entries = {},
                      .place = {}};
  for (const std::size_t index : answer.entries) signature.entries.push_back(entries()[index].name);
  // A guard's defect damages memory: where that shows differs from input to input.
  if (is_death(answer.answer.outcome) && !signature.entries.empty()) signature.difference = "dies";
  if (answer.verdict == Verdict::finding) signature.place = place_of(reference, answer.answer);
  return signature;
}

std::string to_text(const Signature& signature) {
  std::string text =
      std::string(op_name(signature.op)) + " by " + signature.oracle + " " + signature.difference;
  if (!signature.place.empty()) text += " (" + signature.place + ")";
  if (signature.entries.empty()) return text;
  text += ", as explained by";
  for (const std::string& entry : signature.entries) text += " " + entry;
  return text;
}

}  // namespace retort
