// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// Only counting stands between libbpf and the C library: two additions for each allocation.
#include "oracles/libbpf/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct lb_memory retort_memory;

static bool fails_now(void) {
  if (++retort_memory.count != retort_memory.fail_at) return false;
  retort_memory.failed = 1;
  errno = ENOMEM;
  return true;
}

static void* counted(void* allocated) {
  retort_memory.live += allocated != NULL;
  return allocated;
}

void* retort_malloc(size_t size) {
  return fails_now() ? NULL : counted(malloc(size));
}

void* retort_calloc(size_t count, size_t size) {
  return fails_now() ? NULL : counted(calloc(count, size));
}

// To no bytes it is a free, which cannot fail.
void* retort_realloc(void* old, size_t size) {
  if (old == NULL) return retort_malloc(size);
  if (size != 0 && fails_now()) return NULL;
  void* moved = realloc(old, size);
  if (moved == NULL && size == 0) --retort_memory.live;
  return moved;
}

void* retort_reallocarray(void* old, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  return retort_realloc(old, bytes);
}

void retort_free(void* allocated) {
  retort_memory.live -= allocated != NULL;
  free(allocated);
}

char* retort_strdup(const char* text) {
  return fails_now() ? NULL : counted(strdup(text));
}

char* retort_strndup(const char* text, size_t most) {
  return fails_now() ? NULL : counted(strndup(text, most));
}

char* retort_realpath(const char* path, char* resolved) {
  if (resolved != NULL) return realpath(path, resolved);
  return fails_now() ? NULL : counted(realpath(path, NULL));
}
