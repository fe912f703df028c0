// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace retort {
namespace {

std::string cell_of(const OracleAnswer& answer) {
  if (answer.verdict == Verdict::agree) return "=";
  if (answer.verdict == Verdict::finding) return "FINDING";
  return fmt::to_string(fmt::join(entry_names(answer.entries), "+"));
}

// "libbpf-6.12" and "libbpf-7.3" are versions of one thing; so are the kernels that trust.
std::string family_of(std::string_view oracle) {
  constexpr std::string_view ungated = "-ungated";
  const bool trusts = oracle.ends_with(ungated);
  return std::string(oracle.substr(0, oracle.find('-'))) + std::string(trusts ? ungated : "");
}

}  // namespace

void Matrix::add(const PairComparison& comparison) {
  const std::string name = std::filesystem::path(comparison.pair).stem();
  for (const OpComparison& op : comparison.ops) {
    Row row{.pair = name, .op = std::string(op_name(op.op)), .cells = {}};
    for (const OracleAnswer& answer : op.answers) {
      if (answer.oracle->name() == "reference") continue;
      const std::size_t column = column_of(answer.oracle->name());
      if (row.cells.size() <= column) row.cells.resize(column + 1);
      row.cells[column] = cell_of(answer);
    }
    rows_.push_back(std::move(row));
  }
}

std::size_t Matrix::column_of(std::string_view oracle) {
  const auto found = std::ranges::find(oracles_, oracle);
  if (found != oracles_.end()) return static_cast<std::size_t>(found - oracles_.begin());
  oracles_.emplace_back(oracle);
  return oracles_.size() - 1;
}

const std::string& Matrix::cell(const Row& row, std::size_t column) const {
  static const std::string none;
  return column < row.cells.size() ? row.cells[column] : none;
}

bool Matrix::differs(const Row& row) const {
  std::map<std::string, std::string> seen;
  for (std::size_t column = 0; column < oracles_.size(); ++column) {
    const std::string& said = cell(row, column);
    if (said.empty()) continue;
    const auto [first, is_first] = seen.try_emplace(family_of(oracles_[column]), said);
    if (!is_first && first->second != said) return true;
  }
  return false;
}

std::string Matrix::text() const {
  std::vector<std::vector<std::string>> lines = {{"pair", "operation"}};
  for (const std::string& oracle : oracles_) lines[0].push_back(oracle);
  for (const Row& row : rows_) {
    if (!differs(row)) continue;
    std::vector<std::string>& line = lines.emplace_back(std::vector{row.pair, row.op});
    for (std::size_t column = 0; column < oracles_.size(); ++column)
      line.push_back(cell(row, column).empty() ? "-" : cell(row, column));
  }
  std::vector<std::size_t> widths(lines[0].size());
  for (const auto& line : lines)
    for (std::size_t column = 0; column < line.size(); ++column)
      widths[column] = std::max(widths[column], line[column].size());
  std::string text;
  for (const auto& line : lines) {
    std::string padded;
    for (std::size_t column = 0; column < line.size(); ++column)
      padded += fmt::format("{:{}}  ", line[column], widths[column]);
    text += padded.substr(0, padded.find_last_not_of(' ') + 1) + "\n";
  }
  return text +
         fmt::format("{} of {} rows differ between versions\n", lines.size() - 1, rows_.size());
}

}  // namespace retort
