// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `parse`: reading and checking every part, raw and layered, in both byte orders.
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::check, retort::Op::laws};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
