// SPDX-License-Identifier: GPL-2.0
//
// Kernels beside libbpf in one process. What calls this links GPL-2.0 code, and lives only as long
// as no kernel crashes.
#pragma once

namespace retort {

/// Adds kernel-SERIES, with its gate, for each kernel that was built.
void add_kernels_in_process();

}  // namespace retort
