// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Distillation: from split BTF on its full base to split BTF on a small base, the distilled base,
// which says just enough about each base type in use for the split to be relocated onto another
// kernel's base later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "relocator/btf.h"
#include "relocator/error.h"
#include "relocator/rules.h"

namespace btf {

struct Distilled {
  std::vector<std::byte> base;   ///< the distilled base, in the byte order of the source
  std::vector<std::byte> split;  ///< the split BTF on it
};

/// Distils the top layer of a stack; all layers below count as the base. Errors, EINVAL: the source
/// has no base; it refers to a base FUNC, VAR, DATASEC or DECL_TAG; a base type in use cannot stand
/// in a distilled base. `trace` collects the rules that decided something here.
std::expected<Distilled, Error> distill(const Btf& source, const Policy& policy,
                                        Trace* trace = nullptr);

/// The base types that distilling the top layer would use, ascending: all that the layer's types
/// reach, stopping at named structs and unions. Kinds that cannot be referred to are among them.
std::vector<std::uint32_t> reached_base_types(const Btf& source, const Policy& policy);

}  // namespace btf
