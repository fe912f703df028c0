// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `ext`: .BTF.ext alone, and deduplicated with its BTF.
#include "fuzzers/mutations.h"
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::ext};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  retort::prefer_part(retort::kExt);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
