// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// libbpf's matching looks at the distilled type's kind, and for a struct or union asks nothing of
// the target type but its size where it is embedded. The search that led there has compared the
// size of an INT, FLOAT or enumeration already, and nothing of a FWD.
#include "oracles/deviation.h"

namespace retort {
namespace {

bool fits(const btf::Match& match, bool same_size, bool reference) {
  if (!btf::is_composite(match.distilled.kind()) || match.distilled.kind() == match.target.kind())
    return reference;
  const btf::Kind kind = match.target.kind();
  const bool size_matters =
      match.embedded || (btf::is_composite(kind) ? match.ambiguous : kind != btf::Kind::fwd);
  return !size_matters || same_size;
}

}  // namespace

const Deviation kStructMatchesAnyKind = {.fits = fits};

}  // namespace retort
