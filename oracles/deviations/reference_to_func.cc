// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A FUNC that the kernel has looked at already counts as its prototype, so a pointer to a FUNC that
// comes before it is accepted, and so is any modifier of a FUNC.
#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"
#include "relocator/resolve.h"

namespace retort {
namespace {

class Users {
 public:
  explicit Users(const btf::Btf& layer) : layer_(layer), resolver_(layer) {}

  // Whether each type of the layer refers to something with a size, or to a FUNC in that manner.
  bool pass() {
    for (std::uint32_t id = layer_.start_id(); id < layer_.end_id(); ++id)
      if (!passes(layer_.type(id))) return false;
    return true;
  }

 private:
  bool passes(const btf::Type& type) {
    if (btf::is_modifier(type.kind()) || type.kind() == btf::Kind::ptr)
      return is_reference_allowed(type);
    if (type.kind() == btf::Kind::func || type.kind() == btf::Kind::decl_tag ||
        type.kind() == btf::Kind::datasec)
      return true;
    bool all = true;
    btf::for_each_id(type, [&](std::size_t word) {
      const std::uint32_t id = type.word(word);
      all = all && (id == 0 || resolver_.resolve(id).sized);
    });
    return all;
  }

  bool is_reference_allowed(const btf::Type& type) const {
    switch (layer_.type(type.type_id()).kind()) {
      case btf::Kind::func:
        return type.kind() != btf::Kind::ptr || comes_later(type.id(), type.type_id());
      case btf::Kind::var:
      case btf::Kind::datasec:
      case btf::Kind::decl_tag:
        return false;
      default:
        return true;
    }
  }

  // Whether the kernel comes to the pointer only once it has seen the FUNC: not by way of a type
  // that stands before the FUNC, either.
  bool comes_later(std::uint32_t pointer, std::uint32_t func) const {
    bool later = func < pointer;
    for (std::uint32_t id = layer_.start_id(); later && id < func; ++id)
      btf::for_each_id(layer_.type(id), [&](std::size_t word) {
        later = later && layer_.type(id).word(word) != pointer;
      });
    return later;
  }

  const btf::Btf& layer_;
  btf::Resolver resolver_;
};

bool overlooks(const OpenedLayer& layer, btf::Check check) {
  return check == btf::Check::sizeless_type && Users(*layer.btf).pass();
}

}  // namespace

const Deviation kReferenceToFunc = {.overlooks = overlooks};

}  // namespace retort
