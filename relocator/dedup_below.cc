// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/dedup_below.h"

#include <algorithm>

namespace btf {
namespace {

// Chains and records are looked at as far as tells most types apart; beyond, all may matter.
constexpr int kLinks = 8;
constexpr std::uint32_t kElements = 4;

bool is_link(Kind kind) {
  return kind == Kind::ptr || kind == Kind::const_ || kind == Kind::volatile_ ||
         kind == Kind::restrict_;
}

}  // namespace

bool TypesBelow::may_matter(std::uint32_t id) {
  const Type type = top_.type(id);
  if (type.name_offset() != 0) return is_named_alike(type);
  switch (type.kind()) {
    case Kind::ptr:
    case Kind::const_:
    case Kind::volatile_:
    case Kind::restrict_:
      return leads_to_known(type.type_id());
    case Kind::array:
      return leads_to_known(type.fixed(0));
    case Kind::func_proto:
      return leads_to_known(type.type_id()) && elements_are_known(type);
    case Kind::struct_:
    case Kind::union_:
    case Kind::enum_:
    case Kind::enum64:
      return elements_are_known(type);
    default:
      return true;
  }
}

bool TypesBelow::is_named_alike(const Type& type) {
  Named& known = named_[type.id()];
  if (known == Named::unknown)
    known = names_.has(type.name_offset()) ? Named::alike : Named::otherwise;
  return known == Named::alike;
}

bool TypesBelow::leads_to_known(std::uint32_t id) {
  for (int link = 0; link < kLinks && id != 0; ++link) {
    const Type type = top_.type(id);
    if (type.name_offset() != 0) return is_named_alike(type);
    if (!is_link(type.kind())) return true;
    id = type.type_id();
  }
  return true;
}

bool TypesBelow::elements_are_known(const Type& type) {
  const std::uint32_t count = std::min(type.vlen(), kElements);
  for (std::uint32_t at = 0; at < count; ++at) {
    if (!names_.has(type.element(at, 0))) return false;
    if (type.kind() == Kind::func_proto && !leads_to_known(type.element(at, 1))) return false;
  }
  return true;
}

bool references_below_are_met(const Btf& top) {
  for (const Btf* layer = top.base().get(); layer != nullptr; layer = layer->base().get())
    if (!layer->references_lie_within()) return false;
  return true;
}

}  // namespace btf
