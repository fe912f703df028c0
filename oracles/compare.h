// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Comparison and explanation. The reference's answer is what was agreed; where an oracle answers
// otherwise, the smallest set of its entries is searched under which the model gives the oracle's
// answer. Only entries that had something to decide on this pair may explain. What no such set
// explains is a finding.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "oracles/answer.h"
#include "oracles/entries.h"
#include "oracles/opened_pair.h"
#include "oracles/oracle.h"

namespace retort {

enum class Verdict : std::uint8_t {
  agree,
  explained,
  undecided,  ///< explained, by entries alone on which nothing was agreed
  finding,
};
std::string_view verdict_name(Verdict verdict);

struct OracleAnswer {
  const Oracle* oracle = nullptr;
  Answer answer;
  Verdict verdict = Verdict::agree;
  std::vector<std::size_t> entries;  ///< the smallest explaining set, as indices of entries()
};

struct OpComparison {
  Op op = Op::check;
  std::vector<OracleAnswer> answers;  ///< the reference's first
  /// The worst of the answers' verdicts: finding, then undecided, then explained.
  [[nodiscard]] Verdict verdict() const;
  /// The union of the answers' entries.
  [[nodiscard]] std::vector<std::string> entry_names() const;
};

/// How an oracle is asked: in this process, or in a child that may die.
using Asker = std::function<Answer(const Oracle&, Op, const Pair&)>;

/// Asks every oracle and compares with the reference. `oracles` need not name the reference.
OpComparison compare(Op op, const Pair& pair, std::span<const Oracle* const> oracles,
                     const Asker& ask);

/// Explains one answer by the entries of `known`; a death is explained by a guard that fires.
void explain(Op op, OpenedPair& pair, const Answer& reference, const EntrySet& known,
             OracleAnswer& answer);

}  // namespace retort
