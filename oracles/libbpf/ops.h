// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// The table through which one version of libbpf is called. Each version is linked into an object of
// its own whose only visible symbol is such a table, so that several stand side by side in one
// process; the table is C because libbpf is. Nothing here decides anything: guards, limits and
// comparison belong to the oracle that uses it.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A `struct btf` of the version whose table made it. Never hand it to another version's table.
struct lb_btf;

// Functions that return an int return 0 or an id where they succeed, and a negated errno where they
// do not. An operation that a version does not have yet is a null pointer.
struct libbpf_ops {
  // As in the oracle's name: "6.12", or the label of a directory that the user named.
  const char* series;
  // Exactly what was built: the package's version, or what identifies the directory's content.
  const char* version;

  // Silences libbpf's messages. Call it once before anything else.
  void (*init)(void);

  // Copies the bytes. A base is borrowed: it has to live at least as long as what is parsed on it.
  int (*parse)(const void* data, uint32_t len, struct lb_btf* base_or_null, struct lb_btf** out);
  struct lb_btf* (*new_empty)(struct lb_btf* base_or_null);  // null, with errno set, where it fails
  void (*free)(struct lb_btf* btf);  // null is allowed; a base is left alone

  uint32_t (*type_count)(const struct lb_btf* btf);  // the first free id: void and all bases count
  const void* (*type)(const struct lb_btf* btf, uint32_t id);     // a struct btf_type, or null
  const char* (*string)(const struct lb_btf* btf, uint32_t off);  // null beyond the strings
  int (*find)(const struct lb_btf* btf, const char* name);        // any kind; the id
  int (*find_kind)(const struct lb_btf* btf, const char* name, uint32_t kind);
  const void* (*raw)(const struct lb_btf* btf, uint32_t* len);  // borrowed, in the btf's byte order

  // Both results are the caller's; `*split` borrows `*base`.
  int (*distill)(const struct lb_btf* src, struct lb_btf** base, struct lb_btf** split);
  // In place. `target` becomes the base of `split`, and from then on is borrowed by it.
  int (*relocate)(struct lb_btf* split, const struct lb_btf* target);
  // In place. Where it fails, `btf` can be freed and nothing more.
  int (*dedup)(struct lb_btf* btf);
};

// Every version that was built, in the order of the table in oracles/libbpf/CMakeLists.txt, then a
// null pointer.
extern const struct libbpf_ops* const retort_libbpf_all[];

#ifdef __cplusplus
}
#endif
