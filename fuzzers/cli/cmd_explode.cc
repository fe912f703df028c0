// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// explode: from deduplicated BTF to what a linker's step sees, as input for dedup of any size.
#include <fmt/format.h>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/layers.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/explode.h"

namespace retort {
namespace {

struct ExplodeCommand {
  std::string file;
  std::string out;
  ExplodeOptions how;
};

Result<int> run_explode(const ExplodeCommand& options, const Console& console) {
  const Result<FileLayers> layers = read_layers(options.file, {}, console);
  if (!layers) return std::unexpected(layers.error());
  const Opened source = open_layers(*layers, btf::agreed_policy());
  if (!source) return rejected_in(*layers, source.error());
  if ((*source)->base())
    return rejected(fmt::format("{}: split BTF is not exploded, only a base.", options.file));
  const std::vector<std::byte> exploded = explode(**source, options.how);
  if (auto written = write_files({{options.out, exploded}}); !written)
    return std::unexpected(written.error());
  console.note(fmt::format("{} bytes from {}.", exploded.size(), (*source)->image().size()));
  return kDone;
}

}  // namespace

void add_explode(CLI::App& app, Run& run) {
  const auto options = std::make_shared<ExplodeCommand>();
  CLI::App& command =
      add_command(app, run, "explode", "Makes of deduplicated BTF what dedup is given",
                  "retort explode vmlinux --types 5000000 --out raw.btf", options, run_explode);
  command.add_option("FILE", options->file, "Deduplicated BTF without a base")->required();
  command.add_option("--types", options->how.types, "About so many types in all")
      ->check(CLI::Range(1U, 50'000'000U))
      ->capture_default_str();
  command.add_option("--per-unit", options->how.per_unit, "From so many on a unit only declares")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
  command.add_option("--out", options->out, "Where the exploded BTF goes")
      ->type_name("FILE")
      ->required();
}

}  // namespace retort
