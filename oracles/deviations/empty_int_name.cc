// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Of an INT or FLOAT the kernel does not look at the name, so it may be empty at any string offset.
#include "oracles/deviation.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

bool has_empty_name(const btf::Btf& layer, const btf::Type& type) {
  bool empty = false;
  btf::for_each_name(type, [&](std::size_t word) {
    empty = empty || (type.word(word) != 0 && layer.name(type.word(word)).empty());
  });
  return empty;
}

bool overlooks(const OpenedLayer& layer, btf::Check check) {
  if (check != btf::Check::empty_name_offset) return false;
  for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id) {
    const btf::Type type = layer.btf->type(id);
    const bool unread = type.kind() == btf::Kind::int_ || type.kind() == btf::Kind::float_;
    if (!unread && has_empty_name(*layer.btf, type)) return false;
  }
  return true;
}

}  // namespace

const Deviation kEmptyIntName = {.overlooks = overlooks};

}  // namespace retort
