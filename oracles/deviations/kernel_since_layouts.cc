// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Where kernels differ by whether they know the layout section: the older refuse the fields that
// place it; the newer let the strings lie anywhere behind a header that has these fields, and no
// longer look at the order of type tags.
#include <algorithm>
#include <cerrno>

#include "oracles/deviations/kernel_order.h"
#include "oracles/kernel_deviations.h"
#include "oracles/layout_section.h"
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

bool overlook_order(const OpenedLayer& layer, btf::Check check) {
  return check == btf::Check::section_order &&
         header_length(layer.bytes) >= btf::kLayoutHeaderBytes;
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

// Only BPF_BTF_LOAD looks at the section; where it lies is looked at for all.
std::optional<std::vector<std::byte>> overlook_of_module(btf::Bytes part, Stage stage) {
  if (stage != Stage::split || !has_ragged_layout(part)) return {};
  return without_layout(part);
}

std::optional<std::vector<std::byte>> overlook_of_base(btf::Bytes part, Stage stage) {
  if (stage == Stage::split || !has_ragged_layout(part)) return {};
  return without_layout(part);
}

}  // namespace

const Deviation kModuleLayoutUnseen = {.read = overlook_of_module};
const Deviation kBaseLayoutUnseen = {.read = overlook_of_base};
const Deviation kLayoutFieldsRefused = {.opened = refuse_layout_fields};
const Deviation kStringsAnywhere = {.overlooks = overlook_order};
const Deviation kModifierChains = {.opened = limit_length};

}  // namespace retort
