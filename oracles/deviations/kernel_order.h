// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The order in which a kernel checks: first each type by itself, then what types refer to, and in
// loaded BTF chains of modifiers last. A module's chains it checks before references.
#pragma once

#include "oracles/opened_pair.h"
#include "relocator/rules.h"

namespace retort {

/// Whether the check needs a look at other types.
bool checked_by_reference(btf::Check check);
/// Whether each type by itself is as it should be, as far as the part was read.
bool types_pass_alone(const OpenedLayer& layer);

}  // namespace retort
