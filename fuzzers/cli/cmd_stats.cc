// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// stats: what a fuzz target counted, from the page that it shares (RETORT_STATS), as JSON.
#include <cstring>
#include <nlohmann/json.hpp>

#include "fuzzers/cli/input.h"
#include "fuzzers/cli/options.h"
#include "oracles/fuzz_check.h"

namespace retort {
namespace {

struct StatsOptions {
  std::string file;
};

nlohmann::ordered_json stats_json(const FuzzStats& stats) {
  nlohmann::ordered_json json = {{"pairs", stats.pairs},
                                 {"operations", stats.operations},
                                 {"accepted", stats.accepted},
                                 {"relocations", stats.relocations},
                                 {"differences", stats.differences},
                                 {"explain_every", kExplainEvery},
                                 {"laws_every", kLawsEvery}};
  json["entries"] = nlohmann::ordered_json::array();
  for (std::size_t index = 0; index < entries().size(); ++index)
    json["entries"].push_back({{"name", entries()[index].name},
                               {"explains", stats.by_entry[index]},
                               {"alone", stats.alone[index]},
                               {"guarded", stats.guarded[index]}});
  return json;
}

Result<int> run_stats(const StatsOptions& options, const Console& console) {
  const Result<std::vector<std::byte>> bytes = read_file(options.file);
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() != sizeof(FuzzStats))
    return unreadable(options.file + ": this is not what a fuzz target of this build counts into.");
  FuzzStats stats;
  std::memcpy(&stats, bytes->data(), sizeof stats);
  console.print(stats_json(stats).dump(2) + "\n");
  return kDone;
}

}  // namespace

void add_stats(CLI::App& app, Run& run) {
  const auto options = std::make_shared<StatsOptions>();
  CLI::App& command = add_command(app, run, "stats", "Prints what a fuzz target counted",
                                  "retort stats hunt/stats", options, run_stats);
  command.add_option("FILE", options->file, "The file that RETORT_STATS named")->required();
}

}  // namespace retort
