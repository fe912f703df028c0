// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The kernel adds offset and size of a DATASEC's entry in 32 bits, so an entry whose end wraps
// round passes for one that ends early, and what follows may lie inside it.
#include <algorithm>

#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"
#include "relocator/resolve.h"

namespace retort {
namespace {

bool passes(const btf::Btf& layer, btf::Resolver& resolver, const btf::Type& section) {
  std::uint32_t last_end = 0;
  std::uint64_t sum = 0;
  for (std::uint32_t index = 0; index < section.vlen(); ++index) {
    const btf::Type variable = layer.type(section.element(index, 0));
    const std::uint32_t offset = section.element(index, 1);
    const std::uint32_t size = section.element(index, 2);
    if (offset < last_end || offset >= section.size() || size == 0 || size > section.size())
      return false;
    last_end = offset + size;
    sum += size;
    if (last_end > section.size() || resolver.resolve(variable.type_id()).size > size) return false;
  }
  return sum <= section.size();
}

int opened(const OpenedLayer& layer, int reference) {
  const auto is_about_entries = [](const btf::Error& error) {
    return error.check == btf::Check::datasec_entries;
  };
  if (reference == 0 || !layer.btf || layer.unmet().empty() ||
      !std::ranges::all_of(layer.unmet(), is_about_entries))
    return reference;
  btf::Resolver resolver(*layer.btf);
  for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id)
    if (const btf::Type type = layer.btf->type(id);
        type.kind() == btf::Kind::datasec && !passes(*layer.btf, resolver, type))
      return reference;
  return 0;
}

}  // namespace

const Deviation kDatasecEndWraps = {.opened = opened};

}  // namespace retort
