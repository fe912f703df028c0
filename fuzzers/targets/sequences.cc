// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The fuzz target `sequences`: libbpf's public calls that edit, query, serialise and free BTF, in
// any order and with every operation in between, and all of it with an allocation failing.
#include "fuzzers/mutations_program.h"
#include "fuzzers/target.h"

namespace {

constexpr retort::Op kAsked[] = {retort::Op::sequence, retort::Op::nomem};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  retort::set_flavour(retort::Flavour::programs);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return retort::run_target(data, size, kAsked);
}
