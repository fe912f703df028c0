// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Which functions a child process was in when it died. A sanitizer says so itself; elsewhere a
// signal handler, on a stack of its own, writes the addresses of the frames to standard error, and
// the parent, which has the same code at the same addresses, looks up their names.
#pragma once

#include <string>

namespace retort {

/// Whether a sanitizer of this build handles crashes, and reserves more addresses than there is
/// memory.
bool sanitizer_handles_crashes();

/// Called in the child, once: reports the frames of a crash. Does nothing under such a sanitizer.
void report_frames_of_crashes();

/// Called in the parent, with what the child wrote to standard error: the sanitizer's summary if
/// there is one, else the innermost functions of the crash, else nothing.
std::string first_frame(const std::string& errors);

}  // namespace retort
