// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// survey: where the reference and libbpf agree on real modules, both onto the kernel that they were
// built for and onto another one; there, where other oracles agree, too.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "fuzzers/cli/further_oracles.h"
#include "fuzzers/cli/input.h"
#include "fuzzers/cli/module_files.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/survey.h"
#include "oracles/oracle.h"

namespace retort {
namespace {

struct SurveyOptions {
  std::vector<std::string> paths;
  std::string base;
  std::string target;
  std::vector<std::string> oracles;
  bool json = false;
};

nlohmann::ordered_json step_json(const StepCount& step) {
  return {{"asked", step.asked},
          {"accepted", step.accepted},
          {"same_verdict", step.same_verdict},
          {"same_canonical", step.same_canonical},
          {"same_bytes", step.same_bytes}};
}

std::string survey_json(const Survey& survey) {
  nlohmann::ordered_json json = {{"modules", survey.modules},
                                 {"round_trips", survey.round_trips},
                                 {"same_graph", survey.same_graph},
                                 {"changed_graphs", survey.changed_graphs}};
  json["oracles"] = nlohmann::ordered_json::array();
  for (const OracleSurvey& oracle : survey.oracles)
    json["oracles"].push_back({{"oracle", oracle.oracle},
                               {"version", oracle.version},
                               {"distill", step_json(oracle.distill)},
                               {"own", step_json(oracle.own)},
                               {"other", step_json(oracle.other)},
                               {"differing", oracle.differing}});
  return json.dump(2) + "\n";
}

std::string step_text(std::string_view what, const StepCount& step) {
  return fmt::format(
      "  {:<24}{:>6} asked, {:>6} accepted, same verdict {:>6}, same types {:>6}, "
      "same bytes {:>6}\n",
      what, step.asked, step.accepted, step.same_verdict, step.same_canonical, step.same_bytes);
}

std::string survey_text(const Survey& survey) {
  std::string text = fmt::format(
      "{} modules; {} relocate onto their own kernel, of which {} get back their type graph\n",
      survey.modules, survey.round_trips, survey.same_graph);
  for (const std::string& changed : survey.changed_graphs) text += "  " + changed + "\n";
  for (const OracleSurvey& oracle : survey.oracles) {
    text += fmt::format("reference beside {} ({})\n", oracle.oracle, oracle.version);
    text += step_text("distil", oracle.distill);
    text += step_text("onto the own kernel", oracle.own);
    text += step_text("onto the other kernel", oracle.other);
    for (const std::string& differing : oracle.differing) text += "  differs: " + differing + "\n";
  }
  return text;
}

bool all_agree(const Survey& survey) {
  for (const OracleSurvey& oracle : survey.oracles)
    if (!oracle.differing.empty()) return false;
  return survey.changed_graphs.empty();
}

// The reference and libbpf are asked in any case.
std::vector<const Oracle*> further_oracles(const std::vector<std::string>& names) {
  std::vector<const Oracle*> oracles;
  for (const std::string& name : names)
    if (name != "reference" && !name.starts_with("libbpf-")) oracles.push_back(find_oracle(name));
  return oracles;
}

Result<int> run_survey(const SurveyOptions& options, const Console& console) {
  const Result<std::vector<ModuleFile>> modules = find_modules(options.paths);
  if (!modules) return std::unexpected(modules.error());
  const Result<BtfFile> base = read_btf(options.base);
  if (!base) return std::unexpected(base.error());
  const Result<BtfFile> target = read_btf(options.target);
  if (!target) return std::unexpected(target.error());
  const std::vector<const Oracle*> further = further_oracles(options.oracles);
  for (const Oracle* oracle : further)
    if (const auto why = oracle->unavailable())
      return unreadable(fmt::format("{}: {}.", oracle->name(), *why));
  auto surveyor = Surveyor::open(base->btf, target->btf, further);
  if (!surveyor)
    return rejected(fmt::format("{} or {}: {}.", options.base, options.target,
                                btf::sentence(surveyor.error())));
  Progress progress(console, "modules", modules->size());
  for (const ModuleFile& module : *modules) {
    const Result<BtfFile> file = read_module(module);
    if (!file) return std::unexpected(file.error());
    if (!file->btf.empty()) (*surveyor)->add(module.name, file->btf);
    progress.step();
  }
  const Survey& survey = (*surveyor)->result();
  console.print(options.json ? survey_json(survey) : survey_text(survey));
  return all_agree(survey) ? kDone : kFinding;
}

}  // namespace

void add_survey(CLI::App& app, Run& run) {
  const auto options = std::make_shared<SurveyOptions>();
  CLI::App& command = add_command(
      app, run, "survey", "Compares the reference with libbpf on real modules",
      "retort survey 6.12.100/modules --base 6.12.100/vmlinux.btf --onto 6.12.117/vmlinux.btf",
      options, run_survey);
  command.add_option("MODULES", options->paths, "Modules, or folders of modules")->required();
  command.add_option("--base", options->base, "The kernel that they were built for")
      ->type_name("VMLINUX")
      ->required();
  command.add_option("--onto", options->target, "The other kernel")
      ->type_name("VMLINUX")
      ->required();
  add_oracles_option(command, options->oracles)
      ->description("Ask these too, by comma, to relocate onto the other kernel");
  add_oracle_commands(command);
  command.add_flag("--json", options->json, "Print JSON");
}

}  // namespace retort
