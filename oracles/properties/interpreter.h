// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The interpreter: runs a program on one version of libbpf and checks after every call what has to
// hold of that call alone. What it does between two calls is a parameter, so that runs of one
// program can be compared with one another: nothing, or every question there is, or the object
// parsed anew from its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oracles/answer.h"
#include "oracles/libbpf/ops.h"
#include "oracles/pair.h"
#include "oracles/properties/hazards.h"
#include "oracles/properties/ledger.h"
#include "oracles/properties/program.h"

namespace retort {

/// What has to hold; sequence.cc has a name and a sentence for each.
enum class Promise : std::uint8_t {
  errors_are_told,
  failure_changes_nothing,
  next_id,
  reads_back,
  appending_keeps_the_rest,
  strings_once,
  finds_the_first,
  setters_are_heard,
  raw_data_says_the_same,
  getters_change_nothing,
  parsed_anew_is_the_same,
  byte_order_twice,
};

enum class Between : std::uint8_t { nothing, getters, parse_anew };

struct RunOptions {
  Between between = Between::nothing;
  bool avoid_hazards = false;  ///< leave out hazardous calls, and tell of them
  std::uint64_t fail_at = 0;   ///< the allocation, counted through all calls, that fails; or 0
};

/// What a call showed, for comparison with the same call of another run.
struct Step {
  bool ran = false;
  bool misused = false;  ///< left out, since it would have broken a precondition
  std::int64_t result = 0;
  std::uint64_t view = 0;  ///< canonical digest of the object it was about; 0 where there is none
  bool operator==(const Step&) const = default;
};

struct ProgramRun {
  std::optional<Answer> broken{};  ///< by the first promise that is broken
  std::vector<Step> steps{};       ///< one for each call
  HazardSet hazards{};
  bool failed_to_allocate = false;
  std::uint64_t allocations = 0;
};

/// Runs to the end, or to the first broken promise, and frees everything.
ProgramRun run_program(const libbpf_ops& ops, btf::Dialect dialect, const Pair& pair,
                       const Program& program, const RunOptions& options);

/// "line 3: add_ptr a void: what".
std::string at_call(const Program& program, std::size_t call, const std::string& what);

}  // namespace retort
