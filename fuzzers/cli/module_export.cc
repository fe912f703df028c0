// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/module_export.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "oracles/kernels.h"

namespace retort {

std::vector<std::string> module_series() {
  std::vector<std::string> all;
  for (const std::string_view series : live_series()) all.emplace_back(series);
  return all;
}

Result<int> export_module(const std::string& pair, const std::string& out,
                          const std::string& series, bool oldest) {
  std::vector<std::string> words = {"/usr/bin/python3", "-B", std::string(module_writer())};
  if (oldest) words.emplace_back("--oldest");
  words.insert(words.end(), {"--", series, pair, out});
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(stdout);
  pid_t child = 0;
  if (const int error =
          posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
      error != 0)
    return unreadable(fmt::format("{}: cannot be run: {}.", words[0], std::strerror(error)));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  // It has said what is wrong by itself.
  return WIFEXITED(status) ? WEXITSTATUS(status) : kUnreadable;
}

}  // namespace retort
