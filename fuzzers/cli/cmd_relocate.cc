// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// relocate: from split BTF on a distilled base to the same on another kernel. Where that fails,
// every distilled type without a match is named, with what the target has in its place.
#include <fmt/format.h>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/layers.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/fit.h"
#include "relocator/check.h"
#include "relocator/relocate.h"

namespace retort {
namespace {

struct RelocateOptions {
  std::string split;
  std::string distilled;
  std::string target;
  std::string out;
  std::string policy = "agreed";
  std::string oracle;
};

Result<FileLayers> read_split(const RelocateOptions& options, const Console& console) {
  std::vector<std::string> bases;
  if (!options.distilled.empty()) bases.push_back(options.distilled);
  Result<FileLayers> layers = read_layers(options.split, bases, console);
  if (layers && layers->files.size() == 1)
    return unreadable(
        fmt::format("{}: it carries no .BTF.base, so name its distilled base with --distilled.",
                    options.split));
  return layers;
}

std::string describe(const btf::Btf& split, const btf::Btf& target,
                     const btf::RelocationFailure& failure) {
  std::string text;
  for (const btf::Mismatch& mismatch : failure.mismatches) {
    text += fmt::format("  {}: {}\n", head_text(split, mismatch.distilled_id),
                        btf::mismatch_name(mismatch.reason));
    for (const std::uint32_t id : mismatch.candidates)
      text += fmt::format("    the target has {}\n", head_text(target, id));
  }
  return text;
}

// The sentence of the first failure, then a line for each type that has no match.
std::unexpected<Failure> failed(const RelocateOptions& options, const FileLayers& layers,
                                const btf::Btf& split, const btf::Btf& target,
                                const btf::RelocationFailure& failure) {
  const std::size_t count = failure.mismatches.size();
  if (count == 0) return rejected_in(layers, failure.error);
  std::string text = describe(split, target, failure);
  text.pop_back();
  return rejected(fmt::format("{}: does not relocate onto {}: {} of {} distilled types {}:\n{}",
                              options.split, options.target, count, split.start_id() - 1,
                              count == 1 ? "has no match" : "have no match", text));
}

Result<FileBytes> relocate_by_policy(const RelocateOptions& options, const FileLayers& layers,
                                     const BtfFile& target_file) {
  const btf::Policy& policy = policy_called(options.policy);
  const Opened split = open_layers(layers, policy);
  if (!split) return rejected_in(layers, split.error());
  const auto target = Kernel::open(target_file.btf, policy);
  if (!target)
    return rejected(fmt::format("{}: {}.", options.target, btf::sentence(target.error())));
  auto relocated = btf::relocate(**split, target->index(), policy);
  if (!relocated) return failed(options, layers, **split, *target->btf(), relocated.error());
  return std::move(relocated->bytes);
}

Result<FileBytes> relocate_as(const RelocateOptions& options, const FileLayers& layers,
                              const BtfFile& target) {
  Pair pair = pair_of(layers);
  pair.parts.front().tag = kDistilled;
  pair.append(kTarget, target.btf);
  Result<Answer> answer =
      ask_oracle(options.split, *find_oracle(options.oracle), Op::relocate, pair);
  if (!answer) return std::unexpected(answer.error());
  return std::move(answer->bytes);
}

Result<int> run_relocate(const RelocateOptions& options, const Console& console) {
  const Result<FileLayers> layers = read_split(options, console);
  if (!layers) return std::unexpected(layers.error());
  const Result<BtfFile> target = read_btf(options.target);
  if (!target) return std::unexpected(target.error());
  const Result<FileBytes> bytes = options.oracle.empty()
                                      ? relocate_by_policy(options, *layers, *target)
                                      : relocate_as(options, *layers, *target);
  if (!bytes) return std::unexpected(bytes.error());
  if (auto written = write_files({{options.out, *bytes}}); !written)
    return std::unexpected(written.error());
  console.note(fmt::format("relocated onto {}, {} bytes.", options.target, bytes->size()));
  return kDone;
}

}  // namespace

void add_relocate(CLI::App& app, Run& run) {
  const auto options = std::make_shared<RelocateOptions>();
  CLI::App& command =
      add_command(app, run, "relocate", "Relocates split BTF onto another kernel",
                  "retort relocate ext4.ko --onto vmlinux --out ext4.btf", options, run_relocate);
  command.add_option("SPLIT", options->split, "Split BTF, or a module that holds some")->required();
  command.add_option("--distilled", options->distilled, "Its distilled base, unless it carries it")
      ->type_name("FILE");
  command.add_option("--onto", options->target, "The kernel to relocate onto")
      ->type_name("TARGET")
      ->required();
  command.add_option("--out", options->out, "Where the relocated split goes")
      ->type_name("FILE")
      ->required();
  CLI::Option* policy = add_policy(command, options->policy);
  add_oracle(command, options->oracle)->excludes(policy);
}

}  // namespace retort
