// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Any program that speaks the protocol of PROTOCOL.md, as an oracle. It is started at the first
// question and asked again and again; a crash or a hang is the answer to the question that brought
// it about, and the next question starts the program anew.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "oracles/oracle.h"
#include "oracles/process.h"
#include "oracles/protocol.h"

namespace retort {

struct ProcessManners {
  double greeting_seconds = 10;  ///< that it may take until it greets
  bool asked_by_name_only = false;
};

class ProcessOracle : public Oracle {
 public:
  ProcessOracle(std::string name, std::string command, ProcessManners manners = {});

  /// Starts the command where it does not run yet; a sentence where it does not greet.
  std::optional<std::string> start() const;

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::string_view version() const override;
  [[nodiscard]] std::string_view describes() const override;
  [[nodiscard]] bool answers(Op op, const Pair& pair) const override;
  [[nodiscard]] std::optional<std::string> unavailable() const override { return start(); }
  [[nodiscard]] bool is_asked_by_name_only() const override { return manners_.asked_by_name_only; }
  [[nodiscard]] Answer answer(Op op, const Pair& pair) const override;
  [[nodiscard]] std::optional<Answer> answer_apart(Op op, const Pair& pair,
                                                   double seconds) const override;

 private:
  std::string name_;
  std::string command_;
  ProcessManners manners_;
  // What runs, and whether it has greeted, is no part of what the oracle is.
  mutable std::unique_ptr<Process> process_;
  mutable std::optional<Greeting> greeting_;
};

}  // namespace retort
