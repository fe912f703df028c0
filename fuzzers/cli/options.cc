// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "fuzzers/cli/further_oracles.h"
#include "oracles/oracle.h"

namespace retort {

CLI::Validator known_name(std::string what, std::vector<std::string> known) {
  const std::string words = fmt::format("{}", fmt::join(known, " "));
  return CLI::Validator(
      [what = std::move(what), known = std::move(known)](std::string& value) -> std::string {
        if (std::ranges::find(known, value) != known.end()) return {};
        return fmt::format("the {} '{}' is unknown; known are: {}", what, value,
                           fmt::join(known, ", "));
      },
      "", words);
}

std::vector<std::string> policy_names() {
  std::vector<std::string> names;
  for (const btf::Policy& policy : btf::policies()) names.emplace_back(policy.name);
  return names;
}

const btf::Policy& policy_called(const std::string& name) {
  return *btf::find_policy(name);
}

CLI::Option* add_bases(CLI::App& command, std::vector<std::string>& bases) {
  return command
      .add_option("--base", bases,
                  "What FILE was built on; again for each further layer, lowest first")
      ->type_name("BASE")
      ->allow_extra_args(false);
}

CLI::Option* add_policy(CLI::App& command, std::string& policy) {
  return command.add_option("--policy", policy, "The rules and checks to follow")
      ->type_name("POLICY")
      ->check(known_name("policy", policy_names()))
      ->capture_default_str();
}

namespace {

std::vector<std::string> oracle_names() {
  std::vector<std::string> names;
  for (const auto& oracle : oracle_table()) names.emplace_back(oracle->name());
  return names;
}

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  for (const Op op : kOps) names.emplace_back(op_name(op));
  return names;
}

}  // namespace

CLI::Option* add_oracle(CLI::App& command, std::string& oracle) {
  add_oracle_commands(command);
  return command.add_option("--as", oracle, "Ask this oracle, in a process of its own")
      ->type_name("ORACLE")
      ->check(known_name("oracle", oracle_names()));
}

CLI::Option* add_oracles_option(CLI::App& command, std::vector<std::string>& oracles) {
  return command.add_option("--oracles", oracles, "Only these, by comma")
      ->type_name("A,B")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(known_name("oracle", oracle_names()));
}

CLI::Option* add_one_op(CLI::App& command, std::string& op) {
  return command.add_option("--op", op, "The operation that shows the difference")
      ->type_name("OP")
      ->check(known_name("operation", op_names()));
}

CLI::Option* add_one_oracle(CLI::App& command, std::string& oracle) {
  return command.add_option("--oracle", oracle, "The oracle that shows the difference")
      ->type_name("NAME")
      ->transform([](const std::string& value) { return value.substr(0, value.find('=')); })
      ->check(known_name("oracle", oracle_names()));
}

void add_selection(CLI::App& command, Selection& selection) {
  command.add_option("--op", selection.ops, "Only these operations, by comma")
      ->type_name("OP")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(known_name("operation", op_names()));
  add_oracles_option(command, selection.oracles);
  add_oracle_commands(command);
  command.add_option("--seconds", selection.seconds, "How long each answer may take")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

}  // namespace retort
