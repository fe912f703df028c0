// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Laws: what has to hold between an oracle's answers to one pair and its answers to variants of it,
// whatever the answers are. They need no second implementation, and hold for every oracle; the
// model of an oracle is put to the same laws, and so predicts the ones that a known defect breaks.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "oracles/answer.h"
#include "oracles/pair.h"

namespace retort {

struct Law {
  std::string_view name;      ///< Answer::property where it is broken
  std::string_view sentence;  ///< what holds
};

/// All laws, in the order in which they are tried.
std::span<const Law> laws();

/// How the oracle, or its model, is asked: operations that are no property operations.
using AskHere = std::function<Answer(Op, const Pair&)>;

/// Accepted where all laws hold, else the first that is broken. A pair of which a part is malformed
/// has no variants; a stack on a distilled base is left out, since what libbpf answers there is
/// bounded by a tolerance but not determined.
Answer check_laws(const AskHere& ask, const Pair& pair);

}  // namespace retort
