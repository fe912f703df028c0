// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The one table of entries: every known way in which an oracle's answer may differ from the
// reference's under the agreed policy. An oracle is described by the set of entries that hold for
// it; the model of that set predicts its answers. To add an entry: one line in entries.cc, its code
// in oracles/deviations/ or oracles/guards.cc where it has any, and its regression pair.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/answer.h"
#include "oracles/deviation.h"
#include "oracles/guards.h"
#include "oracles/tolerances.h"
#include "relocator/rules.h"

namespace retort {

enum class Sort : std::uint8_t {
  rule,       ///< a choice of design: a rule that is followed or a check that is made, or not
  deviation,  ///< an upstream defect that can be predicted
  tolerance,  ///< a lesser result that is not worth predicting, within bounds
  guard,      ///< input that makes the oracle crash or hang
};
std::string_view sort_name(Sort sort);

/// The worst that the entry does to whoever calls, worst first; choices of design do nothing bad.
enum class Severity : std::uint8_t {
  memory,        ///< reads or writes memory that is not there to be used, or exhausts the stack
  hang,          ///< does not come back
  wrong_result,  ///< says that all is well, and it is not
  refusal,       ///< refuses what should be accepted
  none,
};
inline constexpr Severity kSeverities[] = {Severity::memory, Severity::hang, Severity::wrong_result,
                                           Severity::refusal, Severity::none};
std::string_view severity_name(Severity severity);

struct OpenedParts;

struct Entry {
  std::string name;  ///< "check:version", "rule:size-always", "fwd-sort-from-target"
  Sort sort = Sort::rule;
  bool ours = false;          ///< nobody agreed on it: a difference only here is undecided
  Op op = Op::check;          ///< the operation that shows it on its regression pair
  std::string sentence;       ///< what the oracle does, as a full sentence
  std::string_view oracles;   ///< documented: the release described in full that it holds for;
                              ///< releases.cc has the others
  std::string_view upstream;  ///< where upstream does it
  Severity severity = Severity::none;
  std::optional<btf::Rule> rule;    ///< sort rule: this one is decided the other way
  std::optional<btf::Check> check;  ///< this check is not made
  const Deviation* deviation = nullptr;
  GuardPredicate guard = nullptr;
  TolerancePredicate tolerance = nullptr;
  /// Whether the oracle accepts parts that nobody here can read: what other operations make of them
  /// is neither foretold nor asked in process.
  bool (*blinds)(const OpenedParts& parts) = nullptr;

  /// The file in corpus/regressions/ that shows the entry.
  [[nodiscard]] std::string pair_file() const;
  [[nodiscard]] bool documented_for(std::string_view oracle) const;
};

inline constexpr std::size_t kMaxEntries = 256;
using EntrySet = std::bitset<kMaxEntries>;

std::span<const Entry> entries();
/// The index in entries() of that name, or nothing.
std::optional<std::size_t> find_entry(std::string_view name);
/// The entries documented for an oracle, before any probe.
EntrySet documented_entries(std::string_view oracle);
/// The entries that the probes found to hold for the sources that this program was built from.
EntrySet probed_entries(std::string_view oracle);
std::vector<std::string> names_of(const EntrySet& set);

}  // namespace retort
