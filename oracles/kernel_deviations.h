// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deviations of the kernel's alone, about what types refer to.
#pragma once

#include "oracles/deviation.h"

namespace retort {

extern const Deviation kDatasecEndWraps;
extern const Deviation kEnumTakenForInt;
extern const Deviation kLongEnumTakenForInt;
extern const Deviation kReferenceToFunc;

}  // namespace retort
