// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Types in words, one line each, in the notation of `bpftool btf dump`:
//   [3] STRUCT 's1' size=8 vlen=1 { 'f1' type_id=2 bits_offset=0 }
#pragma once

#include <string>

#include "relocator/btf.h"

namespace btf {

/// One type of the stack, without a newline. Unprintable characters of names are written as \xNN.
std::string to_text(const Btf& top, const Type& type);

/// All types of one layer, a line each.
std::string to_text(const Btf& layer);

/// A name between single quotes, or '(anon)' where there is none.
std::string quoted(std::string_view name);

}  // namespace btf
