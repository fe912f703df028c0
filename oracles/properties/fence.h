// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// A fence: bytes that end exactly where readable memory ends, and a way to survive a read beyond
// them. Whoever reads too far is found out in every build, with a sanitizer or without, and the
// process goes on: what a common defect reads too much must not end a run each time.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// The longest that can stand before the fence, and how far behind it a read is still caught.
// In C such constants are written as macros are. NOLINTNEXTLINE(readability-identifier-naming)
enum { LB_FENCE_MOST = 1 << 16, LB_FENCE_DEPTH = 1 << 26 };

// `size` writable bytes that end at the fence; the same memory each time. Null where the machine
// gives no memory.
unsigned char* fence_bytes(size_t size);

// Calls call(context). Returns 0, or 1 where it was left because it had touched what lies behind
// the fence; then nothing of what it was doing has been finished.
int fence_call(void (*call)(void* context), void* context);

#ifdef __cplusplus
}
#endif
