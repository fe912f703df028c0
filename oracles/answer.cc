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
                                                           {.name = "kernel", .property = true},
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

namespace {

// Which parts a pair has; what an operation needs of them is said in one place.
struct Parts {
  explicit Parts(const Pair& pair)
      : base(pair.find(kBase) != nullptr),
        split(pair.find(kSplit) != nullptr),
        distilled(pair.find(kDistilled) != nullptr),
        target(pair.find(kTarget) != nullptr),
        ext(pair.find(kExt) != nullptr),
        elf(pair.find(kElf) != nullptr),
        program(pair.find(kProgram) != nullptr) {}

  [[nodiscard]] bool allow(Op op) const {
    switch (op) {
      case Op::check:
      case Op::laws:
        return base || distilled || target;
      case Op::find:
      case Op::dedup:
        return base || (distilled && split);
      case Op::distill:
      case Op::roundtrip:
        return base && split && !distilled;
      case Op::relocate:
        return distilled && split && target;
      case Op::reparse:
      case Op::dump:
      case Op::core:
        return base || distilled;
      case Op::kernel:
        return base || distilled || target;
      case Op::ext:
        return ext;
      case Op::elf:
        return base || distilled || elf;
      case Op::sequence:
        return program;
      case Op::nomem:
        return base || distilled || target || ext || elf || program;
    }
    return false;
  }

  bool base, split, distilled, target, ext, elf, program;
};

}  // namespace

bool allows_op(const Pair& pair, Op op) {
  return Parts(pair).allow(op);
}

std::vector<Op> ops_of(const Pair& pair) {
  const Parts parts(pair);
  std::vector<Op> ops;
  for (const Op op : kOps)
    if (parts.allow(op)) ops.push_back(op);
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
