// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The command line `retort`: registers the commands, and turns how one ended into an exit status.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>

#include "fuzzers/cli/commands.h"
#include "fuzzers/cli/further_oracles.h"
#include "fuzzers/cli/version.h"

namespace {

using retort::Color;
using retort::Console;
using retort::Result;
using retort::Run;

void add_everywhere(CLI::App& app, Console& console) {
  static const std::map<std::string, Color> colors = {
      {"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}};
  app.set_version_flag("--version", retort::version_text,
                       "Print the version, and those of all oracles");
  app.add_flag("--quiet", console.quiet, "Print results and errors only");
  app.add_option_function<std::string>(
         "--color", [&console](const std::string& when) { console.color = colors.at(when); },
         "auto, always or never; NO_COLOR is respected")
      ->type_name("WHEN")
      ->check(
          [](const std::string& when) -> std::string {
            if (colors.contains(when)) return {};
            return "'" + when + "' is none of auto, always, never";
          },
          "", "auto always never");
  app.fallthrough();
}

void add_commands(CLI::App& app, Run& run) {
  retort::add_dump(app, run);
  retort::add_check(app, run);
  retort::add_find(app, run);
  retort::add_distill(app, run);
  retort::add_relocate(app, run);
  retort::add_dedup(app, run);
  retort::add_modules(app, run);
  retort::add_pack(app, run);
  retort::add_slice(app, run);
  retort::add_diff(app, run);
  retort::add_explain(app, run);
  retort::add_reduce(app, run);
  retort::add_export(app, run);
  retort::add_replay(app, run);
  retort::add_oracles(app, run);
  retort::add_survey(app, run);
  retort::add_stats(app, run);
  retort::add_worlds(app, run);
  retort::add_explode(app, run);
  retort::add_document(app, run);
  app.require_subcommand(1);
}

int finish(const Console& console, const Result<int>& result) {
  if (!result) console.error(result.error().sentence);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    console.error("standard output: cannot be written.");
    return retort::kUnreadable;
  }
  return result ? *result : result.error().status;
}

int run_command_line(int argc, char** argv) {
  CLI::App app("Distils and relocates BTF, and compares who does it.", "retort");
  app.footer(
      "\nExample: retort relocate module.ko --onto vmlinux --out module.btf\n"
      "Exit status: 0 done or accepted, 1 rejected, 2 wrong usage or unreadable file, "
      "3 a finding.");
  Console console;
  Run run;
  if (const auto sentence = retort::add_further_oracles(argc, argv)) {
    console.error(*sentence);
    return retort::kUnreadable;
  }
  add_everywhere(app, console);
  add_commands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come this way too.
    if (error.get_exit_code() == 0) return app.exit(error);
    console.error(std::string(error.what()) + " (see retort --help).");
    return retort::kUnreadable;
  }
  return finish(console, run(console));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "retort: stopped: %s.\n", error.what());
    return retort::kUnreadable;
  }
}
