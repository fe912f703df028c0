// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What a reduction of a finding must keep: its signature and its reach. A candidate is asked about
// only once everything that is cheaper than asking says that it may still show the difference.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "fuzzers/reduce.h"
#include "oracles/child.h"
#include "oracles/compare.h"
#include "oracles/pair.h"
#include "oracles/reach.h"
#include "oracles/signature.h"

namespace retort {

/// A difference on a pair, and who shows it.
struct Shown {
  const Oracle* oracle = nullptr;
  Answer reference;
  OracleAnswer answer;
  Signature signature;
  ReachJudgement reach;
};

/// Asks every oracle in a child but the reference, which cannot die.
Asker careful_asker(const ChildLimits& limits);
/// Asks in a child only where a guard expects the oracle's death: quicker by far, for whoever can
/// do with dying of what is not known yet.
Asker trusting_asker(const ChildLimits& limits);

/// How the oracle's answer differs from the reference's; nothing where it does not.
std::optional<Shown> shown_on(const Pair& pair, Op op, const Oracle& oracle, const Asker& ask);

/// Which difference is meant: a finding before what is explained, what is worse before what is less
/// so. `op` and `oracle` narrow the choice.
std::optional<Shown> choose_difference(const Pair& pair, std::optional<Op> op,
                                       std::string_view oracle, const Asker& ask);

/// Whether a candidate shows the same and is not harder to reach. The difference must outlive it.
StillShows keeps_signature(const Shown& shown, const Asker& ask);

}  // namespace retort
