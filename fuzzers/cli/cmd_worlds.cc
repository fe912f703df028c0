// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// worlds: every relocation of a few named types onto a few, through all oracles and policies.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/small_worlds.h"

namespace retort {
namespace {

struct WorldsOptions {
  WorldSize size;
  std::string findings;
  bool behaviours = false;
  bool json = false;
};

std::string worlds_text(const WorldCounts& counts) {
  return fmt::format(
      "{} cases, {} of which relocate; {} distinct behaviours\n"
      "{} answers of oracles differ from the reference's as foretold, {} were kept away by guards, "
      "{} are unexplained\n",
      counts.cases, counts.accepted, counts.behaviours.size(), counts.differing, counts.guarded,
      counts.findings.empty() ? "none" : std::to_string(counts.findings.size()));
}

nlohmann::ordered_json worlds_json(const WorldCounts& counts, bool behaviours) {
  nlohmann::ordered_json json = {{"cases", counts.cases},
                                 {"accepted", counts.accepted},
                                 {"behaviours", counts.behaviours.size()},
                                 {"differing", counts.differing},
                                 {"guarded", counts.guarded},
                                 {"findings", counts.findings.size()}};
  if (behaviours) json["behaviour"] = counts.behaviours;
  return json;
}

Result<void> keep_findings(const std::string& folder, const std::vector<Pair>& findings) {
  std::vector<std::vector<std::byte>> files;
  for (const Pair& finding : findings) files.push_back(serialize(finding));
  std::vector<Output> outputs;
  for (std::size_t index = 0; index < files.size(); ++index)
    outputs.push_back(
        {.path = fmt::format("{}/world-{}.pair", folder, index), .bytes = files[index]});
  return write_files(outputs);
}

Result<int> run_worlds(const WorldsOptions& options, const Console& console) {
  Progress progress(console, "distilled sides", distilled_sides(options.size));
  const WorldCounts counts = explore(options.size, [&] { progress.step(); });
  if (!options.findings.empty())
    if (const auto kept = keep_findings(options.findings, counts.findings); !kept)
      return std::unexpected(kept.error());
  if (options.json) {
    console.print(worlds_json(counts, options.behaviours).dump(2) + "\n");
  } else {
    console.print(worlds_text(counts));
    if (options.behaviours)
      for (const std::string& behaviour : counts.behaviours) console.print(behaviour + "\n");
  }
  return counts.findings.empty() ? kDone : kFinding;
}

}  // namespace

void add_worlds(CLI::App& app, Run& run) {
  const auto options = std::make_shared<WorldsOptions>();
  CLI::App& command =
      add_command(app, run, "worlds", "Tries every small relocation through all oracles",
                  "retort worlds --distilled 2 --target 3", options, run_worlds);
  command.add_option("--distilled", options->size.distilled, "Up to so many distilled types")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  command.add_option("--target", options->size.target, "Up to so many types of the target")
      ->check(CLI::Range(0, 4))
      ->capture_default_str();
  command.add_option("--findings", options->findings, "A folder for what nothing explains")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
  command.add_flag("--behaviours", options->behaviours, "List the distinct behaviours");
  command.add_flag("--json", options->json, "Print JSON");
}

}  // namespace retort
