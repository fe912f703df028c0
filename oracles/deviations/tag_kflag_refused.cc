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

int opened(const OpenedLayer& layer, int reference) {
  if (reference != 0) return reference;
  for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id)
    if (const btf::Type type = layer.btf->type(id); is_tag(type.kind()) && type.kflag())
      return EINVAL;
  return 0;
}

}  // namespace

const Deviation kTagKflagRefused = {.opened = opened};

}  // namespace retort
