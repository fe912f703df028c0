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

/// Called in the parent, with what the child wrote to standard error: the sort of damage where a
/// sanitizer said it, and the innermost functions of what was tested ("a < b < c"), without those
/// of the sanitizer, of the C library and of our own side of the call. Numbers are left out of what
/// is said about undefined behaviour, so that equal defects read alike. Nothing where nothing is
/// known.
std::string first_frame(const std::string& errors);

}  // namespace retort
