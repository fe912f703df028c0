// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Exports take their helpers from stocks; what a file does not call is left out of it, since its
// reader looks for a defect, and the compiler warns.
#pragma once

#include <string>
#include <string_view>

namespace retort {

/// The C without the static functions that nothing in it names. Definitions stand apart from each
/// other by a blank line, begin in the first column, and have their comment directly above.
std::string without_unused_functions(std::string_view text);

}  // namespace retort
