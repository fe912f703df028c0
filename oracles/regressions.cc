// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/regressions.h"

#include <fstream>
#include <iterator>
#include <span>

#include "oracles/entries.h"

namespace retort {

std::map<std::string, Pair> read_regression_pairs(const std::filesystem::path& folder) {
  std::map<std::string, Pair> pairs;
  for (const Entry& entry : entries()) {
    std::ifstream file(folder / entry.pair_file(), std::ios::binary);
    if (!file) continue;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto pair = parse_pair(std::as_bytes(std::span(text)));
    if (pair) pairs.emplace(entry.name, std::move(*pair));
  }
  return pairs;
}

}  // namespace retort
