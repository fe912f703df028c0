// SPDX-License-Identifier: GPL-2.0
//
// What a kernel does with BTF beside checking and relocating it: shows values, judges the types of
// maps, compares types for CO-RE, takes in a module and its kfuncs and lets it go. Of BTF that it
// accepts, all of this has to hold properties that need no second implementation.
#pragma once

#include "oracles/answer.h"
#include "oracles/kernel/ops.h"
#include "oracles/pair.h"

namespace retort {

/// `relocates`: the kernel, asked with care, relocates SPLT from DIST onto TRGT.
Answer check_entry_points(const kernel_ops& ops, btf::Dialect dialect, const Pair& pair,
                          bool relocates);

}  // namespace retort
