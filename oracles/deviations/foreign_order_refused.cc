// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// BTF in foreign byte order is refused: a kernel reads its own only.
#include <bit>
#include <cerrno>

#include "oracles/deviation.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

int opened(const OpenedLayer& layer, int reference) {
  if (reference != 0 || layer.btf->byte_order() == std::endian::native) return reference;
  return EINVAL;
}

}  // namespace

const Deviation kForeignOrderRefused = {.opened = opened};

}  // namespace retort
