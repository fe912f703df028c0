// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// .BTF.ext, for the one version of libbpf whose headers this is compiled against.
#include <btf.h>
#include <errno.h>
#include <libbpf.h>

#include "oracles/libbpf/shim.h"

static int open_ext(const void* data, uint32_t size, struct lb_ext** out) {
  struct btf_ext* ext = btf_ext__new(data, size);
  if (!ext) return -errno;
  *out = (struct lb_ext*)ext;
  return 0;
}

static void free_ext(struct lb_ext* ext) {
  btf_ext__free((struct btf_ext*)ext);
}

static const void* raw(const struct lb_ext* ext, uint32_t* size) {
#ifdef RETORT_LIBBPF_HAS_BTF_EXT_RAW_DATA
  return btf_ext__raw_data((const struct btf_ext*)ext, size);
#else
  return btf_ext__get_raw_data((const struct btf_ext*)ext, size);
#endif
}

static int dedup(struct lb_btf* btf, struct lb_ext* ext) {
  struct btf_dedup_opts opts = {.sz = sizeof(opts)};
  opts.btf_ext = (struct btf_ext*)ext;
  return btf__dedup(lb_unwrap(btf), &opts);
}

#ifdef RETORT_LIBBPF_HAS_EXT_SET_ENDIANNESS
static int endianness(const struct lb_ext* ext) {
  return btf_ext__endianness((const struct btf_ext*)ext) == BTF_BIG_ENDIAN;
}

static int set_endianness(struct lb_ext* ext, int big) {
  return btf_ext__set_endianness((struct btf_ext*)ext, big ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
}
#endif

const struct lb_ext_ops lb_exts = {
    .open = open_ext,
    .free = free_ext,
    .raw = raw,
    .dedup = dedup,
#ifdef RETORT_LIBBPF_HAS_EXT_SET_ENDIANNESS
    .endianness = endianness,
    .set_endianness = set_endianness,
#endif
};
