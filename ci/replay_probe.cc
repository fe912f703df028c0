// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// The smallest fuzz target: it prints what it is given. test_replay.py learns from it what every
// target does in a build without an engine.
#include <cstddef>
#include <cstdint>
#include <cstdio>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::printf("<%.*s>\n", static_cast<int>(size), reinterpret_cast<const char*>(data));
  return 0;
}
