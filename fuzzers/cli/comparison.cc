// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "fuzzers/cli/input.h"
#include "oracles/child.h"

namespace retort {
namespace {

using Json = nlohmann::ordered_json;

bool is_chosen(const Selection& selection, const Oracle& oracle) {
  if (selection.oracles.empty()) return !oracle.is_asked_by_name_only();
  return std::ranges::find(selection.oracles, oracle.name()) != selection.oracles.end();
}

std::vector<const Oracle*> chosen_oracles(const Selection& selection) {
  std::vector<const Oracle*> oracles;
  for (const auto& oracle : oracle_table())
    if (is_chosen(selection, *oracle)) oracles.push_back(oracle.get());
  return oracles;
}

bool is_chosen(const Selection& selection, Op op) {
  return selection.ops.empty() ||
         std::ranges::find(selection.ops, op_name(op)) != selection.ops.end();
}

Json answer_json(const OracleAnswer& answer, const Answer& reference) {
  const bool accepted = answer.answer.outcome == Outcome::accepted;
  const bool refused = answer.answer.outcome == Outcome::rejected;
  Json json = {{"oracle", answer.oracle->name()},
               {"outcome", outcome_name(answer.answer.outcome)},
               {"errno", answer.answer.code},
               {"digest", accepted ? fmt::format("{:016x}", answer.answer.digest) : ""},
               {"bytes", same_bytes(answer.answer, reference) ? "equal" : "differ"}};
  if (refused) {
    json["stage"] = stage_name(answer.answer.stage);
    json["input_preserved"] = answer.answer.input_preserved;
  }
  if (!answer.answer.property.empty()) json["property"] = answer.answer.property;
  if (!answer.answer.detail.empty()) json["detail"] = answer.answer.detail;
  json["verdict"] = verdict_name(answer.verdict);
  json["entries"] = entry_names(answer.entries);
  return json;
}

// Whoever names an oracle wants its answer; that it does not even start is none.
std::optional<std::string> unavailable(const Selection& selection) {
  if (selection.oracles.empty()) return {};
  for (const Oracle* oracle : chosen_oracles(selection))
    if (auto why = oracle->unavailable()) return fmt::format("{}: {}.", oracle->name(), *why);
  return {};
}

}  // namespace

Verdict PairComparison::verdict() const {
  Verdict worst = Verdict::agree;
  for (const OpComparison& op : ops) worst = std::max(worst, op.verdict());
  return worst;
}

PairComparison compare_pair(const std::string& name, const Pair& pair, const Selection& selection) {
  PairComparison comparison{.pair = name, .ops = {}};
  const std::vector<const Oracle*> oracles = chosen_oracles(selection);
  const Asker ask = [&selection](const Oracle& oracle, Op op, const Pair& asked) {
    return answer_in_child(oracle, op, asked, {.seconds = selection.seconds});
  };
  for (const Op op : ops_of(pair))
    if (is_chosen(selection, op)) comparison.ops.push_back(compare(op, pair, oracles, ask));
  return comparison;
}

Result<PairComparison> compare_pair(const std::string& path, const Selection& selection) {
  const Result<Pair> pair = read_pair(path);
  if (!pair) return std::unexpected(pair.error());
  if (const auto why = unavailable(selection)) return unreadable(*why);
  PairComparison comparison = compare_pair(path, *pair, selection);
  if (!comparison.ops.empty()) return comparison;
  if (selection.ops.empty())
    return unreadable(fmt::format("{}: its parts allow no operation.", path));
  return unreadable(
      fmt::format("{}: its parts do not allow {}.", path, fmt::join(selection.ops, ", ")));
}

Json comparison_json(const PairComparison& comparison) {
  Json ops = Json::array();
  for (const OpComparison& op : comparison.ops) {
    Json answers = Json::array();
    for (const OracleAnswer& answer : op.answers)
      answers.push_back(answer_json(answer, op.answers[0].answer));
    ops.push_back({{"op", op_name(op.op)},
                   {"answers", std::move(answers)},
                   {"verdict", verdict_name(op.verdict())},
                   {"entries", op.entry_names()}});
  }
  return {{"pair", comparison.pair}, {"ops", std::move(ops)}};
}

std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<std::string> entry_names(const std::vector<std::size_t>& indices) {
  std::vector<std::string> names;
  for (const std::size_t index : indices) names.push_back(entries()[index].name);
  return names;
}

int exit_status(const PairComparison& comparison) {
  return comparison.verdict() == Verdict::finding ? kFinding : kDone;
}

}  // namespace retort
