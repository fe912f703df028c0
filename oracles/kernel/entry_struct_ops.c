/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a struct of function pointers needs to be offered to programs. Which types of vmlinux it has
 * to be made of is static in the kernel's bpf_struct_ops.c, which is included as it is, and is
 * found out when a kernel is linked; here it is looked up.
 */
#include "kernel/bpf/bpf_struct_ops.c"

int retort_register_struct_ops(struct module* owner, const char* name);

static int begin(struct btf* btf) {
  return 0;
}

static u32 id_of_struct(const char* name) {
  const s32 id = btf_find_by_name_kind(btf_vmlinux, name, BTF_KIND_STRUCT);

  return id < 0 ? 0 : id;
}

int retort_register_struct_ops(struct module* owner, const char* name) {
  /* Of a program's stubs nothing but their addresses is looked at. */
  static char stubs[1 << 16];
  static char own_name[128];
  static struct bpf_struct_ops operations;

  memset(&operations, 0, sizeof(operations));
  strscpy(own_name, name, sizeof(own_name));
  operations.name = own_name;
  operations.owner = owner;
  operations.init = begin;
  operations.cfi_stubs = stubs;
  st_ops_ids[IDX_MODULE_ID] = id_of_struct("module");
  st_ops_ids[IDX_ST_OPS_COMMON_VALUE_ID] = id_of_struct("bpf_struct_ops_common_value");
  return __register_bpf_struct_ops(&operations);
}
