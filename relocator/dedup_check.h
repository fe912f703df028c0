// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A judge of deduplication that shares nothing with it: whether a result says the same as its input
// (sound), and whether anything in it could still be merged (complete). It works with sets of pairs
// and plain rounds of refinement, slow and short, on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "relocator/btf.h"

namespace btf {

/// What a declaration may become.
enum class Declarations : std::uint8_t {
  become_definitions,  ///< a definition of its sort and name, and it has to have a name
  merge_freely,        ///< also without a name; and any other declaration of its sort and name
  swap_with_lower,     ///< beside that, definitions become FWDs of lower layers
  blur_arrays,         ///< beside merging freely, arrays of one length are taken for the same
  fit_several_enums,  ///< beside merging freely, of the full ENUMs that stood where a type that was
                      ///< held against theirs has one without values, one becomes another
  fit_several,        ///< the same of all definitions, where the other has a declaration
};

/// What is wrong with a result, in words, or nothing. `ids`: by id of the old stack, the id in the
/// new one. Both stacks lie on the same layers below. Every type has to unroll to the same as what
/// it maps to, where a FWD may have become a STRUCT or UNION of its sort and name, and an ENUM
/// without values one with values; each VAR and DATASEC has to be there, once, and in order.
std::optional<std::string> unsound(const Btf& before, const Btf& after,
                                   std::span<const std::uint32_t> ids,
                                   Declarations declarations = Declarations::become_definitions);

/// Two types of which the higher one stands in the top layer, and which unroll to the same, FWDs
/// taken as FWDs; or a FWD of the top layer with exactly one full definition of its sort and name.
std::optional<std::string> incomplete(const Btf& after);

}  // namespace btf
