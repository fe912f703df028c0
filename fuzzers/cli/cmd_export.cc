// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// export: a finding in a form that its receiver can use without this project.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/input.h"
#include "fuzzers/cli/module_export.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/export.h"
#include "fuzzers/keep_signature.h"

namespace retort {
namespace {

struct ExportOptions {
  std::string pair;
  std::string to;
  std::string out;
  std::string op;
  std::string oracle;
  std::string kernel;
};

Result<int> export_raw(const ExportOptions& options, const Pair& pair, const Console& console) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error)
    return unreadable(
        fmt::format("{}: cannot be made a folder: {}.", options.out, error.message()));
  std::vector<Output> outputs;
  for (const NamedPart& part : named_parts(pair))
    outputs.push_back(
        {(std::filesystem::path(options.out) / part.file).string(), part.part->bytes});
  if (auto written = write_files(outputs); !written) return std::unexpected(written.error());
  for (const Output& output : outputs) console.print(output.path + "\n");
  return kDone;
}

// Which operation, and what about it; where all agree, only what --op names.
Result<ExportInput> input_of(const ExportOptions& options, const Pair& pair) {
  const std::string name = std::filesystem::path(options.pair).stem();
  const auto shown =
      choose_difference(pair, find_op(options.op), options.oracle, careful_asker({}));
  ExportInput input{
      .name = name, .pair = pair, .expected = {}, .came = {}, .reach = {}, .entries = {}};
  const ReachJudgement reach = reach_of(pair);
  input.reach = std::string(reach_name(reach.reach));
  if (!reach.why.empty()) input.reach += " (" + reach.why + ")";
  if (shown) {
    input.op = shown->signature.op;
    input.expected = shown->reference;
    input.came = fmt::format("{} ({}) {}", shown->oracle->name(), shown->oracle->version(),
                             answer_text(shown->answer.answer));
    input.entries = shown->answer.entries;
    return input;
  }
  const auto op = find_op(options.op);
  if (!op)
    return unreadable(
        fmt::format("{}: all oracles agree; --op says which operation is meant.", options.pair));
  if (!allows_op(pair, *op))
    return unreadable(fmt::format("{}: its parts do not allow {}.", options.pair, options.op));
  input.op = *op;
  input.expected = oracle_table()[0]->answer(*op, pair);
  return input;
}

// The series that is named, else that of the oracle that shows the difference, else the first.
std::string series_of(const ExportOptions& options) {
  if (!options.kernel.empty()) return options.kernel;
  // live-6.12-oldest, kernel-6.12-ungated
  const std::size_t begin = options.oracle.find('-') + 1;
  const std::string named = options.oracle.substr(begin, options.oracle.find('-', begin) - begin);
  const std::vector<std::string> known = module_series();
  return std::ranges::find(known, named) != known.end() ? named : known.front();
}

Result<int> export_ko(const ExportOptions& options) {
  if (module_series().empty())
    return unreadable(fmt::format("{}: this build knows no kernel.", options.pair));
  return export_module(options.pair, options.out, series_of(options),
                       options.oracle.ends_with("-oldest"));
}

Result<int> run_export(const ExportOptions& options, const Console& console) {
  const Result<Pair> pair = read_pair(options.pair);
  if (!pair) return std::unexpected(pair.error());
  if (options.to == "raw") return export_raw(options, *pair, console);
  if (options.to == "ko") return export_ko(options);
  const Result<ExportInput> input = input_of(options, *pair);
  if (!input) return std::unexpected(input.error());
  const Exported text = options.to == "c" ? export_c(*input) : export_selftest(*input);
  if (!text) return unreadable(fmt::format("{}: {}.", options.pair, text.error()));
  if (auto written = write_files({{options.out, std::as_bytes(std::span(*text))}}); !written)
    return std::unexpected(written.error());
  return kDone;
}

}  // namespace

void add_export(CLI::App& app, Run& run) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App& command = add_command(
      app, run, "export", "Writes a finding as C, as a selftest, as a module, or as its bare parts",
      "retort export small.pair --to c --out repro.c", options, run_export);
  command.add_option("PAIR", options->pair, "The pair file")->required();
  command
      .add_option("--to", options->to,
                  "c: one file that needs libbpf alone; selftest: a subtest as upstream writes "
                  "them; raw: a folder with the parts; ko: a module for a kernel, and the command "
                  "that shows it in a guest")
      ->type_name("FORM")
      ->required()
      ->check(known_name("form", {"c", "selftest", "raw", "ko"}));
  command.add_option("--out", options->out, "Where it goes")->type_name("PATH")->required();
  command.add_option("--kernel", options->kernel, "The series of the kernel that a module is for")
      ->type_name("SERIES")
      ->check(known_name("series", module_series()));
  add_one_op(command, options->op);
  add_one_oracle(command, options->oracle);
}

}  // namespace retort
