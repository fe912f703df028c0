// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Where kernels differ by whether they know the layout section: the older refuse the fields that
// place it; the newer let the strings lie anywhere behind a header that has these fields, and no
// longer look at the order of type tags.
#include <algorithm>
#include <cerrno>

#include "oracles/deviations/kernel_order.h"
#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

// How long the part says that its header is; 0 where it does not get so far.
std::uint32_t header_length(btf::Bytes bytes) {
  if (bytes.size() < 2 * btf::kWordBytes) return 0;
  const std::uint32_t length = btf::load_word(bytes.data() + btf::kWordBytes);
  return length <= bytes.size() ? length : 0;
}

int refuse_layout_fields(const OpenedLayer& layer, int reference) {
  const std::uint32_t end = std::min(header_length(layer.bytes), btf::kLayoutHeaderBytes);
  for (std::uint32_t at = btf::kHeaderBytes; at < end; ++at)
    if (layer.bytes[at] != std::byte{0}) return E2BIG;
  return reference;
}

int accept_any_order(const OpenedLayer& layer, int reference) {
  if (reference != EINVAL || !layer.btf || layer.unmet().empty()) return reference;
  if (header_length(layer.bytes) < btf::kLayoutHeaderBytes) return reference;
  const auto misses = [&](btf::Check check) {
    return std::ranges::count(layer.unmet(), check, &btf::Error::check);
  };
  const auto order = misses(btf::Check::section_order);
  const bool only_order = order + misses(btf::Check::layout_fits) == std::ssize(layer.unmet());
  return order != 0 && only_order ? 0 : reference;
}

// What the chain that begins with the type is refused with, or 0.
int errno_of_chain(const btf::Btf& layer, std::uint32_t id, std::uint32_t known_good) {
  for (int link = 0; btf::is_modifier(layer.type(id).kind()); ++link) {
    if (link == kMostLinks) return ELOOP;
    // The type after the first known one is never looked at.
    if (id <= known_good) return 0;
    id = layer.type(id).type_id();
    if (id >= layer.end_id()) return EINVAL;
  }
  return 0;
}

int limit_length(const OpenedLayer& layer, int reference) {
  return limit_chains(layer, reference, errno_of_chain);
}

}  // namespace

const Deviation kLayoutFieldsRefused = {.opened = refuse_layout_fields};
const Deviation kStringsAnywhere = {.opened = accept_any_order};
const Deviation kModifierChains = {.opened = limit_length};

}  // namespace retort
