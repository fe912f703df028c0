// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the kernel does otherwise than the reference: entries of its own, and which of those that
// stand for libbpf hold for it too, since both relocate with the same source.
#pragma once

#include <string_view>
#include <vector>

#include "oracles/entries.h"

namespace retort {

void append_kernel_entries(std::vector<Entry>& table);

/// Whether the documentation has it that the entry holds for that kernel.
bool is_documented_for_kernel(std::string_view entry, std::string_view oracle);

}  // namespace retort
