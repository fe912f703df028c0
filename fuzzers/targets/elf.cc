// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `elf`: BTF out of ELF files, made of the parts of a pair or damaged.
#include "fuzzers/mutations.h"
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::elf};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  retort::prefer_part(retort::kElf);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
