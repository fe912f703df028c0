// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/module_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuzzers/cli/junit.h"
#include "fuzzers/cli/type_json.h"
#include "relocator/text.h"

namespace retort {
namespace {

using Json = nlohmann::ordered_json;

// How many names a summary lists: enough to see what moves, few enough to read.
constexpr std::size_t kWorstShown = 10;

std::string misfit_text(const Misfit& misfit) {
  std::string text = fmt::format("{} {}", misfit.kind, btf::quoted(misfit.name));
  if (misfit.size != 0) text += fmt::format(" size={}", misfit.size);
  text += fmt::format(": {}", btf::mismatch_name(misfit.reason));
  if (!misfit.candidates.empty())
    text += fmt::format("; the target has {}", fmt::join(misfit.candidates, ", "));
  return text;
}

// Why a module does not fit, a line for each type; the first line says it in short.
std::string failure_text(const Fit& fit) {
  std::string text = fmt::format("{}: {}", stage_name(fit.stage), fit.sentence);
  for (const Misfit& misfit : fit.misfits) text += "\n" + misfit_text(misfit);
  return text;
}

std::string column_title(const ModuleReport::Column& column) {
  return fmt::format("{} ({})", column.target, column.policy);
}

std::string cell_text(const Fit& fit) {
  if (fit.fits) return "fits";
  return fit.misfits.empty() ? std::string(stage_name(fit.stage))
                             : fmt::format("{} types", fit.misfits.size());
}

std::string table(const ModuleReport& report, const Console& console) {
  std::size_t width = 6;
  for (const ModuleReport::Row& row : report.rows) width = std::max(width, row.module.size());
  std::string text;
  for (std::size_t column = 0; column < report.columns.size(); ++column)
    text += fmt::format("[{}] {}\n", column + 1, column_title(report.columns[column]));
  text += fmt::format("{:{}}", "module", width);
  for (std::size_t column = 0; column < report.columns.size(); ++column)
    text += fmt::format("  {:8}", fmt::format("[{}]", column + 1));
  for (const ModuleReport::Row& row : report.rows) {
    text += fmt::format("\n{:{}}", row.module, width);
    for (const Fit& fit : row.fits)
      text += "  " +
              console.toned(fit.fits ? Tone::good : Tone::bad, fmt::format("{:8}", cell_text(fit)));
  }
  text += "\n";
  return text;
}

std::string failures(const ModuleReport& report, std::size_t column) {
  std::string text;
  for (const ModuleReport::Row& row : report.rows)
    if (const Fit& fit = row.fits[column]; !fit.fits)
      text += fmt::format("{}: {}\n", row.module, failure_text(fit));
  return text;
}

std::string summary(const ModuleReport::Column& column) {
  const FitCount& count = column.count;
  std::string text = fmt::format("{}: {} modules, {} ready, {} relocate, {} do not\n",
                                 column_title(column), count.modules(), count.ready(),
                                 count.fitting(), count.modules() - count.fitting());
  for (const auto& [reason, modules] : count.reasons())
    text += fmt::format("  {:20} {} modules\n", reason, modules);
  const auto worst = count.worst();
  for (std::size_t index = 0; index < std::min(worst.size(), kWorstShown); ++index)
    text += fmt::format("  {:40} breaks {}\n", worst[index].first, worst[index].second);
  return text;
}

Json misfit_json(const Misfit& misfit) {
  return {{"kind", misfit.kind},
          {"name", json_name(misfit.name)},
          {"size", misfit.size},
          {"reason", btf::mismatch_name(misfit.reason)},
          {"candidates", misfit.candidates}};
}

Json fit_json(const ModuleReport::Column& column, const Fit& fit) {
  Json json = {{"target", column.target}, {"policy", column.policy}, {"relocates", fit.fits}};
  if (fit.fits) return json;
  json["stage"] = stage_name(fit.stage);
  json["reason"] = fit.reason;
  json["sentence"] = fit.sentence;
  json["types"] = Json::array();
  for (const Misfit& misfit : fit.misfits) json["types"].push_back(misfit_json(misfit));
  return json;
}

Json summary_json(const ModuleReport::Column& column) {
  const FitCount& count = column.count;
  Json names = Json::array();
  for (const auto& [type, modules] : count.worst())
    names.push_back({{"type", type}, {"modules", modules}});
  return {{"target", column.target},     {"policy", column.policy},
          {"modules", count.modules()},  {"distil", count.ready()},
          {"relocate", count.fitting()}, {"fail", count.modules() - count.fitting()},
          {"reasons", count.reasons()},  {"names", std::move(names)}};
}

}  // namespace

void ModuleReport::add(Row row) {
  for (std::size_t column = 0; column < columns.size(); ++column)
    columns[column].count.add(row.fits[column]);
  rows.push_back(std::move(row));
}

bool ModuleReport::all_fit() const {
  return std::ranges::all_of(columns, [](const Column& column) {
    return column.count.fitting() == column.count.modules();
  });
}

std::string report_text(const ModuleReport& report, const Console& console) {
  std::string text = table(report, console);
  for (std::size_t column = 0; column < report.columns.size(); ++column) {
    const std::string failed = failures(report, column);
    if (!failed.empty())
      text += fmt::format("\nDo not relocate onto {}:\n{}", column_title(report.columns[column]),
                          failed);
  }
  text += "\n";
  for (const ModuleReport::Column& column : report.columns) text += summary(column);
  return text;
}

std::string report_json(const ModuleReport& report) {
  Json modules = Json::array();
  for (const ModuleReport::Row& row : report.rows) {
    Json results = Json::array();
    for (std::size_t column = 0; column < report.columns.size(); ++column)
      results.push_back(fit_json(report.columns[column], row.fits[column]));
    modules.push_back({{"name", row.module}, {"file", row.path}, {"results", std::move(results)}});
  }
  Json summaries = Json::array();
  for (const ModuleReport::Column& column : report.columns)
    summaries.push_back(summary_json(column));
  const Json json = {{"base", report.base},
                     {"summary", std::move(summaries)},
                     {"without_btf", report.without_btf},
                     {"modules", std::move(modules)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string report_junit(const ModuleReport& report) {
  std::vector<JunitSuite> suites;
  for (std::size_t column = 0; column < report.columns.size(); ++column) {
    JunitSuite suite{.name = column_title(report.columns[column]), .cases = {}};
    for (const ModuleReport::Row& row : report.rows) {
      JunitCase test{.name = row.module, .failure = {}};
      if (!row.fits[column].fits) test.failure = failure_text(row.fits[column]);
      suite.cases.push_back(std::move(test));
    }
    suites.push_back(std::move(suite));
  }
  return junit(suites);
}

}  // namespace retort
