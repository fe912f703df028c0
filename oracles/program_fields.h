// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Names that mean something to BPF programs. When BTF is loaded, a kernel looks for members by
// them and asks whether a program could use these as they are meant; BTF itself says nothing of it.
#pragma once

#include "relocator/btf.h"

namespace retort {

/// Whether the layer has a struct or a tag of such a name.
bool has_program_fields(const btf::Btf& layer);

}  // namespace retort
