// SPDX-License-Identifier: GPL-2.0
//
// The fuzz target `versions`: every version of libbpf and of the kernel side by side, on what both
// can be asked. It links the kernel's code, so it is for runs of one's own and not handed out.
#include "fuzzers/target.h"
#include "oracles/kernel/in_process.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::check, retort::Op::find, retort::Op::relocate,
                                 retort::Op::kernel};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  retort::add_kernels_in_process();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
