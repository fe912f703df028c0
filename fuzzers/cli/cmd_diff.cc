// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// diff: the answers of all oracles side by side, with the entries that explain where they differ.
#include <fmt/format.h>

#include <algorithm>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/comparison.h"
#include "fuzzers/cli/options.h"

namespace retort {
namespace {

struct DiffOptions {
  std::vector<std::string> pairs;
  Selection selection;
  bool json = false;
};

Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::agree:
      return Tone::good;
    case Verdict::finding:
      return Tone::bad;
    default:
      return Tone::doubtful;
  }
}

std::string digest_text(const Answer& answer) {
  return answer.outcome == Outcome::accepted ? fmt::format("{:016x}", answer.digest) : "-";
}

std::string bytes_text(const Answer& answer, const Answer& reference) {
  if (answer.outcome != Outcome::accepted || reference.outcome != Outcome::accepted) return "-";
  return same_bytes(answer, reference) ? "equal" : "differ";
}

std::string row(const Console& console, const OpComparison& op, const OracleAnswer& answer) {
  const bool first = &answer == &op.answers.front();
  const std::string verdict = fmt::format("{:9}", verdict_name(answer.verdict));
  std::string text = fmt::format(
      "  {:9}  {:12}  {}  {:16}  {:6}  {}", first ? op_name(op.op) : "", answer.oracle->name(),
      console.toned(tone_of(answer.verdict), verdict), digest_text(answer.answer),
      bytes_text(answer.answer, op.answers[0].answer), answer_text(answer.answer));
  for (const std::string& entry : entry_names(answer.entries)) text += "  " + entry;
  return text + "\n";
}

void print_table(const Console& console, const PairComparison& comparison) {
  console.print(fmt::format("{}\n", comparison.pair));
  for (const OpComparison& op : comparison.ops)
    for (const OracleAnswer& answer : op.answers) console.print(row(console, op, answer));
}

Result<int> diff(const DiffOptions& options, const Console& console) {
  int status = kDone;
  Progress progress(console, "pairs", options.pairs.size());
  for (const std::string& path : options.pairs) {
    const Result<PairComparison> comparison = compare_pair(path, options.selection);
    progress.step();
    if (!comparison) {
      console.error(comparison.error().sentence);
      status = std::max(status, comparison.error().status);
      continue;
    }
    if (options.json)
      console.print(json_line(comparison_json(*comparison)));
    else
      print_table(console, *comparison);
    status = std::max(status, exit_status(*comparison));
  }
  return status;
}

}  // namespace

void add_diff(CLI::App& app, Run& run) {
  const auto options = std::make_shared<DiffOptions>();
  CLI::App& command = add_command(app, run, "diff", "Shows what the oracles answer",
                                  "retort diff ext4.pair --op relocate", options, diff);
  command.add_option("PAIR", options->pairs, "Pair files")->required();
  add_selection(command, options->selection);
  command.add_flag("--json", options->json, "One JSON object for each pair, a line each");
}

}  // namespace retort
