// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What Op::find asks of a stack. The question comes from our own reading of the pair, so that it is
// the same for every oracle, whatever it sees in there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "oracles/pair.h"
#include "relocator/btf.h"

namespace retort {

/// The top layer of the pair's stack (DIST or BASE, then each SPLT), without any check; it borrows
/// the pair's bytes. Null where it cannot be read.
btf::BtfPtr read_top(const Pair& pair, btf::Dialect dialect);

/// The names of the top layer with their kinds, and a few that need a convention, in the order in
/// which they are asked for.
std::vector<std::pair<std::string, btf::Kind>> names_to_find(const btf::Btf& top);

}  // namespace retort
