// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// The table through which one version of libbpf is called. Each version is linked into an object of
// its own whose only visible symbol is such a table, so that several stand side by side in one
// process; the table is C because libbpf is. Nothing here decides anything: guards, limits and
// comparison belong to the oracle that uses it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "oracles/libbpf/property_ops.h"

#ifdef __cplusplus
extern "C" {
#endif

// A `struct btf` of the version whose table made it. Never hand it to another version's table.
struct lb_btf;

// What one version has allocated, and the fault that is asked of it.
struct lb_memory {
  int64_t live;      // allocations that were not freed yet
  uint64_t count;    // allocations asked for so far
  uint64_t fail_at;  // the one that fails, counted as `count` does; 0 for none
  int failed;        // set once it has
};

// What lb_add appends, in the order of btf.h. The last group appends to the type added last.
enum lb_added {
  lb_int,
  lb_float,
  lb_ptr,
  lb_array,
  lb_struct,
  lb_union,
  lb_enum,
  lb_enum64,
  lb_fwd,
  lb_typedef,
  lb_volatile,
  lb_const,
  lb_restrict,
  lb_type_tag,
  lb_func,
  lb_func_proto,
  lb_var,
  lb_datasec,
  lb_decl_tag,
  lb_field,
  lb_enum_value,
  lb_enum64_value,
  lb_func_param,
  lb_datasec_var_info,
};

// The arguments of btf__add_*, under the name that most of them give it.
struct lb_add {
  enum lb_added what;
  const char* name;  // null is allowed, where libbpf says so or not
  int type;          // referred to
  int index_type;    // of an array
  uint32_t size;     // in bytes; of an array the number of elements, of a field the bits
  uint32_t offset;   // of a field, in bits; of a variable in its section, in bytes
  int flag;          // encoding, linkage, kind of a FWD, component, signedness
  uint64_t value;    // of an enumerator
};

// Functions that return an int return 0 or an id where they succeed, and a negated errno where they
// do not. An operation that a version does not have yet is a null pointer.
struct libbpf_ops {
  // As in the oracle's name: "6.12", or the label of a directory that the user named.
  const char* series;
  // Exactly what was built: the package's version, or what identifies the directory's content.
  const char* version;

  // What its header takes of the info word for vlen: 0xffff, or 0xffffff since kind has 7 bits.
  uint32_t most_elements;

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
  int (*dedup_colliding)(struct lb_btf* btf);  // with every hash the same, as a test would have it

  // In place: map[i] is the new id of the type i, counted from void or, on a base, from its end.
  int (*permute)(struct lb_btf* btf, uint32_t* map, uint32_t count);

  int (*add)(struct lb_btf* btf, const struct lb_add* what);  // the id, or 0 in the last group
  int (*add_string)(struct lb_btf* btf, const char* text);    // the offset
  int (*find_string)(struct lb_btf* btf, const char* text);   // the offset
  int (*add_type)(struct lb_btf* btf, const struct lb_btf* from, const void* type);  // the id
  int (*add_btf)(struct lb_btf* btf, const struct lb_btf* from);                     // the first id

  const char* (*name)(const struct lb_btf* btf, uint32_t off);  // null beyond the strings
  int64_t (*resolve_size)(const struct lb_btf* btf, uint32_t id);
  int (*align_of)(const struct lb_btf* btf, uint32_t id);  // 0, with errno set, where it fails
  int (*resolve_type)(const struct lb_btf* btf, uint32_t id);
  size_t (*pointer_size)(const struct lb_btf* btf);
  int (*set_pointer_size)(struct lb_btf* btf, size_t bytes);
  int (*endianness)(const struct lb_btf* btf);  // 1 where it is big
  int (*set_endianness)(struct lb_btf* btf, int big);
  const struct lb_btf* (*base)(const struct lb_btf* btf);

  struct lb_memory* memory;

  // Groups of calls that one property operation each needs: property_ops.h.
  const struct lb_dump_ops* dumps;
  const struct lb_ext_ops* exts;
  const struct lb_elf_ops* elfs;
  const struct lb_core_ops* cores;
};

// Every version that was built, in the order of the table in oracles/libbpf/CMakeLists.txt, then a
// null pointer.
extern const struct libbpf_ops* const retort_libbpf_all[];

// Those that the build was asked for and could not have, then one whose name is null.
struct libbpf_missing {
  const char* name;
  const char* reason;  // a sentence
};
extern const struct libbpf_missing retort_libbpf_missing[];

#ifdef __cplusplus
}
#endif
