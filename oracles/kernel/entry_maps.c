/* SPDX-License-Identifier: GPL-2.0 */
/*
 * map_check_btf() is static in the kernel's syscall.c, which is included as it is.
 */
#include "kernel/bpf/syscall.c"

int retort_map_check(const void* btf, unsigned int key_id, unsigned int key_size,
                     unsigned int value_id, unsigned int value_size);

int retort_map_check(const void* btf, unsigned int key_id, unsigned int key_size,
                     unsigned int value_id, unsigned int value_size) {
  static const struct bpf_map_ops operations;
  struct bpf_map* map = kzalloc(sizeof(*map), GFP_KERNEL);
  int err;

  if (!map) return -ENOMEM;
  map->ops = &operations;
  map->map_type = BPF_MAP_TYPE_HASH;
  map->key_size = key_size;
  map->value_size = value_size;
  err = map_check_btf(map, NULL, btf, key_id, value_id);
  if (!err) bpf_map_free_record(map);
  kfree(map);
  return err;
}
