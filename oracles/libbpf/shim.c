// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// Fills the table of ops.h for the one version of libbpf whose headers it is compiled against.
// Every function only translates the calling convention, because a shim that decided anything would
// be tested in libbpf's stead.
#include <btf.h>
#include <errno.h>
#include <libbpf.h>
#include <stdint.h>

#include "oracles/libbpf/ops.h"

static struct btf* unwrap(const struct lb_btf* btf) {
  return (struct btf*)(uintptr_t)btf;
}

static struct lb_btf* wrap(struct btf* btf) {
  return (struct lb_btf*)btf;
}

static void init(void) {
  libbpf_set_print(NULL);
}

static int parse(const void* data, uint32_t len, struct lb_btf* base_or_null, struct lb_btf** out) {
  struct btf* btf = btf__new_split(data, len, unwrap(base_or_null));
  if (!btf) return -errno;
  *out = wrap(btf);
  return 0;
}

static struct lb_btf* new_empty(struct lb_btf* base_or_null) {
  return wrap(btf__new_empty_split(unwrap(base_or_null)));
}

static void free_btf(struct lb_btf* btf) {
  btf__free(unwrap(btf));
}

static uint32_t type_count(const struct lb_btf* btf) {
  return btf__type_cnt(unwrap(btf));
}

static const void* type(const struct lb_btf* btf, uint32_t id) {
  return btf__type_by_id(unwrap(btf), id);
}

static const char* string(const struct lb_btf* btf, uint32_t off) {
  return btf__str_by_offset(unwrap(btf), off);
}

static int find(const struct lb_btf* btf, const char* name) {
  return btf__find_by_name(unwrap(btf), name);
}

static int find_kind(const struct lb_btf* btf, const char* name, uint32_t kind) {
  return btf__find_by_name_kind(unwrap(btf), name, kind);
}

static const void* raw(const struct lb_btf* btf, uint32_t* len) {
  return btf__raw_data(unwrap(btf), len);
}

#ifdef RETORT_LIBBPF_HAS_DISTILL_BASE
static int distill(const struct lb_btf* src, struct lb_btf** base, struct lb_btf** split) {
  struct btf* new_base = NULL;
  struct btf* new_split = NULL;
  int err = btf__distill_base(unwrap(src), &new_base, &new_split);
  if (err) return err;
  *base = wrap(new_base);
  *split = wrap(new_split);
  return 0;
}
#endif

#ifdef RETORT_LIBBPF_HAS_RELOCATE
static int relocate(struct lb_btf* split, const struct lb_btf* target) {
  return btf__relocate(unwrap(split), unwrap(target));
}
#endif

static int dedup(struct lb_btf* btf) {
  return btf__dedup(unwrap(btf), NULL);
}

extern const struct libbpf_ops RETORT_LIBBPF_SYMBOL;
const struct libbpf_ops RETORT_LIBBPF_SYMBOL = {
    .series = RETORT_LIBBPF_SERIES,
    .version = RETORT_LIBBPF_VERSION,
    .init = init,
    .parse = parse,
    .new_empty = new_empty,
    .free = free_btf,
    .type_count = type_count,
    .type = type,
    .string = string,
    .find = find,
    .find_kind = find_kind,
    .raw = raw,
#ifdef RETORT_LIBBPF_HAS_DISTILL_BASE
    .distill = distill,
#endif
#ifdef RETORT_LIBBPF_HAS_RELOCATE
    .relocate = relocate,
#endif
    .dedup = dedup,
};
