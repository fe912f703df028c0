// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What a kernel does not look at in its own vmlinux, in modules and in their .BTF.base: each type
// is checked by itself and chains of modifiers are followed, no more. So loops by way of anything
// else, variables larger than their place in a section, and the names of parameters, which are
// looked at with what the parameters refer to, all pass.
#include <cerrno>
#include <vector>

#include "oracles/deviations/kernel_order.h"
#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"
#include "relocator/check.h"

namespace retort {
namespace {

bool overlook_loops(const OpenedLayer& /*layer*/, btf::Check check) {
  return check == btf::Check::reference_loop;
}

bool overlook_variables(const OpenedLayer& layer, btf::Check check) {
  return check == btf::Check::datasec_entries && sections_pass_alone(*layer.btf);
}

// The layer with no parameter named.
std::vector<std::byte> without_parameter_names(const btf::Btf& layer) {
  std::vector<std::byte> bytes(layer.image().begin(), layer.image().end());
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    if (type.kind() != btf::Kind::func_proto) continue;
    for (std::uint32_t index = 0; index < type.vlen(); ++index)
      btf::store_word(
          bytes.data() + layer.record_offset(id) + type.element_word(index, 0) * btf::kWordBytes,
          0);
  }
  return bytes;
}

bool overlook_parameters(const OpenedLayer& layer, btf::Check check) {
  const bool about_names = check == btf::Check::name_range ||
                           check == btf::Check::name_identifier ||
                           check == btf::Check::empty_name_offset;
  if (!about_names) return false;
  const auto unnamed =
      btf::Btf::parse(without_parameter_names(*layer.btf),
                      {.base = layer.btf->base(), .dialect = layer.btf->dialect()});
  return unnamed && !btf::unmet_checks(**unnamed).has(check);
}

// Where a member begins, and whether an id is one that BTF may have, is seen of each by itself.
int refuse_misplaced(const OpenedLayer& layer, int reference) {
  if (reference != 0) return reference;
  return first_misplaced(*layer.btf) != 0 ? EINVAL : 0;
}

}  // namespace

const Deviation kMembersBeginInside = {.opened = refuse_misplaced};
const Deviation kLoopsUnseen = {.overlooks = overlook_loops};
const Deviation kParameterNamesUnseen = {.overlooks = overlook_parameters};
const Deviation kVariablesUnsized = {.overlooks = overlook_variables};

}  // namespace retort
