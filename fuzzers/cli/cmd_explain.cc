// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// explain: each difference on one pair, with the smallest set of entries that explains it, in
// sentences.
#include <fmt/format.h>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/comparison.h"
#include "fuzzers/cli/input.h"
#include "fuzzers/cli/options.h"
#include "oracles/reach.h"
#include "oracles/signature.h"

namespace retort {
namespace {

using Json = nlohmann::ordered_json;

struct ExplainOptions {
  std::string pair;
  Selection selection;
  bool json = false;
};

// Where two accepted results differ only in content, saying "accepted" twice would say nothing.
std::string says(const Answer& answer, const Answer& other) {
  std::string text = answer_text(answer);
  if (answer.outcome == Outcome::accepted && other.outcome == Outcome::accepted)
    text += fmt::format(" with result {:016x}", answer.digest);
  if (!answer.input_preserved) text += " and has changed its input";
  return text;
}

std::string in_sentences(const OpComparison& op, const OracleAnswer& answer) {
  const Answer& reference = op.answers[0].answer;
  if (answer.oracle == op.answers[0].oracle)
    return fmt::format("{}: the reference itself {}.\n", op_name(op.op), answer_text(reference));
  std::string text =
      fmt::format("{}: {} {}; the reference {}.\n", op_name(op.op), answer.oracle->name(),
                  says(answer.answer, reference), says(reference, answer.answer));
  if (answer.verdict == Verdict::finding)
    return text + "  Nothing in the table explains this: it is a finding.\n";
  for (const std::size_t index : answer.entries) {
    const Entry& entry = entries()[index];
    text += fmt::format("  {} ({}{}): {}.\n", entry.name, sort_name(entry.sort),
                        entry.ours ? ", nothing was agreed" : "", entry.sentence);
    if (!entry.upstream.empty()) text += fmt::format("    {}\n", entry.upstream);
  }
  return text;
}

Json entry_json(const Entry& entry) {
  return {{"name", entry.name},
          {"sort", sort_name(entry.sort)},
          {"sentence", entry.sentence},
          {"upstream", entry.upstream}};
}

Json difference_json(const OpComparison& op, const OracleAnswer& answer) {
  Json explaining = Json::array();
  for (const std::size_t index : answer.entries) explaining.push_back(entry_json(entries()[index]));
  return {{"op", op_name(op.op)},
          {"oracle", answer.oracle->name()},
          {"answer", answer_text(answer.answer)},
          {"reference", answer_text(op.answers[0].answer)},
          {"verdict", verdict_name(answer.verdict)},
          {"signature", to_text(signature_of(op.op, op.answers[0].answer, answer))},
          {"entries", std::move(explaining)}};
}

Result<int> explain_pair(const ExplainOptions& options, const Console& console) {
  const Result<Pair> pair = read_pair(options.pair);
  if (!pair) return std::unexpected(pair.error());
  const Result<PairComparison> comparison = compare_pair(options.pair, options.selection);
  if (!comparison) return std::unexpected(comparison.error());
  const ReachJudgement reach = reach_of(*pair);
  Json differences = Json::array();
  std::string text;
  for (const OpComparison& op : comparison->ops)
    for (const OracleAnswer& answer : op.answers) {
      if (answer.verdict == Verdict::agree) continue;
      differences.push_back(difference_json(op, answer));
      text += in_sentences(op, answer);
    }
  if (text.empty()) text = fmt::format("{}: all oracles agree.\n", options.pair);
  if (options.json)
    console.print(json_line({{"pair", options.pair},
                             {"reach", reach_name(reach.reach)},
                             {"reach_because", reach.why},
                             {"differences", std::move(differences)}}));
  else
    console.print(text);
  return exit_status(*comparison);
}

}  // namespace

void add_explain(CLI::App& app, Run& run) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App& command =
      add_command(app, run, "explain", "Explains where oracles differ on a pair, in sentences",
                  "retort explain finding.pair", options, explain_pair);
  command.add_option("PAIR", options->pair, "The pair file")->required();
  add_selection(command, options->selection);
  command.add_flag("--json", options->json, "As one JSON object");
}

}  // namespace retort
