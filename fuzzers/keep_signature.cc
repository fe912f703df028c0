// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/keep_signature.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "oracles/entries.h"
#include "oracles/model.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

// What can be known of a candidate without asking the oracle.
class Expectation {
 public:
  explicit Expectation(const Shown& shown)
      : op_(shown.signature.op), known_(probed_entries(shown.oracle->name())) {
    for (const std::size_t index : shown.answer.entries) {
      explaining_.set(index);
      const Entry& entry = entries()[index];
      if (entry.guard != nullptr) guard_ = index;
      if (entry.tolerance != nullptr) is_open_ = true;
    }
    if (explaining_.none()) is_open_ = true;
  }

  // Whether the entries that explain the difference still have one to explain.
  [[nodiscard]] bool may_show(const Pair& candidate) const {
    if (!allows_op(candidate, op_)) return false;
    if (is_open_) return true;
    OpenedPair opened(candidate);
    // A guard speaks of what gets past the oracle's own checks.
    if (guard_) return Model(known_).predict(op_, opened).guard == guard_;
    return !same_answer(Model(explaining_).answer(op_, opened),
                        Model(EntrySet{}).answer(op_, opened));
  }

 private:
  Op op_;
  EntrySet known_;  ///< all that describes the oracle
  EntrySet explaining_;
  std::optional<std::size_t> guard_;
  bool is_open_ = false;  ///< nothing can be foretold
};

}  // namespace

Asker careful_asker(const ChildLimits& limits) {
  return [limits](const Oracle& oracle, Op op, const Pair& pair) {
    if (&oracle == oracle_table()[0].get()) return oracle.answer(op, pair);
    return answer_in_child(oracle, op, pair, limits);
  };
}

Asker trusting_asker(const ChildLimits& limits) {
  return [limits](const Oracle& oracle, Op op, const Pair& pair) {
    OpenedPair opened(pair);
    const bool may_die = Model(probed_entries(oracle.name())).predict(op, opened).guard.has_value();
    return may_die ? answer_in_child(oracle, op, pair, limits) : oracle.answer(op, pair);
  };
}

std::optional<Shown> shown_on(const Pair& pair, Op op, const Oracle& oracle, const Asker& ask) {
  if (!allows_op(pair, op)) return {};
  const std::array oracles = {&oracle};
  OpComparison comparison = compare(op, pair, oracles, ask);
  if (comparison.answers.size() < 2) return {};
  OracleAnswer& answer = comparison.answers[1];
  if (answer.verdict == Verdict::agree) return {};
  Shown shown{.oracle = &oracle,
              .reference = std::move(comparison.answers[0].answer),
              .answer = std::move(answer),
              .signature = {},
              .reach = reach_of(pair)};
  shown.signature = signature_of(op, shown.reference, shown.answer);
  return shown;
}

namespace {

// Which of two differences tells more, the smaller first: a finding, then the worst that an entry
// does; then what was asked for by itself, then the later operation, which builds on the others.
auto rank_of(const Shown& shown) {
  Severity worst = Severity::none;
  for (const std::size_t index : shown.answer.entries)
    worst = std::min(worst, entries()[index].severity);
  return std::tuple(shown.answer.verdict != Verdict::finding, worst,
                    is_property_op(shown.signature.op), -static_cast<int>(shown.signature.op));
}

}  // namespace

std::optional<Shown> choose_difference(const Pair& pair, std::optional<Op> op,
                                       std::string_view oracle, const Asker& ask) {
  std::optional<Shown> chosen;
  for (const Op candidate : ops_of(pair)) {
    if (op && *op != candidate) continue;
    for (const auto& known : oracle_table()) {
      if (!oracle.empty() && oracle != known->name()) continue;
      auto shown = shown_on(pair, candidate, *known, ask);
      if (!shown) continue;
      if (!chosen || rank_of(*shown) < rank_of(*chosen)) chosen = std::move(shown);
    }
  }
  return chosen;
}

StillShows keeps_signature(const Shown& shown, const Asker& ask) {
  return [&shown, ask, expectation = Expectation(shown)](const Pair& candidate) {
    if (!allows_op(candidate, shown.signature.op) || !expectation.may_show(candidate)) return false;
    if (reach_of(candidate).reach > shown.reach.reach) return false;
    const auto now = shown_on(candidate, shown.signature.op, *shown.oracle, ask);
    return now && now->signature == shown.signature;
  };
}

}  // namespace retort
