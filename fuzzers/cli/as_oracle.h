// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Asking one oracle for --as: in a child process, so that its death is an answer, and with what it
// said in one sentence.
#pragma once

#include <string>

#include "fuzzers/cli/failure.h"
#include "oracles/answer.h"
#include "oracles/oracle.h"

namespace retort {

/// What an answer says, for people: "rejected with EINVAL at SPLT", "crashed: signal 11".
std::string answer_text(const Answer& answer);

/// "EINVAL", or "errno 4711" where the number has no name.
std::string errno_text(int code);

/// The answer where the oracle accepted. A rejection, and a death that a guard explains, ends with
/// kRejected; any other death is a finding. `what` begins the sentence.
Result<Answer> ask_oracle(const std::string& what, const Oracle& oracle, Op op, const Pair& pair);

}  // namespace retort
