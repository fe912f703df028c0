// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `relocate`: split BTF on its distilled base onto a target, also stacked and in
// foreign byte order, and the round trip onto a target.
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::relocate, retort::Op::roundtrip, retort::Op::laws};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
