// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/process_oracle.h"

#include <algorithm>
#include <utility>

namespace retort {
namespace {

constexpr double kAnswerSeconds = 10;

Answer death(bool timed_out, std::string detail) {
  Answer answer;
  answer.outcome = timed_out ? Outcome::hung : Outcome::crashed;
  answer.detail = std::move(detail);
  return answer;
}

// What a base is to it, not what is split from one.
std::size_t longest_base(const Pair& pair) {
  std::size_t longest = 0;
  for (const std::string_view tag : {kBase, kDistilled, kTarget})
    if (const auto* bytes = pair.find(tag)) longest = std::max(longest, bytes->size());
  return longest;
}

}  // namespace

ProcessOracle::ProcessOracle(std::string name, std::string command, ProcessManners manners)
    : name_(std::move(name)), command_(std::move(command)), manners_(manners) {}

std::optional<std::string> ProcessOracle::start() const {
  if (process_) return {};
  auto started = Process::start(command_);
  if (!started) return started.error();
  const auto message = (*started)->exchange("", manners_.greeting_seconds);
  if (!message) return "it ended before it greeted: " + message.error().sentence;
  auto greeting = read_greeting(*message);
  if (!greeting) return greeting.error();
  greeting_ = std::move(*greeting);
  process_ = std::move(*started);
  return {};
}

std::string_view ProcessOracle::version() const {
  if (const auto why = start(); why || !greeting_) return "does not run";
  return greeting_->version;
}

std::string_view ProcessOracle::describes() const {
  if (const auto why = start(); why || !greeting_) return command_;
  return greeting_->describes;
}

// A program that does not even start is asked, so that what is wrong with it is seen.
bool ProcessOracle::answers(Op op, const Pair& pair) const {
  if (!greeting_) static_cast<void>(start());
  if (!greeting_) return true;
  return std::ranges::find(greeting_->ops, op) != greeting_->ops.end() &&
         pair.splits().size() <= greeting_->max_splits &&
         longest_base(pair) <= greeting_->longest_base;
}

Answer ProcessOracle::answer(Op op, const Pair& pair) const {
  return *answer_apart(op, pair, kAnswerSeconds);
}

std::optional<Answer> ProcessOracle::answer_apart(Op op, const Pair& pair, double seconds) const {
  if (const auto why = start()) return death(false, *why);
  const auto message = process_->exchange(encode_message(question_message(op, pair)), seconds);
  if (!message) {
    process_.reset();
    return death(message.error().timed_out, message.error().sentence);
  }
  auto answer = read_answer(*message, op, pair);
  if (answer) return std::move(*answer);
  process_.reset();
  return death(false, "its answer cannot be read: " + answer.error());
}

}  // namespace retort
