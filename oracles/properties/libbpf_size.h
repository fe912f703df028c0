// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The size of a type as libbpf's accessor gives it, on which its dumps build. It is another one
// than the reference's where a type is behind many modifiers, or a VAR or DECL_TAG stands for one.
#pragma once

#include <cstdint>

#include "relocator/btf.h"

namespace retort {

/// In bytes; 0 where btf__resolve_size() fails. Pointers have 8 bytes.
std::uint32_t size_in_libbpf(const btf::Btf& top, std::uint32_t id);

}  // namespace retort
