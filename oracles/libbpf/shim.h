// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// What the sources of one version's shim share. Its symbols stay inside the version's object.
#pragma once

#include <stdint.h>

#include "oracles/libbpf/property_ops.h"

struct btf;

static inline struct btf* lb_unwrap(const struct lb_btf* btf) {
  return (struct btf*)(uintptr_t)btf;
}

static inline struct lb_btf* lb_wrap(struct btf* btf) {
  return (struct lb_btf*)btf;
}

extern const struct lb_core_ops lb_cores;
extern const struct lb_dump_ops lb_dumps;
extern const struct lb_elf_ops lb_elfs;
extern const struct lb_ext_ops lb_exts;
