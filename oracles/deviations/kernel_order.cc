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

namespace {

constexpr std::uint32_t kMostTypes = 0xfffff;  // BTF_MAX_TYPE

// Whether a member begins behind the end of what holds it.
bool begins_beyond(const btf::Type& type) {
  if (!btf::is_composite(type.kind())) return false;
  for (std::uint32_t index = 0; index < type.vlen(); ++index) {
    const std::uint64_t begin = btf::member_bit_offset(type.element(index, 2), type.kflag());
    if ((begin + 7) / 8 > type.size()) return true;
  }
  return false;
}

// Whether it refers to what no BTF has. Of parameters and tags that is not asked.
bool refers_too_far(const btf::Type& type) {
  const btf::Kind kind = type.kind();
  if (kind == btf::Kind::func_proto || kind == btf::Kind::decl_tag || kind == btf::Kind::fwd)
    return false;
  bool too_far = false;
  btf::for_each_id(type,
                   [&](std::size_t word) { too_far = too_far || type.word(word) > kMostTypes; });
  return too_far;
}

// What a parameter is called is seen when the prototype is followed.
bool is_name_of_parameter(const OpenedLayer& layer, const btf::Error& error) {
  const bool of_name =
      *error.check == btf::Check::name_required || *error.check == btf::Check::name_range ||
      *error.check == btf::Check::name_identifier || *error.check == btf::Check::empty_name_offset;
  if (!of_name || !error.type_id) return false;
  const btf::Type type = layer.btf->type(*error.type_id);
  return type.kind() == btf::Kind::func_proto &&
         error.offset != layer.btf->record_offset(type.id());
}

}  // namespace

bool is_own_fault(const OpenedLayer& layer, const btf::Error& error) {
  const btf::Check check = *error.check;
  if (checked_by_reference(check) || check == btf::Check::layout_fits) return false;
  if (is_name_of_parameter(layer, error)) return false;
  // Whether a variable fits its place is seen when it is followed.
  if (check == btf::Check::datasec_entries) return !sections_pass_alone(*layer.btf);
  return std::ranges::none_of(
      std::array{&kEmptyIntName, &kLatin1Names},
      [&](const Deviation* deviation) { return deviation->overlooks(layer, check); });
}

std::uint32_t first_misplaced(const btf::Btf& layer) {
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    if (begins_beyond(type) || refers_too_far(type)) return id;
  }
  return 0;
}

bool types_pass_alone(const OpenedLayer& layer) {
  return layer.btf && first_misplaced(*layer.btf) == 0 &&
         std::ranges::none_of(layer.unmet(),
                              [&](const btf::Error& error) { return is_own_fault(layer, error); });
}

}  // namespace retort
