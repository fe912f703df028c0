/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one idr that btf.c keeps: ids of loaded BTF. A handful are alive at a time, so a table with a
 * search does.
 */
#include <linux/idr.h>
#include <linux/kernel.h>

#define ID_LIMIT 4096

static void* objects[ID_LIMIT];
static int next_id = 1;

void idr_preload(gfp_t flags) {}

/* The kernel's ids count on from the last one that was given, too. */
int idr_alloc_cyclic(struct idr* idr, void* object, int start, int end, gfp_t flags) {
  int tried;

  for (tried = 0; tried < ID_LIMIT - 1; ++tried) {
    const int id = 1 + (next_id - 1 + tried) % (ID_LIMIT - 1);

    if (objects[id]) continue;
    objects[id] = object;
    next_id = id + 1;
    return id;
  }
  return -ENOSPC;
}

void* idr_remove(struct idr* idr, unsigned long id) {
  void* object = objects[id];

  objects[id] = NULL;
  return object;
}

void* idr_find(const struct idr* idr, unsigned long id) {
  return id < ID_LIMIT ? objects[id] : NULL;
}

void* idr_get_next(struct idr* idr, int* id) {
  for (; *id < ID_LIMIT; ++*id)
    if (objects[*id]) return objects[*id];
  return NULL;
}
