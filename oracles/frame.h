// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A function that was being executed, and which functions stand at addresses of this process. Only
// libdw can tell the latter; a build without it (RETORT_LIBDW=OFF: a service's image has none, and
// MemorySanitizer would see none of what it writes) names no functions of plain crashes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace retort {

struct Frame {
  std::string name;  ///< without arguments; nothing where it is not known
  std::string file;  ///< its source, or its library where that is all that is known
};

/// The frame of each address.
std::vector<Frame> frames_at(std::span<const std::uintptr_t> addresses);

/// A function's name as one writes it, without its arguments and anonymous namespaces.
std::string demangled(const char* name);

}  // namespace retort
