// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// export: a finding in a form that its receiver can use without this project.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/input.h"
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

Result<int> run_export(const ExportOptions& options, const Console& console) {
  const Result<Pair> pair = read_pair(options.pair);
  if (!pair) return std::unexpected(pair.error());
  if (options.to == "raw") return export_raw(options, *pair, console);
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
  CLI::App& command =
      add_command(app, run, "export", "Writes a finding as C, as a selftest, or as its bare parts",
                  "retort export small.pair --to c --out repro.c", options, run_export);
  command.add_option("PAIR", options->pair, "The pair file")->required();
  command
      .add_option("--to", options->to,
                  "c: one file that needs libbpf alone; selftest: a subtest as upstream writes "
                  "them; raw: a folder with the parts")
      ->type_name("FORM")
      ->required()
      ->check(known_name("form", {"c", "selftest", "raw"}));
  command.add_option("--out", options->out, "Where it goes")->type_name("PATH")->required();
  add_one_op(command, options->op);
  add_one_oracle(command, options->oracle);
}

}  // namespace retort
