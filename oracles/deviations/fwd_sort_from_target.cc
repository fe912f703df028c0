// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Whether a distilled FWD means a struct or a union is read from the kflag of the target's full
// type instead of its own. There kflag says that the type has bit fields: a FWD of either sort fits
// a struct without bit fields and a union with them.
#include "oracles/deviation.h"

namespace retort {
namespace {

bool fits(const btf::Match& match, bool /*same_size*/, bool reference) {
  if (match.distilled.kind() != btf::Kind::fwd || !btf::is_composite(match.target.kind()))
    return reference;
  return match.target.kflag() == (match.target.kind() == btf::Kind::union_);
}

}  // namespace

const Deviation kFwdSortFromTarget = {.fits = fits};

}  // namespace retort
