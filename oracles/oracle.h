// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// An oracle: something that answers an operation on a pair. oracle_table() is the one list of them;
// the first is the reference.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "oracles/answer.h"
#include "oracles/pair.h"

namespace retort {

class Oracle {
 public:
  Oracle() = default;
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  virtual ~Oracle() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;  ///< "reference", "libbpf-6.12"
  [[nodiscard]] virtual std::string_view version()
      const = 0;  ///< exact, of the source it was built from
  [[nodiscard]] virtual std::string_view describes() const = 0;  ///< one line for `retort oracles`
  /// Whether it can be asked that at all; no operation is expected of all oracles.
  [[nodiscard]] virtual bool answers(Op /*op*/, const Pair& /*pair*/) const { return true; }
  /// Why it cannot be asked on this machine: a sentence, where it cannot.
  [[nodiscard]] virtual std::optional<std::string> unavailable() const { return {}; }
  /// Whether only those ask it who name it: it is slow, or described in part alone.
  [[nodiscard]] virtual bool is_asked_by_name_only() const { return false; }
  /// Answers in this process: whoever does not trust the oracle calls answer_in_child().
  [[nodiscard]] virtual Answer answer(Op op, const Pair& pair) const = 0;
  /// Answers from a process that the oracle keeps, in so many seconds at most; nothing where it has
  /// none and the caller has to make one.
  [[nodiscard]] virtual std::optional<Answer> answer_apart(Op /*op*/, const Pair& /*pair*/,
                                                           double /*seconds*/) const {
    return {};
  }
};

std::span<const std::unique_ptr<Oracle>> oracle_table();
/// Adds an oracle that only this run has. Its name must be new.
void add_oracle(std::unique_ptr<Oracle> oracle);
const Oracle* find_oracle(std::string_view name);

}  // namespace retort
