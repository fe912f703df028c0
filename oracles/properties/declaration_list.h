// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The list of types that libbpf keeps while it prints a declaration within another. It grows by
// being moved, and whoever is in the middle of it goes on reading where it was. Followed here entry
// by entry, because only the entry at which it is moved decides who is in the middle.
#pragma once

#include "relocator/btf.h"

namespace retort {

/// An anonymous struct behind a pointer, or the like, in which so much is declared that the list of
/// types grows; the pointer is looked up in the old list then.
bool has_list_moved_while_in_use(const btf::Btf& top);

}  // namespace retort
