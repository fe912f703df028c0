// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The search by name and size keeps sizes in 31 bits, so two sizes that differ in the top bit alone
// are the same to it. The size of an embedded struct is compared once more, in full.
#include "oracles/deviation.h"

namespace retort {
namespace {

bool same_size(const btf::Match& match, bool reference) {
  if (match.embedded && btf::is_composite(match.distilled.kind())) return reference;
  return ((match.distilled.size() ^ match.target.size()) & 0x7fffffff) == 0;
}

}  // namespace

const Deviation kSizeLosesTopBit = {.same_size = same_size};

}  // namespace retort
