// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The record of a pair: what each oracle answers, and the reference under each policy, as JSON that
// is of use without this program (corpus/regressions/README.md describes it). Of a record count the
// operation, who answers, the outcome, the errno, the digest and the verdict; how a process died is
// left out, since that differs from build to build.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzzers/cli/comparison.h"
#include "oracles/pair.h"

namespace retort {

/// An answer as it is compared.
struct Said {
  std::string words;
  bool explained = false;
  bool death = false;
};
/// By operation and by who answers.
using Record = std::map<std::pair<std::string, std::string>, Said>;

nlohmann::ordered_json record_json(const PairComparison& comparison, const Pair& pair);
/// Nothing where the text is no record.
std::optional<Record> read_record(const std::string& text);
Record record_of(const nlohmann::ordered_json& json);

/// What is now otherwise than recorded, a line each. Who is not compiled in, or was not then, says
/// nothing about a change.
std::vector<std::string> changes(const Record& recorded, const Record& now);

}  // namespace retort
