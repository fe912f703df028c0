// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/kernels.h"

#include <filesystem>
#include <memory>
#include <string>

#include "oracles/built_kernels.h"
#include "oracles/built_live.h"
#include "oracles/process_oracle.h"

namespace retort {
namespace {

// Beside the running program where it was installed together, else where it was built.
std::string program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "retort-kernel";
  if (!error && std::filesystem::exists(beside, error)) return beside;
  return kKernelProgram;
}

// As the shell reads it: a folder's name may hold blanks.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) c == '\'' ? result += "'\\''" : result += c;
  return result + "'";
}

}  // namespace

void add_kernels() {
  const std::string start = "exec " + quoted(program());
  for (const std::string_view series : kBuiltKernels) {
    if (series.empty()) continue;
    const std::string name = "kernel-" + std::string(series);
    add_oracle(std::make_unique<ProcessOracle>(name, start + " " + std::string(series)));
    // What a kernel does with modules that it should not have trusted is described in part only.
    add_oracle(std::make_unique<ProcessOracle>(name + "-ungated",
                                               start + " --ungated " + std::string(series),
                                               ProcessManners{.asked_by_name_only = true}));
  }
}

void add_live_kernels() {
  const std::string start =
      "exec /usr/bin/python3 -B " + quoted(kLiveProgram) + " --agent " + quoted(kLiveAgent) + " ";
  // Where its snapshot has to be made anew, the kernel boots first.
  constexpr ProcessManners manners = {.greeting_seconds = 120, .asked_by_name_only = true};
  for (const std::string_view series : live_series()) {
    const std::string name = "live-" + std::string(series);
    add_oracle(std::make_unique<ProcessOracle>(name, start + std::string(series), manners));
    add_oracle(std::make_unique<ProcessOracle>(name + "-oldest",
                                               start + "--oldest " + std::string(series), manners));
  }
}

std::span<const std::string_view> live_series() {
  return std::span(kLiveKernels).first(std::size(kLiveKernels) - 1);
}

std::string_view module_writer() {
  return kModuleWriter;
}

std::span<const MissingKernel> missing_kernels() {
  static constexpr std::size_t count = std::size(kMissingKernels) - 1;
  return std::span(kMissingKernels).first(count);
}

}  // namespace retort
