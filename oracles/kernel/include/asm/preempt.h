/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shadows the header of that name. User-mode Linux finds the current thread by masking the stack
 * pointer, which in a plain process leads nowhere; here there is one thread, and it is known.
 */
#ifndef RETORT_ASM_PREEMPT_H
#define RETORT_ASM_PREEMPT_H

#include <linux/thread_info.h>

extern struct thread_info retort_thread_info;
#undef current_thread_info
#define current_thread_info() (&retort_thread_info)
#include <asm-generic/preempt.h>

#endif
