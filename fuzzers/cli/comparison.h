// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Running a pair through oracles, each in a child process, and the result as JSON: what diff,
// explain and replay have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzzers/cli/failure.h"
#include "oracles/child.h"
#include "oracles/compare.h"
#include "oracles/pair.h"

namespace retort {

/// What --op and --oracles chose; empty for all.
struct Selection {
  std::vector<std::string> ops;
  std::vector<std::string> oracles;
  double seconds = ChildLimits{}.seconds;  ///< that each answer may take
};

struct PairComparison {
  std::string pair;
  std::vector<OpComparison> ops;

  [[nodiscard]] Verdict verdict() const;
};

/// Reads a pair and asks for every operation that its parts allow.
Result<PairComparison> compare_pair(const std::string& path, const Selection& selection);
PairComparison compare_pair(const std::string& name, const Pair& pair, const Selection& selection);

/// As the contract of `diff --json` has it.
nlohmann::ordered_json comparison_json(const PairComparison& comparison);
/// One line, valid UTF-8 whatever a dying process said.
std::string json_line(const nlohmann::ordered_json& json);

std::vector<std::string> entry_names(const std::vector<std::size_t>& indices);

/// kFinding if nothing explains something, else kDone.
int exit_status(const PairComparison& comparison);

}  // namespace retort
