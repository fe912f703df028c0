// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// Fills the table of ops.h for the one version of libbpf whose headers it is compiled against.
// Every function only translates the calling convention, because a shim that decided anything would
// be tested in libbpf's stead.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // memfd_create()
#endif
#include "oracles/libbpf/shim.h"

#include <btf.h>
#include <errno.h>
#include <libbpf.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "oracles/libbpf/memory.h"
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

#ifdef RETORT_LIBBPF_HAS_BTF_NEW_SPLIT
static struct btf* new_split(const void* data, uint32_t len, struct btf* base) {
  return btf__new_split(data, len, base);
}
#else
// Without it, split BTF comes out of a file.
static struct btf* new_split(const void* data, uint32_t len, struct btf* base) {
  const int fd = memfd_create("retort", 0);
  if (fd < 0) return NULL;
  struct btf* btf = NULL;
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (write(fd, data, len) == (ssize_t)len) btf = btf__parse_raw_split(path, base);
  const int error = errno;
  close(fd);
  errno = error;
  return btf;
}
#endif

static int parse(const void* data, uint32_t len, struct lb_btf* base_or_null, struct lb_btf** out) {
  struct btf* base = unwrap(base_or_null);
  struct btf* btf = base ? new_split(data, len, base) : btf__new(data, len);
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

static int dedup_colliding(struct lb_btf* btf) {
  const struct btf_dedup_opts opts = {.sz = sizeof opts, .force_collisions = true};
  return btf__dedup(unwrap(btf), &opts);
}

#ifdef RETORT_LIBBPF_HAS_PERMUTE
static int permute(struct lb_btf* btf, uint32_t* map, uint32_t count) {
  return btf__permute(unwrap(btf), map, count, NULL);
}
#endif

static int add(struct lb_btf* wrapped, const struct lb_add* a) {
  struct btf* btf = unwrap(wrapped);
  switch (a->what) {
    case lb_int:
      return btf__add_int(btf, a->name, a->size, a->flag);
    case lb_float:
      return btf__add_float(btf, a->name, a->size);
    case lb_ptr:
      return btf__add_ptr(btf, a->type);
    case lb_array:
      return btf__add_array(btf, a->index_type, a->type, a->size);
    case lb_struct:
      return btf__add_struct(btf, a->name, a->size);
    case lb_union:
      return btf__add_union(btf, a->name, a->size);
    case lb_enum:
      return btf__add_enum(btf, a->name, a->size);
    case lb_enum64:
      return btf__add_enum64(btf, a->name, a->size, a->flag != 0);
    case lb_fwd:
      return btf__add_fwd(btf, a->name, (enum btf_fwd_kind)a->flag);
    case lb_typedef:
      return btf__add_typedef(btf, a->name, a->type);
    case lb_volatile:
      return btf__add_volatile(btf, a->type);
    case lb_const:
      return btf__add_const(btf, a->type);
    case lb_restrict:
      return btf__add_restrict(btf, a->type);
    case lb_type_tag:
      return btf__add_type_tag(btf, a->name, a->type);
    case lb_func:
      return btf__add_func(btf, a->name, (enum btf_func_linkage)a->flag, a->type);
    case lb_func_proto:
      return btf__add_func_proto(btf, a->type);
    case lb_var:
      return btf__add_var(btf, a->name, a->flag, a->type);
    case lb_datasec:
      return btf__add_datasec(btf, a->name, a->size);
    case lb_decl_tag:
      return btf__add_decl_tag(btf, a->name, a->type, a->flag);
    case lb_field:
      return btf__add_field(btf, a->name, a->type, a->offset, a->size);
    case lb_enum_value:
      return btf__add_enum_value(btf, a->name, (int64_t)a->value);
    case lb_enum64_value:
      return btf__add_enum64_value(btf, a->name, a->value);
    case lb_func_param:
      return btf__add_func_param(btf, a->name, a->type);
    case lb_datasec_var_info:
      return btf__add_datasec_var_info(btf, a->type, a->offset, a->size);
  }
  return -EINVAL;
}

static int add_string(struct lb_btf* btf, const char* text) {
  return btf__add_str(unwrap(btf), text);
}

static int find_string(struct lb_btf* btf, const char* text) {
  return btf__find_str(unwrap(btf), text);
}

static int add_type(struct lb_btf* btf, const struct lb_btf* from, const void* record) {
  return btf__add_type(unwrap(btf), unwrap(from), record);
}

static int add_btf(struct lb_btf* btf, const struct lb_btf* from) {
  return btf__add_btf(unwrap(btf), unwrap(from));
}

static const char* name(const struct lb_btf* btf, uint32_t off) {
  return btf__name_by_offset(unwrap(btf), off);
}

static int64_t resolve_size(const struct lb_btf* btf, uint32_t id) {
  return btf__resolve_size(unwrap(btf), id);
}

static int align_of(const struct lb_btf* btf, uint32_t id) {
  return btf__align_of(unwrap(btf), id);
}

static int resolve_type(const struct lb_btf* btf, uint32_t id) {
  return btf__resolve_type(unwrap(btf), id);
}

static size_t pointer_size(const struct lb_btf* btf) {
  return btf__pointer_size(unwrap(btf));
}

static int set_pointer_size(struct lb_btf* btf, size_t bytes) {
  return btf__set_pointer_size(unwrap(btf), bytes);
}

static int endianness(const struct lb_btf* btf) {
  return btf__endianness(unwrap(btf)) == BTF_BIG_ENDIAN;
}

static int set_endianness(struct lb_btf* btf, int big) {
  return btf__set_endianness(unwrap(btf), big ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
}

static const struct lb_btf* base(const struct lb_btf* btf) {
  return (const struct lb_btf*)btf__base_btf(unwrap(btf));
}

extern const struct libbpf_ops RETORT_LIBBPF_SYMBOL;
const struct libbpf_ops RETORT_LIBBPF_SYMBOL = {
    .series = RETORT_LIBBPF_SERIES,
    .version = RETORT_LIBBPF_VERSION,
    .most_elements = BTF_INFO_VLEN(UINT32_MAX),
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
    .dedup_colliding = dedup_colliding,
#ifdef RETORT_LIBBPF_HAS_PERMUTE
    .permute = permute,
#endif
    .add = add,
    .add_string = add_string,
    .find_string = find_string,
    .add_type = add_type,
    .add_btf = add_btf,
    .name = name,
    .resolve_size = resolve_size,
    .align_of = align_of,
    .resolve_type = resolve_type,
    .pointer_size = pointer_size,
    .set_pointer_size = set_pointer_size,
    .endianness = endianness,
    .set_endianness = set_endianness,
    .base = base,
    .memory = &retort_memory,
    .dumps = &lb_dumps,
    .exts = &lb_exts,
    .elfs = &lb_elfs,
    .cores = &lb_cores,
};
