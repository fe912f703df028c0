// SPDX-License-Identifier: GPL-2.0
//
// retort-kernel: answers for a version of the kernel by the protocol of PROTOCOL.md. A program of
// its own, since what it links is GPL-2.0, and since a crash of it must not be one of retort's.
//
// usage: retort-kernel [--ungated] [--whole-log] SERIES
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/crash_frames.h"
#include "oracles/kernel/kernel_oracle.h"
#include "oracles/protocol.h"

namespace {

const kernel_version* find_version(std::string_view series) {
  for (const kernel_version* version = retort_kernel_all; version->ops != nullptr; ++version)
    if (version->series == series) return version;
  return nullptr;
}

int usage() {
  std::fprintf(stderr, "usage: retort-kernel [--ungated] [--whole-log] SERIES\nSERIES is one of:");
  for (const kernel_version* version = retort_kernel_all; version->ops != nullptr; ++version)
    std::fprintf(stderr, " %s", version->series);
  std::fprintf(stderr,
               "\nSpeaks the protocol of oracles/PROTOCOL.md on standard input and output.\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> words(argv + 1, argv + argc);
  const bool ungated = std::erase(words, "--ungated") > 0;
  const bool whole_log = std::erase(words, "--whole-log") > 0;
  const kernel_version* version = words.size() == 1 ? find_version(words[0]) : nullptr;
  if (version == nullptr) return usage();
  retort::KernelOracle oracle(*version,
                              ungated ? retort::KernelPath::trusted : retort::KernelPath::checked);
  if (whole_log) oracle.tell_whole_log();
  retort::report_frames_of_crashes();
  std::vector<retort::Op> ops = {retort::Op::check, retort::Op::find, retort::Op::relocate};
  if (!ungated) ops.push_back(retort::Op::kernel);
  return retort::serve(oracle,
                       {.version = std::string(oracle.version()),
                        .describes = std::string(oracle.describes()),
                        .ops = ops,
                        .max_splits = 1},
                       STDIN_FILENO, STDOUT_FILENO);
}
