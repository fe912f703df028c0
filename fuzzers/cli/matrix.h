// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The matrix of `replay --matrix`: pair by version. A row is an operation on a pair, a column an
// oracle; a cell says how its answer stands to the reference's. Only rows are shown in which
// versions of one library or kernel differ: there a release changed something.
#pragma once

#include <string>
#include <vector>

#include "fuzzers/cli/comparison.h"

namespace retort {

class Matrix {
 public:
  void add(const PairComparison& comparison);

  /// A head, the rows in which versions differ, and how many rows there were.
  [[nodiscard]] std::string text() const;

 private:
  struct Row {
    std::string pair;
    std::string op;
    std::vector<std::string> cells;  ///< by column; empty where the oracle was not asked
  };

  std::size_t column_of(std::string_view oracle);
  [[nodiscard]] bool differs(const Row& row) const;
  [[nodiscard]] const std::string& cell(const Row& row, std::size_t column) const;

  std::vector<std::string> oracles_;
  std::vector<Row> rows_;
};

}  // namespace retort
