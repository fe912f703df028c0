// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The report of `retort modules`: a column for each kernel under each policy, a row for each
// module, and a summary of each column; as text, JSON or JUnit's XML.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzzers/cli/console.h"
#include "fuzzers/fit.h"

namespace retort {

struct ModuleReport {
  struct Column {
    std::string target;
    std::string policy;
    FitCount count;
  };
  struct Row {
    std::string module;
    std::string path;
    std::vector<Fit> fits;  ///< by column
  };

  std::string base;  ///< what the modules were built on; empty if they say it themselves
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<std::string> without_btf;  ///< paths of modules that have nothing to relocate

  void add(Row row);
  [[nodiscard]] bool all_fit() const;
};

std::string report_text(const ModuleReport& report, const Console& console);
std::string report_json(const ModuleReport& report);
std::string report_junit(const ModuleReport& report);

}  // namespace retort
