// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// CO-RE's comparisons and relocations, which libbpf keeps to itself: a shim within the same object
// can call them all the same.
#include <btf.h>
#include <errno.h>
#include <libbpf.h>
#include <linux/err.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libbpf_internal.h"
#include "relo_core.h"

// libbpf's headers take such names away.
#include "oracles/libbpf/shim.h"

// In libbpf.c and in none of its headers.
extern int bpf_core_add_cands(struct bpf_core_cand* local_cand, size_t local_essent_len,
                              const struct btf* targ_btf, const char* targ_btf_name,
                              int targ_start_id, struct bpf_core_cand_list* cands);
extern void retort_free(void* allocated);

static int compatible(const struct lb_btf* local, uint32_t local_id, const struct lb_btf* target,
                      uint32_t target_id) {
  return bpf_core_types_are_compat(lb_unwrap(local), local_id, lb_unwrap(target), target_id);
}

static int match(const struct lb_btf* local, uint32_t local_id, const struct lb_btf* target,
                 uint32_t target_id) {
  return bpf_core_types_match(lb_unwrap(local), local_id, lb_unwrap(target), target_id);
}

static int calculate(const struct lb_core_relocation* what, struct bpf_core_cand_list* cands,
                     struct lb_core_result* out) {
  struct bpf_core_spec specs[3] = {0};
  struct bpf_core_relo_res result;
  struct bpf_core_relo relocation = {.type_id = what->type_id,
                                     .access_str_off = what->access_string,
                                     .kind = (enum bpf_core_relo_kind)what->kind};
  memset(&result, 0, sizeof(result));
  const int error = bpf_core_calc_relo_insn("retort", &relocation, 0, lb_unwrap(what->local), cands,
                                            specs, &result);
  if (error) return error;
  out->original = result.orig_val;
  out->value = result.new_val;
  out->is_poisoned = result.poison;
  out->original_size = result.orig_sz;
  out->size = result.new_sz;
  return 0;
}

// Onto one type, or where its id is 0 onto every type that the name makes a candidate.
static int relocate(const struct lb_core_relocation* what, struct lb_core_result* out) {
  struct bpf_core_cand one = {.btf = lb_unwrap(what->target), .id = what->target_id};
  struct bpf_core_cand_list list = {.cands = &one, .len = 1};
  if (what->target_id != 0) return calculate(what, &list, out);
  list.cands = NULL;
  list.len = 0;
  const struct btf* local = lb_unwrap(what->local);
  const struct btf_type* type = btf__type_by_id(local, what->type_id);
  const char* name = btf__name_by_offset(local, type->name_off);
  struct bpf_core_cand own = {.btf = local, .id = what->type_id};
  int error = 0;
  if (name && *name)
    error = bpf_core_add_cands(&own, bpf_core_essential_name_len(name), lb_unwrap(what->target),
                               "target", 1, &list);
  out->candidates = (uint32_t)list.len;
  if (!error) error = calculate(what, &list, out);
  retort_free(list.cands);
  return error;
}

const struct lb_core_ops lb_cores = {
    .compatible = compatible,
    .match = match,
    .relocate = relocate,
};
