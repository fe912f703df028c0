// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A pair as a module file for a kernel that ci/live has prepared. What a kernel demands of a module
// is known where kernels are unpacked, so a program there writes it.
#pragma once

#include <string>
#include <vector>

#include "fuzzers/cli/failure.h"

namespace retort {

/// The series of kernels that a module can be written for, the first the one that is meant where
/// none is named.
std::vector<std::string> module_series();
/// Writes the module for the newest kernel of the series, or the oldest, and prints the command
/// that shows it in a guest.
Result<int> export_module(const std::string& pair, const std::string& out,
                          const std::string& series, bool oldest);

}  // namespace retort
