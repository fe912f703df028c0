// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// oracles and rules: what is compiled in, and the table of entries.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuzzers/cli/options.h"
#include "oracles/entries.h"
#include "oracles/kernels.h"
#include "oracles/oracle.h"

namespace retort {
namespace {

using Json = nlohmann::ordered_json;

struct ListOptions {
  bool json = false;
};

Result<int> list_oracles(const ListOptions& options, const Console& console) {
  Json list = Json::array();
  for (const auto& oracle : oracle_table()) {
    if (const auto why = oracle->unavailable()) {
      list.push_back({{"oracle", oracle->name()}, {"missing", *why}});
      if (!options.json)
        console.print(fmt::format("{:14} cannot be asked: {}\n", oracle->name(), *why));
      continue;
    }
    const std::vector<std::string> shown = names_of(probed_entries(oracle->name()));
    list.push_back({{"oracle", oracle->name()},
                    {"version", oracle->version()},
                    {"describes", oracle->describes()},
                    {"entries", shown}});
    if (!options.json)
      console.print(fmt::format("{:14} {}\n{:14} {}; {} entries hold for it\n", oracle->name(),
                                oracle->version(), "", oracle->describes(), shown.size()));
  }
  for (const MissingKernel& kernel : missing_kernels()) {
    list.push_back({{"oracle", kernel.name}, {"missing", kernel.reason}});
    if (!options.json)
      console.print(fmt::format("{:14} not built: {}\n", kernel.name, kernel.reason));
  }
  if (options.json) console.print(list.dump(1) + "\n");
  return kDone;
}

// The oracles whose probes show the entry.
std::vector<std::string> shown_by(std::size_t index) {
  std::vector<std::string> names;
  for (const auto& oracle : oracle_table())
    if (probed_entries(oracle->name()).test(index)) names.emplace_back(oracle->name());
  return names;
}

Json entry_json(const Entry& entry, const std::vector<std::string>& shown) {
  return {{"name", entry.name},
          {"sort", sort_name(entry.sort)},
          {"ours", entry.ours},
          {"op", op_name(entry.op)},
          {"sentence", entry.sentence},
          {"upstream", entry.upstream},
          {"documented", entry.oracles},
          {"shown_by", shown},
          {"severity", severity_name(entry.severity)},
          {"pair", entry.pair_file()}};
}

std::string entry_text(const Entry& entry, const std::vector<std::string>& shown) {
  std::string text = fmt::format("{} ({}{})\n  {}\n", entry.name, sort_name(entry.sort),
                                 entry.ours ? ", ours" : "", entry.sentence);
  if (!entry.upstream.empty()) text += fmt::format("  upstream: {}\n", entry.upstream);
  text += fmt::format("  shown by: {}\n", shown.empty() ? "none that is compiled in"
                                                        : fmt::to_string(fmt::join(shown, ", ")));
  return text;
}

Result<int> list_rules(const ListOptions& options, const Console& console) {
  Json list = Json::array();
  for (std::size_t index = 0; index < entries().size(); ++index) {
    const Entry& entry = entries()[index];
    const std::vector<std::string> shown = shown_by(index);
    if (options.json)
      list.push_back(entry_json(entry, shown));
    else
      console.print(entry_text(entry, shown));
  }
  if (options.json) console.print(list.dump(1) + "\n");
  return kDone;
}

}  // namespace

void add_oracles(CLI::App& app, Run& run) {
  const auto oracles = std::make_shared<ListOptions>();
  add_command(app, run, "oracles", "Lists what is compiled in, with exact versions",
              "retort oracles", oracles, list_oracles)
      .add_flag("--json", oracles->json, "As JSON");
  const auto rules = std::make_shared<ListOptions>();
  add_command(app, run, "rules",
              "Lists the table of entries: rules, deviations, tolerances, guards",
              "retort rules --json", rules, list_rules)
      .add_flag("--json", rules->json, "As JSON");
}

}  // namespace retort
