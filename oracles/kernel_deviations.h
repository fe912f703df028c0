// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deviations of the kernel's alone, about what types refer to, and of one release's.
#pragma once

#include "oracles/deviation.h"

namespace retort {

extern const Deviation kDatasecEndWraps;
extern const Deviation kEnumTakenForInt;
extern const Deviation kLayoutFieldsRefused;
extern const Deviation kLongEnumTakenForInt;
extern const Deviation kModifierChains;
extern const Deviation kReferenceToFunc;
extern const Deviation kStringsAnywhere;
extern const Deviation kTakenForSorted;

}  // namespace retort
