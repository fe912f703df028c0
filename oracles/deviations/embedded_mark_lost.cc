// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// That a distilled struct is embedded stands in the id map, where its match is written too: from
// the first match on nobody knows any more, and every later type of the name is asked without its
// size.
#include "oracles/deviation.h"

namespace retort {
namespace {

btf::Match asked_again(const btf::Match& match) {
  btf::Match without = match;
  without.embedded = false;
  without.size_matters = match.ambiguous;
  return without;
}

}  // namespace

const Deviation kEmbeddedMarkLost = {.asked_again = asked_again};

}  // namespace retort
