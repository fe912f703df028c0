// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// replay: runs stored pairs and says what changed. What is recorded for a pair NAME.pair stands
// beside it in NAME.json (record.h). A pair without a record is held to the table alone.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "fuzzers/cli/comparison.h"
#include "fuzzers/cli/input.h"
#include "fuzzers/cli/matrix.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/cli/record.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ReplayOptions {
  std::vector<std::string> paths;
  Selection selection;
  bool record = false;
  bool matrix = false;
};

fs::path record_beside(const std::string& pair) {
  return fs::path(pair).replace_extension(".json");
}

Result<std::optional<Record>> record_beside_if_any(const std::string& pair) {
  const fs::path path = record_beside(pair);
  if (path == fs::path(pair) || !fs::exists(path)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (auto record = read_record(text)) return record;
  return unreadable(fmt::format("{}: this is no record of a pair's answers.", path.string()));
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

Result<void> write_record(const std::string& path, Json json) {
  // The record lies beside its pair, wherever that is.
  json["pair"] = fs::path(path).filename().string();
  const std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  return write_files({{record_beside(path).string(), std::as_bytes(std::span(text))}});
}

Result<std::vector<std::string>> replay_one(const std::string& path, const ReplayOptions& options,
                                            Matrix& matrix) {
  const Result<Pair> pair = read_pair(path);
  if (!pair) return std::unexpected(pair.error());
  const Result<PairComparison> comparison = compare_pair(path, options.selection);
  if (!comparison) return std::unexpected(comparison.error());
  if (options.matrix) {
    matrix.add(*comparison);
    return std::vector<std::string>{};
  }
  if (options.record) {
    if (auto written = write_record(path, record_json(*comparison, *pair)); !written)
      return std::unexpected(written.error());
    return std::vector<std::string>{};
  }
  const auto recorded = record_beside_if_any(path);
  if (!recorded) return std::unexpected(recorded.error());
  if (!*recorded) return findings(*comparison);
  return changes(**recorded, record_of(record_json(*comparison, *pair)));
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
  Matrix matrix;
  Progress progress(console, "pairs", pairs.size());
  for (const std::string& path : pairs) {
    const Result<std::vector<std::string>> lines = replay_one(path, options, matrix);
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
  if (options.matrix) {
    console.print(matrix.text());
    return status;
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
  CLI::Option* record =
      command.add_flag("--record", options->record, "Write what is answered now beside each pair");
  command
      .add_flag("--matrix", options->matrix,
                "Print pair by version, where versions differ, in place of what changed")
      ->excludes(record);
}

}  // namespace retort
