// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The probes: run during the build, against exactly the sources that were built. Each entry's
// regression pair goes to each oracle in a child process; the entries that show become that
// oracle's description, written as C++ for the programs that are linked next.
//
// usage: retort-probe CORPUS_FOLDER OUTPUT
#include <filesystem>
#include <fstream>
#include <iostream>

#include "oracles/child.h"
#include "oracles/entries.h"
#include "oracles/kernels.h"
#include "oracles/model.h"
#include "oracles/probe.h"
#include "oracles/regressions.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: retort-probe CORPUS_FOLDER OUTPUT\n";
    return 2;
  }
  retort::add_kernels();
  const auto pairs = retort::read_regression_pairs(argv[1]);
  std::string text = "// Written by retort-probe during the build.\n";
  text += "#include \"oracles/probed.h\"\n\nnamespace retort {\nnamespace {\n";
  text += "constexpr ProbedEntry kProbed[] = {\n";
  for (const auto& oracle : retort::oracle_table()) {
    if (oracle->name() == "reference") continue;
    const retort::EntrySet shown = retort::probe(*oracle, pairs);
    for (const std::string& name : retort::names_of(shown))
      text += "    {\"" + std::string(oracle->name()) + "\", \"" + name + "\"},\n";
    for (const std::string& line : retort::disagreements(*oracle, shown, pairs))
      std::cerr << line << '\n';
  }
  text += "    {\"\", \"\"},\n};\n}  // namespace\n\n";
  text +=
      "std::span<const ProbedEntry> probed_table() { return kProbed; }\n\n}  // namespace retort\n";
  const std::filesystem::path output = argv[2];
  const std::filesystem::path temporary = output.string() + ".new";
  if (!(std::ofstream(temporary) << text)) {
    std::cerr << "retort-probe: cannot write " << temporary << '\n';
    return 2;
  }
  std::filesystem::rename(temporary, output);
  return 0;
}
