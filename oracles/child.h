// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Asking an oracle in a child process, within limits of time and memory. A crash or a hang is an
// answer like any other: with the signal, and the first frame of the crash or the sanitizer's own
// summary.
#pragma once

#include <cstddef>

#include "oracles/oracle.h"

namespace retort {

struct ChildLimits {
  /// Of processor time, so that a busy machine hangs nobody; a child that neither computes nor
  /// answers is given ten times as long by the clock on the wall.
  double seconds = 10;
  std::size_t bytes = std::size_t{4} << 30;  ///< resident memory
};

/// Forks, so the caller must have one thread only. Never throws and never fails: where no child can
/// be made, the answer is a crash that says so.
Answer answer_in_child(const Oracle& oracle, Op op, const Pair& pair,
                       const ChildLimits& limits = {});

}  // namespace retort
