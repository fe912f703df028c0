// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A DECL_TAG or TYPE_TAG with kflag, which stands for an attribute since 2025, is refused.
#include <cerrno>

#include "oracles/deviation.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

bool is_tag(btf::Kind kind) {
  return kind == btf::Kind::decl_tag || kind == btf::Kind::type_tag;
}

// 0 where there is none.
std::uint32_t first_marked(const btf::Btf& layer) {
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    if (const btf::Type type = layer.type(id); is_tag(type.kind()) && type.kflag()) return id;
  return 0;
}

// Seen of the tag by itself: before anything that is found by following references.
int opened(const OpenedLayer& layer, int reference) {
  if (!layer.btf) return reference;
  const std::uint32_t marked = first_marked(*layer.btf);
  if (marked == 0) return reference;
  const bool is_first = reference == 0 || !layer.own_fault() || marked < layer.own_fault()->id;
  return is_first ? EINVAL : reference;
}

}  // namespace

const Deviation kTagKflagRefused = {.opened = opened};

}  // namespace retort
