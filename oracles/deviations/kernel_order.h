// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The order in which a kernel checks: first each type by itself, then what types refer to, and in
// loaded BTF chains of modifiers last. A module's chains it checks before references.
#pragma once

#include <bit>
#include <optional>

#include "oracles/opened_pair.h"

namespace retort {

/// The first fault that a kernel sees before it follows references, or nothing. The layer is one
/// that can be walked.
std::optional<OwnFault> find_own_fault(const btf::Btf& layer);
/// Whether the part has none, as far as it was read.
bool types_pass_alone(const OpenedLayer& layer);

/// The first type with a member that begins behind its end, or with an id that no BTF has: of what
/// types refer to, this much a kernel sees without following it. 0 where there is none.
std::uint32_t first_misplaced(const btf::Btf& layer);

/// ENOTSUPP, which is no errno of user space.
inline constexpr int kNotSupported = 524;

/// How many links a chain of modifiers may have.
inline constexpr int kMostLinks = 32;

/// With what chains of modifiers are refused, or `reference`: from each modifier of the part on
/// `errno_of_chain(layer, id, known_good)` is asked, `known_good` being the last one that passed.
template <class ErrnoOfChain>
int limit_chains(const OpenedLayer& layer, int reference, ErrnoOfChain&& errno_of_chain) {
  const bool is_split = layer.btf && layer.btf->base();
  if (reference != 0 && !(is_split && types_pass_alone(layer))) return reference;
  // Of the other byte order nothing is read.
  if (layer.btf->byte_order() != std::endian::native) return reference;
  std::uint32_t known_good = layer.btf->start_id() - 1;
  for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id) {
    if (!btf::is_modifier(layer.btf->type(id).kind())) continue;
    if (const int code = errno_of_chain(*layer.btf, id, known_good); code != 0) return code;
    known_good = id;
  }
  return reference;
}

}  // namespace retort
