// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// The allocator that one version of libbpf is given in place of the C library's: it counts what is
// live, and fails the one allocation that it is told to. The build redirects the calls of libbpf's
// own objects to these names (cmake/Libbpf.cmake), and to nothing else, so that what an oracle
// allocates around libbpf neither counts nor fails.
#pragma once

#include "oracles/libbpf/ops.h"

extern struct lb_memory retort_memory;

void* retort_malloc(size_t size);
void* retort_calloc(size_t count, size_t size);
void* retort_realloc(void* old, size_t size);
void* retort_reallocarray(void* old, size_t count, size_t size);
void retort_free(void* allocated);
char* retort_strdup(const char* text);
char* retort_strndup(const char* text, size_t most);
char* retort_realpath(const char* path, char* resolved);
