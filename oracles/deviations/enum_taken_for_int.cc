// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// In a struct with kflag the kernel takes any enumeration for an int of 4 bytes: a smaller one at
// the end of the struct is refused, and so is a bit field of more than 32 bits.
#include <algorithm>
#include <cerrno>

#include "oracles/deviations/kernel_walk.h"
#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"
#include "relocator/resolve.h"

namespace retort {
namespace {

constexpr std::uint32_t kIntBits = 32;

bool fits_as_int(const btf::Type& composite, std::uint32_t index) {
  const std::uint32_t word = composite.element(index, 2);
  const std::uint32_t field = btf::member_bit_size(word, true);
  const std::uint64_t begin = btf::member_bit_offset(word, true);
  const std::uint64_t bits = field != 0 ? field : kIntBits;
  return field <= kIntBits && (begin + bits + 7) / 8 <= composite.size();
}

int opened(const OpenedLayer& layer, int reference) {
  if (reference != 0) return reference;
  btf::Resolver resolver(*layer.btf);
  for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id) {
    const btf::Type type = layer.btf->type(id);
    if (!btf::is_composite(type.kind()) || !type.kflag()) continue;
    for (std::uint32_t index = 0; index < type.vlen(); ++index) {
      const btf::Kind kind = resolver.resolve(type.element(index, 1)).kind;
      if (btf::is_enumeration(kind) && !fits_as_int(type, index)) return EINVAL;
    }
  }
  return 0;
}

bool is_long_enum(const OpenedLayer& layer, const btf::Error& error) {
  const btf::Type type = layer.btf->type(*error.type_id);
  const std::uint64_t word =
      (*error.offset - layer.btf->record_offset(type.id())) / btf::kWordBytes;
  const auto index = static_cast<std::uint32_t>((word - btf::kHeadWords) / type.shape().element);
  btf::Resolver resolver(*layer.btf);
  const bool enumeration = btf::is_enumeration(resolver.resolve(type.element(index, 1)).kind);
  return type.kflag() && enumeration && fits_as_int(type, index);
}

// Where the first place is such a member, the kernel's own walk tells of the others.
bool overlook_long_enum(const OpenedLayer& layer, btf::Check check) {
  if (check != btf::Check::member_bounds) return false;
  const auto error = std::ranges::find(layer.unmet(), check, &btf::Error::check);
  return error != layer.unmet().end() && error->type_id && error->offset &&
         is_long_enum(layer, *error) && layer.kernel_walk().code() == 0;
}

}  // namespace

const Deviation kEnumTakenForInt = {.opened = opened};
const Deviation kLongEnumTakenForInt = {.overlooks = overlook_long_enum};

}  // namespace retort
