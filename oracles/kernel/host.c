/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other side of host.h, on libc: allocations that are counted, since what the kernel's code
 * does not free is a finding, and a log of bounded length.
 */
#include "oracles/kernel/host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned long live_allocations;
static unsigned int warnings;
static char log_text[1 << 16];
static size_t log_length;

void* host_allocate(unsigned long size, int zero) {
  void* allocated = zero ? calloc(1, size) : malloc(size);

  if (allocated) ++live_allocations;
  return allocated;
}

void* host_reallocate(void* old, unsigned long size) {
  void* allocated = realloc(old, size);

  if (allocated && !old) ++live_allocations;
  return allocated;
}

void host_free(void* allocated) {
  if (allocated) --live_allocations;
  free(allocated);
}

void host_log(const char* format, va_list arguments) {
  const size_t room = sizeof(log_text) - log_length;
  int written;

  if (format[0] == 1 && format[1]) format += 2;
  written = vsnprintf(log_text + log_length, room, format, arguments);
  if (written < 0) return;
  log_length += (size_t)written < room ? (size_t)written : room - 1;
}

static void log_line(const char* format, ...) {
  va_list arguments;

  va_start(arguments, format);
  host_log(format, arguments);
  va_end(arguments);
}

void host_warn(const char* file, int line) {
  ++warnings;
  log_line("WARNING at %s:%d\n", file, line);
}

void host_unreached(const char* symbol) {
  fprintf(stderr, "retort-kernel: the kernel's %s() was called, which the shim does not provide\n",
          symbol);
  abort();
}

unsigned long host_live_allocations(void) {
  return live_allocations;
}

unsigned int host_warnings(void) {
  return warnings;
}

const char* host_log_text(void) {
  return log_text;
}

void host_clear_log(void) {
  log_text[0] = 0;
  log_length = 0;
  warnings = 0;
}
