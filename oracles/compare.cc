// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The search for the smallest set: first one entry, then two, among those that fired; larger sets
// are found by leaving out entry after entry of the whole set, which is minimal if not always the
// smallest.
#include "oracles/compare.h"

#include <algorithm>
#include <array>

#include "oracles/model.h"

namespace retort {
namespace {

// What a set of entries predicts, with its tolerances.
class Explanation {
 public:
  Explanation(Op op, OpenedPair& pair, const Answer& answer)
      : op_(op), pair_(pair), answer_(answer) {}

  [[nodiscard]] bool holds(const EntrySet& set) const {
    return Model(set).allows(op_, pair_, answer_);
  }

 private:
  Op op_;
  OpenedPair& pair_;
  const Answer& answer_;
};

std::vector<std::size_t> indices_of(const EntrySet& set) {
  std::vector<std::size_t> indices;
  for (std::size_t index = 0; index < set.size(); ++index)
    if (set.test(index)) indices.push_back(index);
  return indices;
}

EntrySet set_of(std::initializer_list<std::size_t> indices) {
  EntrySet set;
  for (const std::size_t index : indices) set.set(index);
  return set;
}

// The smallest subset of `fired` that explains, or nothing.
std::optional<EntrySet> smallest_explaining(const Explanation& explanation, const EntrySet& fired) {
  if (!explanation.holds(fired)) return {};
  const std::vector<std::size_t> candidates = indices_of(fired);
  for (const std::size_t one : candidates)
    if (explanation.holds(set_of({one}))) return set_of({one});
  EntrySet needed = fired;
  for (const std::size_t index : candidates) {
    EntrySet without = needed;
    without.reset(index);
    if (explanation.holds(without)) needed = without;
  }
  if (needed.count() <= 2) return needed;
  for (std::size_t first = 0; first < candidates.size(); ++first)
    for (std::size_t second = first + 1; second < candidates.size(); ++second)
      if (const EntrySet two = set_of({candidates[first], candidates[second]});
          explanation.holds(two))
        return two;
  return needed;
}

void explain_by(std::optional<std::size_t> entry, OracleAnswer& answer) {
  if (!entry) return;
  answer.entries = {*entry};
  answer.verdict = Verdict::explained;
}

Verdict verdict_of(const std::vector<std::size_t>& explaining) {
  const auto all = entries();
  const bool only_ours =
      std::ranges::all_of(explaining, [&](std::size_t index) { return all[index].ours; });
  return only_ours ? Verdict::undecided : Verdict::explained;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  static constexpr std::array<std::string_view, 4> names = {"agree", "explained", "undecided",
                                                            "finding"};
  return names[static_cast<std::size_t>(verdict)];
}

Verdict OpComparison::verdict() const {
  Verdict worst = Verdict::agree;
  for (const OracleAnswer& answer : answers) worst = std::max(worst, answer.verdict);
  return worst;
}

std::vector<std::string> OpComparison::entry_names() const {
  EntrySet set;
  for (const OracleAnswer& answer : answers)
    for (const std::size_t index : answer.entries) set.set(index);
  return names_of(set);
}

void explain(Op op, OpenedPair& pair, const Answer& reference, const EntrySet& known,
             OracleAnswer& answer) {
  answer.entries.clear();
  answer.verdict = Verdict::agree;
  if (same_answer(reference, answer.answer)) return;
  answer.verdict = Verdict::finding;
  if (answer.answer.outcome == Outcome::guarded) {
    answer.entries = {*find_entry(answer.answer.entry)};
    answer.verdict = Verdict::explained;
    return;
  }
  const Model model(known);
  if (is_death(answer.answer.outcome)) {
    const auto guard = model.predict(op, pair).guard;
    explain_by(guard ? guard : model.blinded_by(op, pair), answer);
    return;
  }
  EntrySet fired;
  model.answer(op, pair, &fired);
  // An entry that decides nothing under the whole set may do so on the way to it.
  Model(EntrySet{}).answer(op, pair, &fired);
  const Explanation explanation(op, pair, answer.answer);
  const auto set = smallest_explaining(explanation, (fired | model.tolerances()) & known);
  if (!set) {
    // Without a sanitizer, reading beyond an allocation may end in any answer at all.
    explain_by(model.predict(op, pair).guard, answer);
    return;
  }
  answer.entries = indices_of(*set);
  answer.verdict = verdict_of(answer.entries);
}

OpComparison compare(Op op, const Pair& pair, std::span<const Oracle* const> oracles,
                     const Asker& ask) {
  OpComparison comparison{.op = op, .answers = {}};
  const Oracle* reference = oracle_table()[0].get();
  OracleAnswer first{.oracle = reference, .answer = ask(*reference, op, pair), .entries = {}};
  // The reference has no defects that are known: its death is a finding.
  if (is_death(first.answer.outcome)) first.verdict = Verdict::finding;
  comparison.answers.push_back(std::move(first));
  OpenedPair opened(pair);
  for (const Oracle* oracle : oracles) {
    if (oracle == reference || !oracle->answers(op, pair)) continue;
    OracleAnswer answer{.oracle = oracle, .answer = ask(*oracle, op, pair), .entries = {}};
    explain(op, opened, comparison.answers[0].answer, probed_entries(oracle->name()), answer);
    comparison.answers.push_back(std::move(answer));
  }
  return comparison;
}

}  // namespace retort
