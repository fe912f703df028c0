// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The signature of a difference: what has to stay the same for two pairs to show the same thing.
// The oracle, the operation, how the answers differ, and the entries that explain it; where nothing
// does, what exactly was said, and for a crash the functions that it died in. Findings of one
// signature are counted as one, and a reduction keeps it.
#pragma once

#include <string>
#include <vector>

#include "oracles/answer.h"
#include "oracles/compare.h"

namespace retort {

struct Signature {
  std::string oracle;
  Op op = Op::check;
  std::string difference;            ///< "accepts", "rejects", "breaks reparse", "dies", ...
  std::vector<std::string> entries;  ///< that explain it; empty for a finding
  std::string place;                 ///< of a finding: errors in words, or the frames of a crash

  bool operator==(const Signature&) const = default;
};

/// "relocate by libbpf-6.12 rejects, as explained by fwd-sort-from-target".
std::string to_text(const Signature& signature);

/// How `answer` differs from the reference's: "agrees" where it does not.
std::string difference_between(const Answer& reference, const Answer& answer);

Signature signature_of(Op op, const Answer& reference, const OracleAnswer& answer);

}  // namespace retort
