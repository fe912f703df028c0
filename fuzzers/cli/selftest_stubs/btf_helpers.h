// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Stands for the helpers of upstream's selftests: a dump is compared by what begins each type's
// line, its id, kind and name.
#pragma once

#include <bpf/btf.h>

void stub_validate(const struct btf* btf, int count, const char* const expected[]);

#define VALIDATE_RAW_BTF(btf, ...)                                                        \
  do {                                                                                    \
    const char* const expected_types[] = {__VA_ARGS__};                                   \
    stub_validate(btf, sizeof(expected_types) / sizeof(*expected_types), expected_types); \
  } while (0)
