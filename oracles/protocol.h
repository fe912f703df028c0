// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the messages of PROTOCOL.md say: how an oracle in another process greets, is asked and
// answers. Both ends are here, so that a program of ours speaks it as a stranger's does.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "oracles/answer.h"
#include "oracles/message.h"
#include "oracles/oracle.h"
#include "oracles/pair.h"

namespace retort {

struct Greeting {
  std::string version;
  std::string describes;
  std::vector<Op> ops;
  std::size_t max_splits = 0xffff;
  std::size_t longest_base = SIZE_MAX;  ///< that BASE, DIST or TRGT may be, in bytes
};

struct Question {
  Op op = Op::check;
  Pair pair;
};

Message greeting_message(const Greeting& greeting);
std::expected<Greeting, std::string> read_greeting(const Message& message);

Message question_message(Op op, const Pair& pair);
std::expected<Question, std::string> read_question(const Message& message);

Message answer_message(const Answer& answer);
/// The answer; where the program made no digest, it is made here from what it returned.
std::expected<Answer, std::string> read_answer(const Message& message, Op op, const Pair& pair);

/// Answers questions from `in` on `out` until `in` ends. Returns the exit status.
int serve(const Oracle& oracle, const Greeting& greeting, int in, int out);

}  // namespace retort
