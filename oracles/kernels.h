// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The kernels that this build has: each is the program retort-kernel, or a guest that a program in
// live/ boots, asked through the protocol. They are no part of the table from the start, since fuzz
// targets ask in process only.
#pragma once

#include <span>
#include <string_view>

namespace retort {

struct MissingKernel {
  std::string_view name;
  std::string_view reason;  ///< a sentence
};

/// Adds kernel-SERIES and kernel-SERIES-ungated for each that was built. Nothing is started yet.
void add_kernels();
/// Adds live-SERIES, a booted kernel, for each series, whether its code was built or not; and
/// live-SERIES-oldest, since a kernel's real BTF is its own alone.
void add_live_kernels();
/// Their series, as they were named to the build; and the program that writes modules for them.
std::span<const std::string_view> live_series();
std::string_view module_writer();
/// Those that this build could have had.
std::span<const MissingKernel> missing_kernels();

}  // namespace retort
