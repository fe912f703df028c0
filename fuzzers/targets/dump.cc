// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `dump`: every type as C text, a declaration of each, and data as values of each.
#include "fuzzers/mutations.h"
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::dump};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  retort::prefer_part(retort::kData);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
