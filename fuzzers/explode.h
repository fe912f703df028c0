// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deduplicated BTF back into what a linker's step sees: compile units one after the other, each
// with a copy of its own of what it refers to. Each unit begins with some types that stand
// side by side in the source, and what these lead to, nearest first, up to a size; structs behind
// pointers beyond that are only declared. So every type stands in full somewhere, hot ones in
// nearly every unit and cold ones in few, as compiling does it; deduplicating gives back the source
// without its functions and sections, which are made later from symbols.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "relocator/btf.h"

namespace retort {

struct ExplodeOptions {
  std::uint32_t types = 5'000'000;  ///< about so many in all, if the source has as many units in it
  /// From so many types on a unit only declares; it becomes half as large again.
  std::uint32_t per_unit = 1'600;
};

/// The exploded layer on its own. The source has no base, and its ids are in range (btf::open).
std::vector<std::byte> explode(const btf::Btf& source, const ExplodeOptions& options);

}  // namespace retort
