// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/answer.h"

#include <algorithm>
#include <array>

namespace retort {
namespace {

constexpr std::array<std::string_view, std::size(kOps)> kOpNames = {"check", "find", "distill",
                                                                    "relocate", "roundtrip"};
constexpr std::array<std::string_view, 5> kOutcomeNames = {"accepted", "rejected", "guarded",
                                                           "crashed", "hung"};
constexpr std::array<std::string_view, 7> kStageNames = {"BASE",    "SPLT",     "DIST", "TRGT",
                                                         "distill", "relocate", "find"};

}  // namespace

std::string_view op_name(Op op) {
  return kOpNames[static_cast<std::size_t>(op)];
}

std::optional<Op> find_op(std::string_view name) {
  const auto found = std::ranges::find(kOpNames, name);
  if (found == kOpNames.end()) return {};
  return static_cast<Op>(found - kOpNames.begin());
}

std::string_view outcome_name(Outcome outcome) {
  return kOutcomeNames[static_cast<std::size_t>(outcome)];
}

std::string_view stage_name(Stage stage) {
  return kStageNames[static_cast<std::size_t>(stage)];
}

std::vector<Op> ops_of(const Pair& pair) {
  const bool base = pair.find(kBase) != nullptr;
  const bool split = pair.find(kSplit) != nullptr;
  const bool distilled = pair.find(kDistilled) != nullptr;
  const bool target = pair.find(kTarget) != nullptr;
  std::vector<Op> ops;
  if (base || distilled || target) ops.push_back(Op::check);
  if (base || (distilled && split)) ops.push_back(Op::find);
  if (base && split && !distilled) ops.push_back(Op::distill);
  if (distilled && split && target) ops.push_back(Op::relocate);
  if (base && split && !distilled) ops.push_back(Op::roundtrip);
  return ops;
}

bool same_answer(const Answer& a, const Answer& b) {
  if (a.outcome != b.outcome) return false;
  if (a.outcome == Outcome::rejected)
    return a.code == b.code && a.stage == b.stage && a.input_preserved == b.input_preserved;
  return a.outcome != Outcome::accepted || a.digest == b.digest;
}

bool same_bytes(const Answer& a, const Answer& b) {
  return a.bytes == b.bytes && a.base_bytes == b.base_bytes;
}

}  // namespace retort
