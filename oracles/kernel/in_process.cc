// SPDX-License-Identifier: GPL-2.0
#include "oracles/kernel/in_process.h"

#include <memory>
#include <utility>

#include "oracles/kernel/kernel_oracle.h"

namespace retort {

void add_kernels_in_process() {
  for (const kernel_version* version = retort_kernel_all; version->ops != nullptr; ++version) {
    auto kernel = std::make_unique<KernelOracle>(*version, KernelPath::checked);
    kernel->tell_no_reasons();
    add_oracle(std::move(kernel));
  }
}

}  // namespace retort
