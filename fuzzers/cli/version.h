// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What `retort --version` says: a report of a finding means nothing without the exact source of
// each oracle.
#pragma once

#include <string>

namespace retort {

/// The program's own version on the first line, then a line for each oracle but the reference.
std::string version_text();

}  // namespace retort
