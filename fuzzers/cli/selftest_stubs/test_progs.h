// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Stands for the harness of upstream's selftests, as far as exported subtests use it: each
// assertion says what failed and counts it.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

extern int failures;

static inline bool stub_assert(bool holds, const char* what) {
  if (!holds) {
    printf("failed: %s\n", what);
    failures++;
  }
  return holds;
}

#define ASSERT_OK(result, what) stub_assert((result) == 0, what)
#define ASSERT_EQ(actual, expected, what) stub_assert((long)(actual) == (long)(expected), what)
#define ASSERT_OK_PTR(pointer, what) stub_assert(libbpf_get_error(pointer) == 0, what)
#define ASSERT_ERR_PTR(pointer, what) stub_assert(libbpf_get_error(pointer) != 0, what)

static inline bool test__start_subtest(const char* name) {
  return name[0] != 0;
}
