// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The size of a type as libbpf's accessor gives it, on which its dumps build. It is another one
// than the reference's where a type is behind many modifiers, or a VAR or DECL_TAG stands for one.
#pragma once

#include <cstdint>

#include "relocator/btf.h"

namespace retort {

/// What btf__resolve_size() returns: bytes, or a negative errno. Pointers have 8 bytes.
std::int64_t resolved_in_libbpf(const btf::Btf& top, std::uint32_t id);

/// The same, but 0 where it fails.
std::uint32_t size_in_libbpf(const btf::Btf& top, std::uint32_t id);

}  // namespace retort
