// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deviations of the kernel's alone, about what types refer to, and of one release's.
#pragma once

#include "oracles/deviation.h"

namespace retort {

extern const Deviation kBaseLayoutUnseen;
extern const Deviation kCopyLimit;
extern const Deviation kCountedAsSeen;
extern const Deviation kDatasecEndWraps;
extern const Deviation kEnumTakenForInt;
extern const Deviation kLaterVariables;
extern const Deviation kLayoutFieldsRefused;
extern const Deviation kLongEnumTakenForInt;
extern const Deviation kLoopsUnseen;
extern const Deviation kMembersBeginInside;
extern const Deviation kModifierChains;
extern const Deviation kModuleLayoutUnseen;
extern const Deviation kParameterNamesUnseen;
extern const Deviation kReferenceToFunc;
extern const Deviation kStringsAnywhere;
extern const Deviation kTakenForSorted;
extern const Deviation kVariablesUnsized;

/// Whether each DATASEC by itself is as a kernel wants it.
bool sections_pass_alone(const btf::Btf& layer);
/// Whether the entries of one DATASEC are.
bool places_pass(const btf::Type& section);
/// Whether a kernel takes what stands in that word of the type for a name.
bool is_name_for_kernel(const btf::Type& type, std::size_t word, std::string_view name);

}  // namespace retort
