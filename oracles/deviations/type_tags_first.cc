// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// In a chain of modifiers the type tags have to come first, and a chain has 32 links at most. In a
// module this is checked before the types are that modifiers refer to.
#include <cerrno>

#include "oracles/deviation.h"
#include "oracles/deviations/kernel_order.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

// What the chain that begins with the type is refused with, or 0.
int errno_of_chain(const btf::Btf& layer, std::uint32_t id, std::uint32_t known_good) {
  bool in_tags = layer.type(id).kind() == btf::Kind::type_tag;
  for (int link = 0;; ++link) {
    const btf::Type type = layer.type(id);
    if (!btf::is_modifier(type.kind())) return 0;
    if (link == kMostLinks) return ELOOP;
    const bool is_tag = type.kind() == btf::Kind::type_tag;
    if (is_tag && !in_tags) return EINVAL;
    in_tags = in_tags && is_tag;
    // The type after the first known one is never looked at.
    if (id <= known_good) return 0;
    id = type.type_id();
    if (id >= layer.end_id()) return EINVAL;
  }
}

int opened(const OpenedLayer& layer, int reference) {
  return limit_chains(layer, reference, errno_of_chain);
}

}  // namespace

const Deviation kTypeTagsFirst = {.opened = opened};

}  // namespace retort
