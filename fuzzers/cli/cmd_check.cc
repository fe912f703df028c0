// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// check: accepts or rejects a file, as a policy or an oracle does.
#include <fmt/format.h>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/layers.h"
#include "fuzzers/cli/options.h"

namespace retort {
namespace {

struct CheckOptions {
  std::string file;
  std::vector<std::string> bases;
  std::string policy = "agreed";
  std::string oracle;
};

void print_verdict(const Console& console, Tone tone, std::string_view verdict,
                   std::string_view file, std::string_view rest) {
  console.print(fmt::format("{}: {}{}\n", file, console.toned(tone, verdict), rest));
}

Result<int> check_as(const CheckOptions& options, const Console& console,
                     const FileLayers& layers) {
  const Oracle& oracle = *find_oracle(options.oracle);
  const Result<Answer> answer = ask_oracle(options.file, oracle, Op::check, pair_of(layers));
  if (answer) {
    print_verdict(console, Tone::good, "accepted", options.file,
                  fmt::format(" by {}", oracle.name()));
    return kDone;
  }
  if (answer.error().status != kRejected) return std::unexpected(answer.error());
  console.print(answer.error().sentence + "\n");
  return kRejected;
}

Result<int> check(const CheckOptions& options, const Console& console) {
  const Result<FileLayers> layers = read_layers(options.file, options.bases, console);
  if (!layers) return std::unexpected(layers.error());
  if (!options.oracle.empty()) return check_as(options, console, *layers);
  const Opened top = open_layers(*layers, policy_called(options.policy));
  if (!top) {
    print_verdict(console, Tone::bad, "rejected", file_at_fault(*layers, top.error()),
                  fmt::format(": {}.", sentence_in(*layers, top.error())));
    return kRejected;
  }
  print_verdict(console, Tone::good, "accepted", options.file,
                fmt::format(", {} types", (*top)->end_id() - (*top)->start_id()));
  return kDone;
}

}  // namespace

void add_check(CLI::App& app, Run& run) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App& command = add_command(app, run, "check", "Accepts or rejects, and says why",
                                  "retort check vmlinux --policy libbpf-6.12", options, check);
  command.add_option("FILE", options->file, "Raw BTF, or an ELF file that holds some")->required();
  add_bases(command, options->bases);
  CLI::Option* policy = add_policy(command, options->policy);
  add_oracle(command, options->oracle)->excludes(policy);
}

}  // namespace retort
