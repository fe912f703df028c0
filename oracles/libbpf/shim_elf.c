// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// BTF out of files, for the one version of libbpf whose headers this is compiled against.
#include <btf.h>
#include <errno.h>
#include <libbpf.h>

#include "oracles/libbpf/shim.h"

static int result_of(struct btf* btf, struct lb_btf** out) {
  if (!btf) return -errno;
  *out = lb_wrap(btf);
  return 0;
}

// libbpf frees what the pointer to the result holds where it fails: it has to hold something.
static int parse_elf(const char* path, struct lb_btf** out, struct lb_ext** ext) {
  struct btf_ext* theirs = NULL;
  const int error = result_of(btf__parse_elf(path, &theirs), out);
  if (!error) *ext = (struct lb_ext*)theirs;
  return error;
}

static int parse_elf_split(const char* path, struct lb_btf* base, struct lb_btf** out) {
  return result_of(btf__parse_elf_split(path, lb_unwrap(base)), out);
}

static int parse_raw(const char* path, struct lb_btf* base_or_null, struct lb_btf** out) {
  return result_of(
      base_or_null ? btf__parse_raw_split(path, lb_unwrap(base_or_null)) : btf__parse_raw(path),
      out);
}

static int parse_any(const char* path, struct lb_btf** out, struct lb_ext** ext) {
  struct btf_ext* theirs = NULL;
  const int error = result_of(btf__parse(path, &theirs), out);
  if (!error) *ext = (struct lb_ext*)theirs;
  return error;
}

static int parse_any_split(const char* path, struct lb_btf* base, struct lb_btf** out) {
  return result_of(btf__parse_split(path, lb_unwrap(base)), out);
}

const struct lb_elf_ops lb_elfs = {
    .parse_elf = parse_elf,
    .parse_elf_split = parse_elf_split,
    .parse_raw = parse_raw,
    .parse_any = parse_any,
    .parse_any_split = parse_any_split,
};
