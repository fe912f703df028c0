// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deduplication: the top layer of a stack anew, with one type for all that are equal and full types
// in the place of forward declarations. What equal means, and why the result is that, stands in
// dedup.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "relocator/btf.h"
#include "relocator/error.h"

namespace btf {

struct Deduplicated {
  std::vector<std::byte> bytes;  ///< the new top layer, in the byte order of the old one
  std::vector<std::uint32_t>
      ids;  ///< by id in the stack: what stands for it now; lower layers stay
};

/// Errors: EINVAL where a kind is unknown, or an id or a name out of range, in any layer.
std::expected<Deduplicated, Error> dedup(const Btf& top);

}  // namespace btf
