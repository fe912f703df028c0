// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `lookup`: every name of the top layer, with its kind and without.
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::find, retort::Op::laws};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
