// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// libbpf tells the pass that fills the distilled base from the one that fills the split by the
// first id of what it writes to. On an empty distilled base the split too begins at 1: what should
// move to it (pointers, typedefs, anonymous structs of the base) is taken for base material and
// left out, while references keep the ids that those types had in the old base.
#include "oracles/deviation.h"
#include "relocator/builder.h"

namespace retort {
namespace {

void distilled(const btf::Btf& source, btf::Distilled& result) {
  btf::Builder base(source.byte_order());
  if (result.base != base.finish()) return;
  btf::Builder split(base, source.byte_order());
  const auto keep_or_shift = [&](std::uint32_t id) {
    return id >= source.start_id() ? id - source.start_id() + split.start_id() : id;
  };
  for (std::uint32_t id = source.start_id(); id < source.end_id(); ++id)
    split.copy(source.type(id), source, keep_or_shift);
  result.split = split.finish();
}

}  // namespace

const Deviation kLostWithEmptyBase = {.distilled = distilled};

}  // namespace retort
