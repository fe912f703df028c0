// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// replay: runs stored pairs and says what changed. What is recorded for a pair NAME.pair stands
// beside it in NAME.json, in the form of `diff --json`; of it count the operation, the oracle, the
// outcome, the errno, the digest and the verdict. What a guard's entry explains is damage to memory
// or worse, which kills on one day and not on another. A pair without a record is held to the table
// alone.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include "fuzzers/cli/comparison.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ReplayOptions {
  std::vector<std::string> paths;
  Selection selection;
  bool record = false;
};

struct Said {
  std::string words;
  bool explained = false;
  bool death = false;
};

// By operation and oracle.
using Answers = std::map<std::pair<std::string, std::string>, Said>;

Said read_answer(const Json& answer) {
  const auto text = [&](const char* key) { return answer.value(key, std::string()); };
  const std::string outcome = text("outcome");
  std::string words = outcome;
  if (answer.value("errno", 0) != 0) words += fmt::format(" errno {}", answer.value("errno", 0));
  if (!text("digest").empty()) words += " " + text("digest");
  return {
      .words = fmt::format("{} ({})", words, text("verdict")),
      .explained = text("verdict") == verdict_name(Verdict::explained),
      .death = outcome == outcome_name(Outcome::crashed) || outcome == outcome_name(Outcome::hung)};
}

bool is_change(const Said& before, const Said& after) {
  if (before.words == after.words) return false;
  const bool guarded = before.explained && after.explained && (before.death || after.death);
  return !guarded;
}

Answers answers_of(const Json& comparison) {
  Answers answers;
  for (const Json& op : comparison.at("ops"))
    for (const Json& answer : op.at("answers"))
      answers[{op.at("op"), answer.at("oracle")}] = read_answer(answer);
  return answers;
}

fs::path record_of(const std::string& pair) {
  return fs::path(pair).replace_extension(".json");
}

Result<std::optional<Answers>> read_record(const std::string& pair) {
  const fs::path path = record_of(pair);
  if (path == fs::path(pair) || !fs::exists(path)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  try {
    return answers_of(Json::parse(text));
  } catch (const Json::exception&) {
    return unreadable(fmt::format("{}: this is no record of a pair's answers.", path.string()));
  }
}

// What is now otherwise than recorded. Oracles that are not compiled in, or were not then, say
// nothing about a change.
std::vector<std::string> changes(const Answers& recorded, const Answers& now) {
  std::vector<std::string> lines;
  for (const auto& [what, before] : recorded) {
    const auto after = now.find(what);
    if (after != now.end() && is_change(before, after->second))
      lines.push_back(fmt::format("{} by {}: was {}, is {}", what.first, what.second, before.words,
                                  after->second.words));
  }
  return lines;
}

std::vector<std::string> findings(const PairComparison& comparison) {
  std::vector<std::string> lines;
  for (const OpComparison& op : comparison.ops)
    for (const OracleAnswer& answer : op.answers)
      if (answer.verdict == Verdict::finding)
        lines.push_back(fmt::format("{} by {}: a finding, and nothing is recorded", op_name(op.op),
                                    answer.oracle->name()));
  return lines;
}

// The pairs below a path, in order.
Result<std::vector<std::string>> pairs_below(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector{path};
  std::vector<std::string> pairs;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error))
    if (at->path().extension() == ".pair") pairs.push_back(at->path().string());
  if (error) return unreadable(fmt::format("{}: cannot be listed: {}.", path, error.message()));
  if (pairs.empty()) return unreadable(fmt::format("{}: no *.pair was found.", path));
  std::ranges::sort(pairs);
  return pairs;
}

Result<void> write_record(const PairComparison& comparison) {
  Json json = comparison_json(comparison);
  // The record lies beside its pair, wherever that is.
  json["pair"] = fs::path(comparison.pair).filename().string();
  const std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  return write_files({{record_of(comparison.pair).string(), std::as_bytes(std::span(text))}});
}

Result<std::vector<std::string>> replay_one(const std::string& path, const ReplayOptions& options) {
  const Result<PairComparison> comparison = compare_pair(path, options.selection);
  if (!comparison) return std::unexpected(comparison.error());
  if (options.record) {
    if (auto written = write_record(*comparison); !written) return std::unexpected(written.error());
    return std::vector<std::string>{};
  }
  const auto recorded = read_record(path);
  if (!recorded) return std::unexpected(recorded.error());
  if (!*recorded) return findings(*comparison);
  return changes(**recorded, answers_of(comparison_json(*comparison)));
}

Result<int> replay(const ReplayOptions& options, const Console& console) {
  std::vector<std::string> pairs;
  for (const std::string& path : options.paths) {
    const Result<std::vector<std::string>> below = pairs_below(path);
    if (!below) return std::unexpected(below.error());
    pairs.insert(pairs.end(), below->begin(), below->end());
  }
  int status = kDone;
  std::size_t changed = 0;
  Progress progress(console, "pairs", pairs.size());
  for (const std::string& path : pairs) {
    const Result<std::vector<std::string>> lines = replay_one(path, options);
    progress.step();
    if (!lines) {
      console.error(lines.error().sentence);
      status = std::max(status, lines.error().status);
      continue;
    }
    for (const std::string& line : *lines) console.print(fmt::format("{}: {}\n", path, line));
    if (!lines->empty()) {
      ++changed;
      status = kFinding;
    }
  }
  console.print(fmt::format("{} pairs {}, {} changed\n", pairs.size(),
                            options.record ? "recorded" : "replayed", changed));
  return status;
}

}  // namespace

void add_replay(CLI::App& app, Run& run) {
  const auto options = std::make_shared<ReplayOptions>();
  CLI::App& command = add_command(app, run, "replay", "Runs stored pairs and prints what changed",
                                  "retort replay corpus/regressions", options, replay);
  command.add_option("PATH", options->paths, "Pair files, or folders of them")->required();
  add_selection(command, options->selection);
  command.add_flag("--record", options->record, "Write what is answered now beside each pair");
}

}  // namespace retort
