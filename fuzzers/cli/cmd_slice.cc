// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// slice: a small pair with the same answers. That they are the same is asked of the reference under
// every policy before anything is written.
#include <fmt/format.h>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/input.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/slice.h"

namespace retort {
namespace {

struct SliceOptions {
  std::string pair;
  std::string out;
};

Result<int> run_slice(const SliceOptions& options, const Console& console) {
  const Result<Pair> pair = read_pair(options.pair);
  if (!pair) return std::unexpected(pair.error());
  const auto sliced = slice(*pair);
  if (!sliced) return rejected(fmt::format("{}: {}.", options.pair, sliced.error()));
  if (const auto changed = changed_answer(*pair, *sliced))
    return rejected(fmt::format("{}: a slice would change an answer: {} under {} is {}, not {}.",
                                options.pair, op_name(changed->op), changed->policy,
                                answer_text(changed->after), answer_text(changed->before)));
  const std::vector<std::byte> file = serialize(*sliced);
  if (auto written = write_files({{options.out, file}}); !written)
    return std::unexpected(written.error());
  if (pair->find(kExt) != nullptr)
    console.note("BEXT is left out: its ids count from the base as it was.");
  console.note(fmt::format("{} bytes of {}.", file.size(), serialize(*pair).size()));
  return kDone;
}

}  // namespace

void add_slice(CLI::App& app, Run& run) {
  const auto options = std::make_shared<SliceOptions>();
  CLI::App& command = add_command(app, run, "slice", "Keeps of a pair what its answers depend on",
                                  "retort slice ext4.pair --out small.pair", options, run_slice);
  command.add_option("PAIR", options->pair, "The pair file")->required();
  command.add_option("--out", options->out, "Where the slice goes")->type_name("PAIR")->required();
}

}  // namespace retort
