// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// The part of libbpf's table that only property operations call, one struct for each of them. Each
// is filled by a source of its own, so that a version which lacks one still has the others.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_btf;

struct lb_dump;

// Text is handed to the sink piece by piece. A sink that returns 0 wants no more: the call ends at
// once with LB_DUMP_ENDED, and the dumper can only be freed.
struct lb_sink {
  int (*write)(void* context, const char* text, size_t length);
  void* context;
};
#define LB_DUMP_ENDED (-100000)

struct lb_decl_opts {
  const char* field_name;  // not null: libbpf reads it where there are options at all
  int indent_level;
  int strip_mods;
};

struct lb_data_opts {
  const char* indent_str;  // may be null
  int indent_level;
  int compact;
  int skip_names;
  int emit_zeroes;
};

struct lb_dump_ops {
  // The sink is borrowed.
  int (*open)(const struct lb_btf* btf, const struct lb_sink* sink, struct lb_dump** out);
  void (*free)(struct lb_dump* dump);
  int (*type)(struct lb_dump* dump, uint32_t id);
  int (*decl)(struct lb_dump* dump, uint32_t id, const struct lb_decl_opts* opts);
  int (*data)(struct lb_dump* dump, uint32_t id, const void* data, size_t size,
              const struct lb_data_opts* opts);
};

struct lb_ext;

struct lb_ext_ops {
  int (*open)(const void* data, uint32_t size, struct lb_ext** out);
  void (*free)(struct lb_ext* ext);  // null is allowed
  const void* (*raw)(const struct lb_ext* ext, uint32_t* size);
  // In place, with the ids and string offsets of `ext` rewritten as those of `btf` are.
  int (*dedup)(struct lb_btf* btf, struct lb_ext* ext);
  int (*endianness)(const struct lb_ext* ext);  // 1 where it is big; null before 1.5
  int (*set_endianness)(struct lb_ext* ext, int big);
};

// Results are the caller's; `*ext` is null where the file has none.
struct lb_elf_ops {
  int (*parse_elf)(const char* path, struct lb_btf** out, struct lb_ext** ext);
  int (*parse_elf_split)(const char* path, struct lb_btf* base, struct lb_btf** out);
  int (*parse_raw)(const char* path, struct lb_btf* base_or_null, struct lb_btf** out);
  // Of raw BTF or ELF.
  int (*parse_any)(const char* path, struct lb_btf** out, struct lb_ext** ext);
  int (*parse_any_split)(const char* path, struct lb_btf* base, struct lb_btf** out);
};

struct lb_core_relocation {
  const struct lb_btf* local;
  uint32_t type_id;
  uint32_t kind;           // enum bpf_core_relo_kind
  uint32_t access_string;  // an offset in `local`
  const struct lb_btf* target;
  uint32_t target_id;  // 0: all types that the name makes a candidate
};

struct lb_core_result {
  uint64_t original;
  uint64_t value;
  uint32_t original_size;
  uint32_t size;
  uint32_t candidates;
  int is_poisoned;
};

struct lb_core_ops {
  // 1 or 0, or a negated errno.
  int (*compatible)(const struct lb_btf* local, uint32_t local_id, const struct lb_btf* target,
                    uint32_t target_id);
  int (*match)(const struct lb_btf* local, uint32_t local_id, const struct lb_btf* target,
               uint32_t target_id);
  int (*relocate)(const struct lb_core_relocation* what, struct lb_core_result* out);
};

#ifdef __cplusplus
}
#endif
