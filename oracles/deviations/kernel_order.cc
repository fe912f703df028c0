// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/deviations/kernel_order.h"

#include <algorithm>
#include <array>

#include "oracles/kernel_deviations.h"

namespace retort {

bool checked_by_reference(btf::Check check) {
  switch (check) {
    case btf::Check::id_range:
    case btf::Check::return_id_range:
    case btf::Check::func_refers_to_proto:
    case btf::Check::datasec_vars:
    case btf::Check::decl_tag_target:
    case btf::Check::decl_tag_component:
    case btf::Check::reference_loop:
    case btf::Check::array_index:
    case btf::Check::member_bounds:
    case btf::Check::sizeless_type:
    case btf::Check::proto_params:
    case btf::Check::size_overflow:
      return true;
    default:
      return false;
  }
}

bool is_own_fault(const OpenedLayer& layer, const btf::Error& error) {
  const btf::Check check = *error.check;
  if (checked_by_reference(check) || check == btf::Check::layout_fits) return false;
  // Whether a variable fits its place is seen when it is followed.
  if (check == btf::Check::datasec_entries) return !sections_pass_alone(*layer.btf);
  return std::ranges::none_of(
      std::array{&kEmptyIntName, &kLatin1Names},
      [&](const Deviation* deviation) { return deviation->overlooks(layer, check); });
}

bool types_pass_alone(const OpenedLayer& layer) {
  return layer.btf && std::ranges::none_of(layer.unmet(), [&](const btf::Error& error) {
           return is_own_fault(layer, error);
         });
}

}  // namespace retort
