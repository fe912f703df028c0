// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// In C, since leaving a function from a signal handler is only defined where nothing has to be
// destroyed on the way. A fault anywhere else is handed to whoever handled it before.
#define _GNU_SOURCE
#include "oracles/properties/fence.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

static unsigned char* fence;  // the first byte that cannot be read
static struct sigaction before;
static sigjmp_buf way_out;
static volatile sig_atomic_t is_armed;

static void on_fault(int number, siginfo_t* info, void* context) {
  (void)context;
  const uintptr_t at = (uintptr_t)info->si_addr;
  const uintptr_t begin = (uintptr_t)fence;
  if (is_armed && at >= begin && at < begin + LB_FENCE_DEPTH) {
    is_armed = 0;
    siglongjmp(way_out, 1);
  }
  // The same instruction faults again, and then it is theirs.
  sigaction(number, &before, 0);
}

static int set_up(void) {
  if (fence) return 1;
  unsigned char* memory = mmap(0, LB_FENCE_MOST + LB_FENCE_DEPTH, PROT_NONE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 0;
  if (mprotect(memory, LB_FENCE_MOST, PROT_READ | PROT_WRITE) != 0) return 0;
  // The mask is left as it is, so that leaving the handler has nothing to restore.
  struct sigaction action = {.sa_sigaction = on_fault,
                             .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  if (sigaction(SIGSEGV, &action, &before) != 0) return 0;
  fence = memory + LB_FENCE_MOST;
  return 1;
}

unsigned char* fence_bytes(size_t size) {
  return size <= LB_FENCE_MOST && set_up() ? fence - size : 0;
}

int fence_call(void (*call)(void* context), void* context) {
  if (sigsetjmp(way_out, 0)) return 1;
  is_armed = 1;
  call(context);
  is_armed = 0;
  return 0;
}
