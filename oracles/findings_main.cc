// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Writes oracles/FINDINGS.md.
//
// usage: retort-findings CORPUS_FOLDER OUTPUT
#include <filesystem>
#include <fstream>
#include <iostream>

#include "oracles/entries.h"
#include "oracles/findings.h"
#include "oracles/regressions.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: retort-findings CORPUS_FOLDER OUTPUT\n";
    return 2;
  }
  const auto pairs = retort::read_regression_pairs(argv[1]);
  for (const retort::Entry& entry : retort::entries()) {
    if (pairs.contains(entry.name)) continue;
    std::cerr << "retort-findings: the entry " << entry.name << " has no pair in " << argv[1]
              << '\n';
    return 1;
  }
  const std::filesystem::path output = argv[2];
  const std::filesystem::path temporary = output.string() + ".new";
  if (!(std::ofstream(temporary) << retort::findings_page(pairs))) {
    std::cerr << "retort-findings: cannot write " << temporary << '\n';
    return 2;
  }
  std::filesystem::rename(temporary, output);
  return 0;
}
