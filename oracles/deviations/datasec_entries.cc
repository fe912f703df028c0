// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The kernel adds offset and size of a DATASEC's entry in 32 bits, so an entry whose end wraps
// round passes for one that ends early, and what follows may lie inside it. And when it has
// followed a variable on behalf of a section, it goes on with the next: the size of the variable is
// compared with its place only where the variable came first.
#include "oracles/deviations/kernel_walk.h"
#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"
#include "relocator/resolve.h"

namespace retort {
namespace {

bool sizes_pass(const btf::Btf& layer, btf::Resolver& resolver, const btf::Type& section) {
  for (std::uint32_t index = 0; index < section.vlen(); ++index) {
    const btf::Type variable = layer.type(section.element(index, 0));
    if (resolver.resolve(variable.type_id()).size > section.element(index, 2)) return false;
  }
  return true;
}

template <class Passes>
bool all_sections(const btf::Btf& layer, Passes&& passes) {
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    if (const btf::Type type = layer.type(id); type.kind() == btf::Kind::datasec && !passes(type))
      return false;
  return true;
}

bool overlook_wraps(const OpenedLayer& layer, btf::Check check) {
  if (check != btf::Check::datasec_entries) return false;
  btf::Resolver resolver(*layer.btf);
  return all_sections(*layer.btf, [&](const btf::Type& section) {
    return places_pass(section) && sizes_pass(*layer.btf, resolver, section);
  });
}

bool overlook_later_variables(const OpenedLayer& layer, btf::Check check) {
  return check == btf::Check::datasec_entries && sections_pass_alone(*layer.btf) &&
         layer.kernel_walk().missed_variable() && layer.kernel_walk().code() == 0;
}

}  // namespace

bool places_pass(const btf::Type& section) {
  std::uint32_t last_end = 0;
  std::uint64_t sum = 0;
  for (std::uint32_t index = 0; index < section.vlen(); ++index) {
    const std::uint32_t offset = section.element(index, 1);
    const std::uint32_t size = section.element(index, 2);
    if (offset < last_end || offset >= section.size() || size == 0 || size > section.size())
      return false;
    last_end = offset + size;
    sum += size;
    if (last_end > section.size()) return false;
  }
  return sum <= section.size();
}

bool sections_pass_alone(const btf::Btf& layer) {
  return all_sections(layer, places_pass);
}

const Deviation kDatasecEndWraps = {.overlooks = overlook_wraps};
const Deviation kLaterVariables = {.overlooks = overlook_later_variables};

}  // namespace retort
