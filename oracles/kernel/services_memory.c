/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's allocators on top of libc's. Each is defined against the prototype in the kernel's
 * own header, so that a version which changes one does not compile; what changed is told apart by
 * the macros that came with the change, never by a version number.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "oracles/kernel/host.h"

kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];

#ifndef DECL_TOKEN_PARAMS
#define DECL_TOKEN_PARAMS(size, token) size_t size
#define DECL_KMALLOC_PARAMS(size, bucket, token) DECL_BUCKET_PARAMS(size, bucket)
#endif

/* Beyond `limit` the kernel's allocator does not even try. */
static void* allocate(size_t size, gfp_t flags, size_t limit) {
  if (size > limit) return NULL;
  return size ? host_allocate(size, !!(flags & __GFP_ZERO)) : ZERO_SIZE_PTR;
}

void* __kmalloc_noprof(DECL_TOKEN_PARAMS(size, token), gfp_t flags) {
  return allocate(size, flags, KMALLOC_MAX_SIZE);
}

void* __kmalloc_cache_noprof(struct kmem_cache* cache, gfp_t flags, size_t size) {
  return allocate(size, flags, KMALLOC_MAX_SIZE);
}

#ifdef kvmalloc_node_align_noprof
void* __kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, bucket, token), unsigned long align,
                             gfp_t flags, int node) {
  return allocate(size, flags, INT_MAX);
}
#else
void* __kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, bucket, token), gfp_t flags, int node) {
  return allocate(size, flags, INT_MAX);
}
#endif

static void* reallocate(const void* old, size_t size) {
  if (!size) {
    kfree(old);
    return ZERO_SIZE_PTR;
  }
  if (size > KMALLOC_MAX_SIZE) return NULL;
  return host_reallocate(ZERO_OR_NULL_PTR(old) ? NULL : (void*)old, size);
}

#ifdef krealloc_noprof
void* krealloc_node_align_noprof(const void* old, DECL_TOKEN_PARAMS(size, token),
                                 unsigned long align, gfp_t flags, int node) {
  return reallocate(old, size);
}
#else
void* krealloc_noprof(const void* old, size_t size, gfp_t flags) {
  return reallocate(old, size);
}
#endif

void kfree(const void* allocated) {
  if (!ZERO_OR_NULL_PTR(allocated)) host_free((void*)allocated);
}

void kvfree(const void* allocated) {
  kfree(allocated);
}

static void* duplicate(const void* source, size_t size, gfp_t flags, size_t limit) {
  void* copy = allocate(size, flags, limit);

  if (copy && size) memcpy(copy, source, size);
  return copy;
}

void* kmemdup_noprof(const void* source, size_t size, gfp_t flags) {
  return duplicate(source, size, flags, KMALLOC_MAX_SIZE);
}

void* kvmemdup(const void* source, size_t size, gfp_t flags) {
  return duplicate(source, size, flags, INT_MAX);
}

char* kmemdup_nul(const char* source, size_t length, gfp_t flags) {
  char* copy = source ? allocate(length + 1, flags, KMALLOC_MAX_SIZE) : NULL;

  if (!copy) return NULL;
  memcpy(copy, source, length);
  copy[length] = 0;
  return copy;
}

char* kstrndup(const char* source, size_t limit, gfp_t flags) {
  return source ? kmemdup_nul(source, strnlen(source, limit), flags) : NULL;
}
