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
    .log = host_log_text,
    .warnings = host_warnings,
    .clear_log = host_clear_log,
    .live_allocations = host_live_allocations,
};
