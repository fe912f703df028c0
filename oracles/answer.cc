// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/answer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace retort {
namespace {

struct OpText {
  std::string_view name;
  bool property = false;
};

constexpr std::array<OpText, std::size(kOps)> kOpTexts = {{{.name = "check"},
                                                           {.name = "find"},
                                                           {.name = "distill"},
                                                           {.name = "relocate"},
                                                           {.name = "roundtrip"},
                                                           {.name = "dedup"},
                                                           {.name = "laws", .property = true},
                                                           {.name = "reparse", .property = true},
                                                           {.name = "dump", .property = true},
                                                           {.name = "ext", .property = true},
                                                           {.name = "elf", .property = true},
                                                           {.name = "core", .property = true},
                                                           {.name = "sequence", .property = true},
                                                           {.name = "nomem", .property = true}}};
constexpr std::array<std::string_view, 6> kOutcomeNames = {"accepted", "rejected", "guarded",
                                                           "crashed",  "hung",     "broken"};
constexpr std::array<std::string_view, 8> kStageNames = {"BASE",    "SPLT",     "DIST", "TRGT",
                                                         "distill", "relocate", "find", "dedup"};

}  // namespace

std::string_view op_name(Op op) {
  return kOpTexts[static_cast<std::size_t>(op)].name;
}

std::optional<Op> find_op(std::string_view name) {
  const auto* const found = std::ranges::find(kOpTexts, name, &OpText::name);
  if (found == kOpTexts.end()) return {};
  return static_cast<Op>(found - kOpTexts.begin());
}

bool is_property_op(Op op) {
  return kOpTexts[static_cast<std::size_t>(op)].property;
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
  if (base || (distilled && split)) ops.push_back(Op::dedup);
  if (!ops.empty()) ops.push_back(Op::laws);
  if (base || distilled) {
    ops.push_back(Op::reparse);
    ops.push_back(Op::dump);
  }
  if (pair.find(kExt) != nullptr) ops.push_back(Op::ext);
  if (base || distilled || pair.find(kElf) != nullptr) ops.push_back(Op::elf);
  if (base || distilled) ops.push_back(Op::core);
  if (pair.find(kProgram) != nullptr) ops.push_back(Op::sequence);
  if (!ops.empty()) ops.push_back(Op::nomem);
  return ops;
}

Answer broken(std::string_view property, std::string detail) {
  Answer answer;
  answer.outcome = Outcome::broken;
  answer.property = property;
  answer.detail = std::move(detail);
  return answer;
}

bool same_answer(const Answer& a, const Answer& b) {
  if (a.outcome != b.outcome) return false;
  if (a.outcome == Outcome::broken) return a.property == b.property;
  if (a.outcome == Outcome::rejected)
    return a.code == b.code && a.stage == b.stage && a.input_preserved == b.input_preserved;
  return a.outcome != Outcome::accepted || a.digest == b.digest;
}

bool same_bytes(const Answer& a, const Answer& b) {
  return a.bytes == b.bytes && a.base_bytes == b.base_bytes;
}

}  // namespace retort
