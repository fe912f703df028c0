// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Where a name is ambiguous in the target its types are searched by name and size, for a distilled
// FWD too, whose size field is its unused third word: it fits a namesake of size 0 at most.
#include "oracles/deviation.h"

namespace retort {
namespace {

bool fits(const btf::Match& match, bool same_size, bool reference) {
  if (match.distilled.kind() != btf::Kind::fwd || !btf::is_composite(match.target.kind()) ||
      !match.ambiguous)
    return reference;
  return reference && same_size;
}

}  // namespace

const Deviation kFwdNeedsSizeOfNamesakes = {.fits = fits};

}  // namespace retort
