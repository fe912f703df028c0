// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// reduce: the smallest pair that still shows the same difference. Every candidate is asked in a
// child; what was found is asked once more with all the time that an answer may take, since a
// hang within a reduction is one after a fraction of a second.
#include <fmt/format.h>

#include <chrono>

#include "fuzzers/cli/input.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "fuzzers/keep_signature.h"

namespace retort {
namespace {

using Clock = std::chrono::steady_clock;

// A small pair is answered within milliseconds.
constexpr double kHangSeconds = 0.5;

struct ReduceOptions {
  std::string pair;
  std::string out;
  std::string op;
  std::string oracle;
  double seconds = 45;
};

std::size_t size_of(const Pair& pair) {
  return serialize(pair).size();
}

Result<int> run_reduce(const ReduceOptions& options, const Console& console) {
  const Result<Pair> pair = read_pair(options.pair);
  if (!pair) return std::unexpected(pair.error());
  const Asker patient = careful_asker({});
  const auto shown = choose_difference(*pair, find_op(options.op), options.oracle, patient);
  if (!shown)
    return unreadable(fmt::format("{}: no difference to keep: all oracles agree{}.", options.pair,
                                  options.op.empty() ? "" : " on " + options.op));
  console.note(fmt::format("keeps: {}.", to_text(shown->signature)));
  const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  const ReduceBudget budget{.is_over = [end] { return Clock::now() > end; }};
  const StillShows quick = keeps_signature(*shown, careful_asker({.seconds = kHangSeconds}));
  const Reduction reduction = reduce(*pair, quick, budget);
  if (!(reduction.pair == *pair) && !keeps_signature(*shown, patient)(reduction.pair))
    return unreadable(fmt::format(
        "{}: what shows the difference within {} s does not show it within {} s; nothing is "
        "written.",
        options.pair, kHangSeconds, ChildLimits{}.seconds));
  if (auto written = write_files({{options.out, serialize(reduction.pair)}}); !written)
    return std::unexpected(written.error());
  console.note(fmt::format("{} types of {}, {} bytes of {}; {} candidates were asked about{}.",
                           count_types(reduction.pair), count_types(*pair), size_of(reduction.pair),
                           size_of(*pair), reduction.questions,
                           reduction.finished ? "" : ", and time ended before nothing more went"));
  return kDone;
}

}  // namespace

void add_reduce(CLI::App& app, Run& run) {
  const auto options = std::make_shared<ReduceOptions>();
  CLI::App& command = add_command(
      app, run, "reduce", "Makes the smallest pair that still shows the same difference",
      "retort reduce finding.pair --out small.pair", options, run_reduce);
  command.add_option("PAIR", options->pair, "The pair file")->required();
  command.add_option("--out", options->out, "Where the small pair goes")
      ->type_name("PAIR")
      ->required();
  add_one_op(command, options->op);
  add_one_oracle(command, options->oracle);
  command.add_option("--seconds", options->seconds, "How long to try")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

}  // namespace retort
