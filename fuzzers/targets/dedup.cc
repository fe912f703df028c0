// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `dedup`: deduplication of the top layer, full or split, with a witness for each
// type, so that every answer shows where each type went.
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::dedup, retort::Op::laws};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
