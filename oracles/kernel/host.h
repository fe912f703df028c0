/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's side asks of libc. No header of either side may be included here, since both
 * sides include it and their types clash.
 */
#ifndef RETORT_KERNEL_HOST_H
#define RETORT_KERNEL_HOST_H

void* host_allocate(unsigned long size, int zero);
void* host_reallocate(void* old, unsigned long size);
void host_free(void* allocated);
/* Appends to the log; a leading level as printk() has it is left out. */
void host_log(const char* format, __builtin_va_list arguments);
/* A WARN of the kernel's: it goes on after it, and so do we, but it is told. */
void host_warn(const char* file, int line);
/* A kernel function that nobody thought would be called. */
void host_unreached(const char* symbol) __attribute__((noreturn));

unsigned long host_live_allocations(void);
unsigned int host_warnings(void);
const char* host_log_text(void);
void host_clear_log(void);

#endif
