// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Variants of a pair: other bytes that say the same, so that every oracle owes them the same
// answers. A variant exists only where each part meets all agreed checks: of what is malformed
// nobody can say what it says.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "oracles/pair.h"
#include "relocator/btf.h"

namespace retort {

/// The layers of a pair, read without borrowing from it.
struct Layers {
  btf::BtfPtr base;                ///< BASE, where DIST lies below the splits instead
  std::vector<btf::BtfPtr> stack;  ///< DIST or BASE, then each SPLT
  btf::BtfPtr target;
};

/// Nothing where a part does not meet an agreed check, or where the two dialects could differ.
std::optional<Layers> well_formed_layers(const Pair& pair);

/// All parts in the other byte order.
Pair in_other_byte_order(const Pair& pair, const Layers& layers);

/// All parts written anew, each with a string in front that nothing uses: other offsets, no string
/// twice, nothing between the sections.
Pair with_idle_strings(const Pair& pair, const Layers& layers);

/// TRGT with its types in reverse order.
Pair with_target_reversed(const Pair& pair, const Layers& layers);

/// Whether no two types of a layer have the same kind and name: then their order tells nothing.
bool names_are_unique(const btf::Btf& layer);

/// `split`, which lies on a base whose types stand in reverse order, as it would be on `base`.
std::vector<std::byte> on_base_in_order(const btf::Btf& split, const btf::Btf& base);

}  // namespace retort
