// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// An oracle: something that answers an operation on a pair. oracle_table() is the one list of them;
// the first is the reference.
#pragma once

#include <memory>
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
  /// Answers in this process: whoever does not trust the oracle calls answer_in_child().
  [[nodiscard]] virtual Answer answer(Op op, const Pair& pair) const = 0;
};

std::span<const std::unique_ptr<Oracle>> oracle_table();
const Oracle* find_oracle(std::string_view name);

}  // namespace retort
