// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/further_oracles.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "oracles/kernels.h"
#include "oracles/process_oracle.h"

namespace retort {
namespace {

constexpr std::string_view kOption = "--oracle";

// The values of the option, as one word or two.
std::vector<std::string_view> values_of(std::span<char* const> words) {
  std::vector<std::string_view> values;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (word == kOption && at + 1 < words.size()) values.emplace_back(words[at + 1]);
    if (word.starts_with(kOption) && word.substr(kOption.size()).starts_with('='))
      values.push_back(word.substr(kOption.size() + 1));
  }
  return values;
}

std::optional<std::string> add_one(std::string_view value, std::size_t equals) {
  const std::string name(value.substr(0, equals));
  const std::string command(value.substr(equals + 1));
  if (name.empty() || command.empty())
    return fmt::format("--oracle {}: a name and a command are needed.", value);
  if (find_oracle(name) != nullptr)
    return fmt::format("--oracle {}: there is an oracle of that name already.", name);
  auto oracle = std::make_unique<ProcessOracle>(name, command);
  if (const auto why = oracle->start()) return fmt::format("--oracle {}: {}.", name, *why);
  add_oracle(std::move(oracle));
  return {};
}

}  // namespace

std::optional<std::string> add_further_oracles(int argc, char** argv) {
  add_kernels();
  add_live_kernels();
  for (const std::string_view value : values_of({argv, static_cast<std::size_t>(argc)}))
    // Without a command it chooses an oracle by name, where a command has such an option.
    if (const std::size_t equals = value.find('='); equals != std::string_view::npos)
      if (auto sentence = add_one(value, equals)) return sentence;
  return {};
}

void add_oracle_commands(CLI::App& command) {
  command
      .add_option_function<std::vector<std::string>>(
          std::string(kOption), [](const std::vector<std::string>&) {},
          "Asks a program of yours too, which speaks the protocol of oracles/PROTOCOL.md")
      ->type_name("NAME=COMMAND")
      ->allow_extra_args(false)
      ->check([](const std::string& value) -> std::string {
        if (value.find('=') != std::string::npos) return {};
        return fmt::format("'{}' is not of the form NAME=COMMAND", value);
      });
}

}  // namespace retort
