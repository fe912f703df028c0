/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls into one version of the kernel's btf.c. Each version is linked into one object whose
 * only global symbol is its table, so that several stand side by side in one program. All functions
 * return 0 or a negative errno unless said otherwise.
 */
#ifndef RETORT_KERNEL_OPS_H
#define RETORT_KERNEL_OPS_H

#ifdef __cplusplus
extern "C" {
#endif

struct kn_btf;    /* the kernel's struct btf */
struct kn_module; /* a struct module, and what it brings */

struct kernel_ops {
  const char* release; /* as `uname -r` would say */

  /* What its header takes of the info word for vlen. */
  unsigned int most_elements;

  /* BPF_BTF_LOAD as btf_new_fd() takes it: every check that the kernel has. With `words`, what is
   * refused is loaded once more, for the log to say why. */
  int (*load)(const void* data, unsigned int length, int words, struct kn_btf** out);
  /* As the kernel parses its own vmlinux, or a module's .BTF.base: it trusts references. The data
   * is borrowed. */
  int (*parse_base)(void* data, unsigned int length, struct kn_btf** out);
  /* The base that parse_module() builds and relocates on; may be null. */
  void (*set_vmlinux)(struct kn_btf* base_or_null);
  /* As the kernel parses a module's .BTF; with a .BTF.base, it is relocated onto vmlinux. */
  int (*parse_module)(const void* data, unsigned int length, void* base_or_null,
                      unsigned int base_length, struct kn_btf** out);
  /* The check of all references and sizes that load() makes and the other two leave out. It
   * expects that of the base to have been made. */
  int (*check_types)(struct kn_btf* btf);
  void (*put)(struct kn_btf* btf);

  unsigned int (*type_count)(const struct kn_btf* btf); /* of all layers, with void */
  const void* (*type)(const struct kn_btf* btf, unsigned int id);
  const char* (*string)(const struct kn_btf* btf, unsigned int offset);
  /* The id, or a negative errno. */
  int (*find)(const struct kn_btf* btf, const char* name, unsigned int kind);
  const void* (*data)(const struct kn_btf* btf, unsigned int* length);
  /* What an id of a relocated module's .BTF_ids becomes. */
  unsigned int (*relocate_id)(const struct kn_btf* btf, unsigned int id);

  /* Of a type of loaded BTF, what values of it take; 0 or -EINVAL. */
  int (*size_of)(const struct kn_btf* btf, unsigned int id, unsigned int* size);
  /* The value as text, which is cut to `length` with its terminator; how long it would be, or a
   * negative errno. The flags are BTF_F_* and, for 16, the value is read where it lies. */
  int (*show)(const struct kn_btf* btf, unsigned int id, void* value, char* text, int length,
              unsigned long long flags);
  /* The same into a file as bpffs shows it, which keeps nothing of what does not fit. */
  int (*show_in_file)(const struct kn_btf* btf, unsigned int id, void* value, char* text,
                      int length, unsigned long long flags);
  /* CO-RE: 1 where the types go together, 0 where not, or a negative errno. */
  int (*core_compatible)(const struct kn_btf* local, unsigned int local_id,
                         const struct kn_btf* target, unsigned int target_id);
  int (*core_matches)(const struct kn_btf* local, unsigned int local_id,
                      const struct kn_btf* target, unsigned int target_id);
  /* CO-RE relocation of an instruction that holds `value`, against the vmlinux that is set. `path`
   * is the offset of an access string of the local BTF, the kind an enum bpf_core_relo_kind. 1
   * where the target has it, 0 where not, or a negative errno. */
  int (*core_relocate)(const struct kn_btf* local, unsigned int id, unsigned int path,
                       unsigned int kind, int* value);
  /* Forgets which targets were found for which name. */
  void (*core_forget)(void);
  /* Whether a hash map may have keys and values of these types and sizes. */
  int (*map_check)(const struct kn_btf* btf, unsigned int key_id, unsigned int key_size,
                   unsigned int value_id, unsigned int value_size);
  /* A module comes, and goes; its BTF is the kernel's until then. */
  int (*module_coming)(void* data, unsigned int length, void* base_or_null,
                       unsigned int base_length, struct kn_module** out, struct kn_btf** btf);
  void (*module_going)(struct kn_module* module);
  /* Offers functions to programs, by ids as they were before relocation. */
  int (*register_kfuncs)(struct kn_module* module, const unsigned int* ids, unsigned int count);
  /* Whether a program may call what has that id now. */
  int (*has_kfunc)(const struct kn_btf* btf, unsigned int id);

  /* Offers a struct of function pointers to programs, each with the function "retort_stub" for a
   * stub. It is the module's until that goes, and there is one at a time. */
  int (*register_struct_ops)(struct kn_module* module, const char* name);
  /* Whether a map may have that struct for its value. */
  int (*has_struct_ops)(const struct kn_btf* btf, unsigned int value_id);

  /* What was said since the last clear_log(), and how often the kernel warned of itself. */
  const char* (*log)(void);
  unsigned int (*warnings)(void);
  void (*clear_log)(void);
  unsigned long (*live_allocations)(void);
};

/* A version that was built; the list ends with one whose ops are null. */
struct kernel_version {
  const char* series;  /* "6.12" */
  const char* version; /* exact, of the sources */
  const struct kernel_ops* ops;
};
extern const struct kernel_version retort_kernel_all[];

#ifdef __cplusplus
}
#endif

#endif
