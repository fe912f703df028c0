/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fills the table of ops.h. The kernel's btf.c is included as it is, because what is asked for is
 * static in it. Every function only translates the calling convention: a shim that decided anything
 * would be tested in the kernel's stead.
 */
#include <generated/utsrelease.h>

#include "kernel/bpf/btf.c"
#include "oracles/kernel/host.h"
#include "oracles/kernel/ops.h"

static struct btf* unwrap(const struct kn_btf* btf) {
  return (struct btf*)btf;
}

static int hand_out(struct btf* btf, struct kn_btf** out) {
  if (IS_ERR(btf)) return PTR_ERR(btf);
  *out = (struct kn_btf*)btf;
  return 0;
}

static struct btf* load_logged(const void* data, u32 length, u32 level, char* log, u32 log_size) {
  union bpf_attr attr = {.btf = (u64)data,
                         .btf_size = length,
                         .btf_log_buf = (u64)log,
                         .btf_log_size = log_size,
                         .btf_log_level = level};
#ifdef RETORT_KERNEL_HAS_LOG_ATTR
  struct bpf_common_attr common = {};
  struct bpf_log_attr log_attr;
  const int err =
      bpf_log_attr_init(&log_attr, attr.btf_log_buf, attr.btf_log_size, attr.btf_log_level,
                        offsetof(union bpf_attr, btf_log_true_size), KERNEL_BPFPTR(&attr), &common,
                        KERNEL_BPFPTR(&common), sizeof(common));

  if (err) return ERR_PTR(err);
  return btf_parse(&attr, KERNEL_BPFPTR(&attr), &log_attr);
#else
  return btf_parse(&attr, KERNEL_BPFPTR(&attr), sizeof(attr));
#endif
}

static void say(const char* format, ...) {
  va_list arguments;

  va_start(arguments, format);
  host_log(format, arguments);
  va_end(arguments);
}

/*
 * The log of a load describes every type, which takes far longer than the load, and a log that is
 * too long is an error of its own. So it is asked for only where it has to say why; of a long one
 * the kernel keeps the end.
 */
static int load(const void* data, unsigned int length, int words, struct kn_btf** out) {
  struct btf* btf = load_logged(data, length, 0, NULL, 0);
  char log[1024] = "";
  struct btf* again;

  if (!IS_ERR(btf) || !words) return hand_out(btf, out);
  again = load_logged(data, length, BPF_LOG_LEVEL1, log, sizeof(log));
  if (!IS_ERR(again)) btf_put(again);
  log[sizeof(log) - 1] = 0;
  say("%s", log);
  return PTR_ERR(btf);
}

static int parse_base(void* data, unsigned int length, struct kn_btf** out) {
  struct btf_verifier_env* env = kzalloc(sizeof(*env), GFP_KERNEL);
  struct btf* btf;

  if (!env) return -ENOMEM;
  env->log.level = BPF_LOG_KERNEL;
  btf = btf_parse_base(env, "vmlinux", data, length);
  btf_verifier_env_free(env);
  return hand_out(btf, out);
}

static void set_vmlinux(struct kn_btf* base_or_null) {
  btf_vmlinux = unwrap(base_or_null);
}

static int parse_module(const void* data, unsigned int length, void* base_or_null,
                        unsigned int base_length, struct kn_btf** out) {
  return hand_out(btf_parse_module("retort", data, length, base_or_null, base_length), out);
}

static int check_types(struct kn_btf* wrapped) {
  struct btf_verifier_env* env = kzalloc(sizeof(*env), GFP_KERNEL);
  struct btf* btf = unwrap(wrapped);
  int err;

  if (!env) return -ENOMEM;
  env->log.level = BPF_LOG_KERNEL;
  env->btf = btf;
  err = btf_check_all_types(env);
  btf_verifier_env_free(env);
  return err;
}

static void put(struct kn_btf* wrapped) {
  struct btf* btf = unwrap(wrapped);

  if (btf_vmlinux == btf) btf_vmlinux = NULL;
  btf_put(btf);
}

static unsigned int type_count(const struct kn_btf* btf) {
  return btf_nr_types(unwrap(btf));
}

static const void* type(const struct kn_btf* btf, unsigned int id) {
  return btf_type_by_id(unwrap(btf), id);
}

static const char* string(const struct kn_btf* btf, unsigned int offset) {
  return btf_name_by_offset(unwrap(btf), offset);
}

static int find(const struct kn_btf* btf, const char* name, unsigned int kind) {
  return btf_find_by_name_kind(unwrap(btf), name, kind);
}

static const void* data(const struct kn_btf* btf, unsigned int* length) {
  *length = unwrap(btf)->data_size;
  return unwrap(btf)->data;
}

static unsigned int relocate_id(const struct kn_btf* btf, unsigned int id) {
  return btf_relocate_id(unwrap(btf), id);
}

static int size_of(const struct kn_btf* btf, unsigned int id, unsigned int* size) {
  return btf_type_id_size(unwrap(btf), &id, size) ? 0 : -EINVAL;
}

static int show(const struct kn_btf* btf, unsigned int id, void* value, char* text, int length,
                unsigned long long flags) {
  return btf_type_snprintf_show(unwrap(btf), id, value, text, length, flags);
}

static int show_in_file(const struct kn_btf* btf, unsigned int id, void* value, char* text,
                        int length, unsigned long long flags) {
  struct seq_file file = {.buf = text, .size = length};
  const int err = btf_type_seq_show_flags(unwrap(btf), id, value, &file, flags);

  text[file.count < length ? file.count : 0] = 0;
  return err;
}

static int core_compatible(const struct kn_btf* local, unsigned int local_id,
                           const struct kn_btf* target, unsigned int target_id) {
  return bpf_core_types_are_compat(unwrap(local), local_id, unwrap(target), target_id);
}

static int core_matches(const struct kn_btf* local, unsigned int local_id,
                        const struct kn_btf* target, unsigned int target_id) {
  return bpf_core_types_match(unwrap(local), local_id, unwrap(target), target_id);
}

static int core_relocate(const struct kn_btf* local, unsigned int id, unsigned int path,
                         unsigned int kind, int* value) {
  struct bpf_verifier_log* log = kzalloc(sizeof(*log), GFP_KERNEL);
  struct bpf_core_ctx context = {.log = log, .btf = unwrap(local)};
  const struct bpf_core_relo relocation = {.type_id = id, .access_str_off = path, .kind = kind};
  const u8 code = BPF_ALU64 | BPF_MOV | BPF_K;
  struct bpf_insn instruction = {.code = code, .imm = *value};
  int err;

  if (!log) return -ENOMEM;
  err = bpf_core_apply(&context, &relocation, 0, &instruction);
  kfree(log);
  if (err) return err;
  *value = instruction.imm;
  /* One that has no target becomes a call of nothing. */
  return instruction.code == code;
}

static void core_forget(void) {
  __purge_cand_cache(NULL, vmlinux_cand_cache, VMLINUX_CAND_CACHE_SIZE);
  purge_cand_cache(NULL);
}

int retort_map_check(const void* btf, unsigned int key_id, unsigned int key_size,
                     unsigned int value_id, unsigned int value_size);

static int map_check(const struct kn_btf* btf, unsigned int key_id, unsigned int key_size,
                     unsigned int value_id, unsigned int value_size) {
  return retort_map_check(unwrap(btf), key_id, key_size, value_id, value_size);
}

static int module_coming(void* data, unsigned int length, void* base_or_null,
                         unsigned int base_length, struct kn_module** out, struct kn_btf** btf) {
  struct module* module = kzalloc(sizeof(*module), GFP_KERNEL);
  int err;

  if (!module) return -ENOMEM;
  strscpy(module->name, "retort", sizeof(module->name));
  module->btf_data = data;
  module->btf_data_size = length;
  module->btf_base_data = base_or_null;
  module->btf_base_data_size = base_length;
  err = notifier_to_errno(btf_module_notify(&btf_module_nb, MODULE_STATE_COMING, module));
  if (err) {
    kfree(module);
    return err;
  }
  btf_module_notify(&btf_module_nb, MODULE_STATE_LIVE, module);
  *out = (struct kn_module*)module;
  *btf = (struct kn_btf*)btf_get_module_btf(module);
  /* The list of modules keeps one. */
  btf_put(unwrap(*btf));
  return 0;
}

static void module_going(struct kn_module* module) {
  btf_module_notify(&btf_module_nb, MODULE_STATE_GOING, module);
  kfree(module);
}

static int register_kfuncs(struct kn_module* module, const unsigned int* ids, unsigned int count) {
  struct btf_id_set8* set = kzalloc(struct_size(set, pairs, count), GFP_KERNEL);
  struct btf_kfunc_id_set kfuncs = {.owner = (struct module*)module, .set = set};
  unsigned int index;
  int err;

  if (!set) return -ENOMEM;
  set->cnt = count;
  set->flags = BTF_SET8_KFUNCS;
  for (index = 0; index < count; ++index) set->pairs[index].id = ids[index];
  err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED_CLS, &kfuncs);
  kfree(set);
  return err;
}

static int has_kfunc(const struct kn_btf* btf, unsigned int id) {
  const struct btf_kfunc_set_tab* tab = unwrap(btf)->kfunc_set_tab;

  return tab && tab->sets[BTF_KFUNC_HOOK_TC] &&
         btf_id_set8_contains(tab->sets[BTF_KFUNC_HOOK_TC], id);
}

int retort_register_struct_ops(struct module* owner, const char* name);

static int register_struct_ops(struct kn_module* module, const char* name) {
  return retort_register_struct_ops((struct module*)module, name);
}

static int has_struct_ops(const struct kn_btf* btf, unsigned int value_id) {
  return bpf_struct_ops_find_value(unwrap(btf), value_id) != NULL;
}

const struct kernel_ops RETORT_KERNEL_SYMBOL = {
    .release = UTS_RELEASE,
    .most_elements = BTF_INFO_VLEN(~0U),
    .load = load,
    .parse_base = parse_base,
    .set_vmlinux = set_vmlinux,
    .parse_module = parse_module,
    .check_types = check_types,
    .put = put,
    .type_count = type_count,
    .type = type,
    .string = string,
    .find = find,
    .data = data,
    .relocate_id = relocate_id,
    .size_of = size_of,
    .show = show,
    .show_in_file = show_in_file,
    .core_compatible = core_compatible,
    .core_matches = core_matches,
    .core_relocate = core_relocate,
    .core_forget = core_forget,
    .map_check = map_check,
    .module_coming = module_coming,
    .module_going = module_going,
    .register_kfuncs = register_kfuncs,
    .has_kfunc = has_kfunc,
    .register_struct_ops = register_struct_ops,
    .has_struct_ops = has_struct_ops,
    .log = host_log_text,
    .warnings = host_warnings,
    .clear_log = host_clear_log,
    .live_allocations = host_live_allocations,
};
