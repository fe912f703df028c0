// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `distill`: distillation, and relocation of what was distilled.
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::distill, retort::Op::roundtrip, retort::Op::laws};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
