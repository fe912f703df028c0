// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// distill: from split BTF on its full base to a distilled base and split BTF on that.
#include <fmt/format.h>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/layers.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "relocator/distill.h"

namespace retort {
namespace {

struct DistillOptions {
  std::string split;
  std::vector<std::string> bases;
  std::string out_base;
  std::string out_split;
  std::string policy = "agreed";
  std::string oracle;
};

Result<btf::Distilled> distil_as(const DistillOptions& options, const FileLayers& layers) {
  Result<Answer> answer =
      ask_oracle(options.split, *find_oracle(options.oracle), Op::distill, pair_of(layers));
  if (!answer) return std::unexpected(answer.error());
  return btf::Distilled{.base = std::move(answer->base_bytes), .split = std::move(answer->bytes)};
}

Result<btf::Distilled> distil(const DistillOptions& options, const FileLayers& layers) {
  if (!options.oracle.empty()) return distil_as(options, layers);
  const btf::Policy& policy = policy_called(options.policy);
  const Opened top = open_layers(layers, policy);
  if (!top) return rejected_in(layers, top.error());
  auto distilled = btf::distill(**top, policy);
  if (!distilled) return rejected_in(layers, distilled.error());
  return std::move(*distilled);
}

Result<int> run_distill(const DistillOptions& options, const Console& console) {
  if (options.out_base == "-" && options.out_split == "-")
    return unreadable("--out-base and --out-split cannot both be standard output.");
  const Result<FileLayers> layers = read_layers(options.split, options.bases, console);
  if (!layers) return std::unexpected(layers.error());
  if (layers->on_distilled)
    return rejected(
        fmt::format("{}: it carries .BTF.base, so it is distilled already.", options.split));
  const Result<btf::Distilled> distilled = distil(options, *layers);
  if (!distilled) return std::unexpected(distilled.error());
  if (auto written =
          write_files({{options.out_base, distilled->base}, {options.out_split, distilled->split}});
      !written)
    return std::unexpected(written.error());
  console.note(fmt::format("distilled base {} bytes, split {} bytes.", distilled->base.size(),
                           distilled->split.size()));
  return kDone;
}

}  // namespace

void add_distill(CLI::App& app, Run& run) {
  const auto options = std::make_shared<DistillOptions>();
  CLI::App& command = add_command(
      app, run, "distill", "Distils the base of split BTF",
      "retort distill ext4.ko --base vmlinux --out-base ext4.base.btf --out-split ext4.split.btf",
      options, run_distill);
  command.add_option("SPLIT", options->split, "Split BTF, or a module that holds some")->required();
  add_bases(command, options->bases)->required();
  command.add_option("--out-base", options->out_base, "Where the distilled base goes")
      ->type_name("FILE")
      ->required();
  command.add_option("--out-split", options->out_split, "Where the split on it goes")
      ->type_name("FILE")
      ->required();
  CLI::Option* policy = add_policy(command, options->policy);
  add_oracle(command, options->oracle)->excludes(policy);
}

}  // namespace retort
