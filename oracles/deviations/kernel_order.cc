// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/deviations/kernel_order.h"

#include <cerrno>

#include "oracles/kernel_deviations.h"
#include "relocator/check.h"

namespace retort {
namespace {

using btf::Check;
using btf::Kind;

constexpr std::uint32_t kMostTypes = 0xfffff;  // BTF_MAX_TYPE
constexpr std::uint32_t kMostIndex = 0x7fffffff, kNoComponent = 0xffffffff;
constexpr std::uint64_t kLayoutFieldAt = 24;  // in the header

bool checked_by_reference(Check check) {
  switch (check) {
    case Check::id_range:
    case Check::return_id_range:
    case Check::func_refers_to_proto:
    case Check::datasec_vars:
    case Check::decl_tag_target:
    case Check::decl_tag_component:
    case Check::reference_loop:
    case Check::array_index:
    case Check::member_bounds:
    case Check::sizeless_type:
    case Check::proto_params:
    case Check::size_overflow:
      return true;
    default:
      return false;
  }
}

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
  const Kind kind = type.kind();
  if (kind == Kind::func_proto || kind == Kind::decl_tag || kind == Kind::fwd) return false;
  bool too_far = false;
  btf::for_each_id(type,
                   [&](std::size_t word) { too_far = too_far || type.word(word) > kMostTypes; });
  return too_far;
}

bool is_name_check(Check check) {
  return check == Check::name_required || check == Check::name_range ||
         check == Check::name_forbidden || check == Check::name_identifier ||
         check == Check::empty_name_offset;
}

// Of an INT or FLOAT a kernel asks no more than that the name exists. What a parameter is called is
// seen when the prototype is followed, and the parameters of a FUNC with it.
bool is_own_name_fault(const btf::Btf& layer, const btf::Error& error, const btf::Type& type,
                       std::size_t word) {
  if (type.kind() == Kind::int_ || type.kind() == Kind::float_)
    return *error.check == Check::name_range;
  if (word != 0 && (type.kind() == Kind::func_proto || type.kind() == Kind::func)) return false;
  if (*error.check != Check::name_identifier) return true;
  return !is_name_for_kernel(type, word, layer.name(type.word(word)));
}

bool is_own_fault_of_type(const btf::Btf& layer, const btf::Error& error, const btf::Type& type) {
  const std::size_t word = (*error.offset - layer.record_offset(type.id())) / btf::kWordBytes;
  if (is_name_check(*error.check)) return is_own_name_fault(layer, error, type, word);
  switch (*error.check) {
    case Check::int_bits:
      return type.kind() == Kind::int_;
    case Check::datasec_entries:
      return !places_pass(type);
    case Check::decl_tag_component:
      return error.value && *error.value > kMostIndex && *error.value != kNoComponent;
    default:
      return !checked_by_reference(*error.check);
  }
}

// Behind a header that has the fields of a layout section, sections may come in any order, and a
// module's layout section is not looked at.
bool is_own_fault_of_sections(const btf::Btf& layer, const btf::Error& error) {
  if (*error.check == Check::layout_fits) return false;
  const bool anywhere =
      layer.dialect() == btf::Dialect::wide && layer.header().hdr_len >= btf::kLayoutHeaderBytes;
  if (*error.check != Check::section_order || !anywhere) return true;
  return error.offset == kLayoutFieldAt && !layer.base();
}

bool is_own_fault(const btf::Btf& layer, const btf::Error& error) {
  return error.type_id ? is_own_fault_of_type(layer, error, layer.type(*error.type_id))
                       : is_own_fault_of_sections(layer, error);
}

// Of an INT the encoding is looked at last, and is the only fault with an errno of its own.
void note(std::optional<OwnFault>& first, const btf::Error& error) {
  const std::uint32_t id = error.type_id.value_or(0);
  const int code = error.check == Check::int_encoding ? kNotSupported : EINVAL;
  if (!first || id < first->id) first = {id, code};
  if (id == first->id && code == EINVAL) first->code = code;
}

}  // namespace

std::uint32_t first_misplaced(const btf::Btf& layer) {
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    if (begins_beyond(layer.type(id)) || refers_too_far(layer.type(id))) return id;
  return 0;
}

std::optional<OwnFault> find_own_fault(const btf::Btf& layer) {
  std::optional<OwnFault> first;
  for (const btf::Error& error : btf::all_unmet(layer))
    if (is_own_fault(layer, error)) note(first, error);
  const std::uint32_t misplaced = first_misplaced(layer);
  if (misplaced != 0 && (!first || misplaced <= first->id)) first = {misplaced, EINVAL};
  return first;
}

bool types_pass_alone(const OpenedLayer& layer) {
  return layer.btf && !layer.own_fault();
}

}  // namespace retort
