// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/record.h"

#include <fmt/format.h>

#include "oracles/model.h"
#include "oracles/oracle.h"

namespace retort {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

// Policies decide nothing in lookup, and have nothing to say about properties.
bool follows_policies(Op op) {
  return op == Op::check || op == Op::distill || op == Op::relocate || op == Op::roundtrip;
}

Json policy_json(const btf::Policy& policy, Op op, const Pair& pair) {
  const Answer answer = answer_under(policy, op, pair);
  const bool accepted = answer.outcome == Outcome::accepted;
  Json json = {{"policy", policy.name},
               {"outcome", outcome_name(answer.outcome)},
               {"errno", answer.code},
               {"digest", accepted ? fmt::format("{:016x}", answer.digest) : ""}};
  if (!accepted) json["stage"] = stage_name(answer.stage);
  return json;
}

Said said(const Json& answer) {
  const auto text = [&](const char* key) { return answer.value(key, std::string()); };
  const std::string outcome = text("outcome");
  std::string words = outcome;
  if (answer.value("errno", 0) != 0) words += fmt::format(" errno {}", answer.value("errno", 0));
  if (!text("digest").empty()) words += " " + text("digest");
  if (!text("property").empty()) words += " " + text("property");
  if (!text("verdict").empty()) words += fmt::format(" ({})", text("verdict"));
  return {
      .words = std::move(words),
      .explained = text("verdict") == verdict_name(Verdict::explained),
      .death = outcome == outcome_name(Outcome::crashed) || outcome == outcome_name(Outcome::hung)};
}

// What a guard's entry explains is damage to memory or worse, which kills on one day and not on
// another.
bool is_change(const Said& before, const Said& after) {
  if (before.words == after.words) return false;
  const bool guarded = before.explained && after.explained && (before.death || after.death);
  return !guarded;
}

}  // namespace

Json record_json(const PairComparison& comparison, const Pair& pair) {
  Json json = comparison_json(comparison);
  json["format"] = kFormat;
  for (Json& op : json["ops"]) {
    for (Json& answer : op["answers"]) {
      answer.erase("detail");
      answer.erase("bytes");
      if (const Oracle* oracle = find_oracle(answer["oracle"].get<std::string>()))
        answer["version"] = oracle->version();
    }
    const Op which = find_op(op["op"].get<std::string>()).value();
    if (!follows_policies(which)) continue;
    for (const btf::Policy& policy : btf::policies())
      op["policies"].push_back(policy_json(policy, which, pair));
  }
  return json;
}

Record record_of(const Json& json) {
  Record record;
  for (const Json& op : json.at("ops")) {
    for (const Json& answer : op.at("answers"))
      record[{op.at("op"), answer.at("oracle")}] = said(answer);
    if (!op.contains("policies")) continue;
    for (const Json& answer : op.at("policies"))
      record[{op.at("op"), "the policy " + answer.at("policy").get<std::string>()}] = said(answer);
  }
  return record;
}

std::optional<Record> read_record(const std::string& text) {
  try {
    return record_of(Json::parse(text));
  } catch (const Json::exception&) {
    return {};
  }
}

std::vector<std::string> changes(const Record& recorded, const Record& now) {
  std::vector<std::string> lines;
  for (const auto& [what, before] : recorded) {
    const auto after = now.find(what);
    if (after != now.end() && is_change(before, after->second))
      lines.push_back(fmt::format("{} by {}: was {}, is {}", what.first, what.second, before.words,
                                  after->second.words));
  }
  return lines;
}

}  // namespace retort
