// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// What stands beside a planted defect. All defects are in the one copy of the source, and each
// sleeps until the environment variable RETORT_PLANTED names its letter: so the same build answers
// with and without it, and the probes, which run without the variable, describe the clean source.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // as upstream's files do before they include anything
#endif

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

// In the file that RETORT_PLANTED_PAGE names, shared with whoever started the fuzzer. Times are
// nanoseconds of this process's CPU when it came there first, 0 as long as it did not.
struct retort_planted_page {
  uint64_t reached;    // how often the planted place was executed
  uint64_t triggered;  // how often it computed something else there than the clean source does
  uint64_t reached_ns;
  uint64_t triggered_ns;
};

static char retort_planted;
static struct retort_planted_page retort_planted_own;
static struct retort_planted_page* retort_planted_page = &retort_planted_own;

#define RETORT_UNSEEN __attribute__((unused, no_sanitize("coverage")))

__attribute__((constructor)) RETORT_UNSEEN static void retort_planted_open(void) {
  const char* letter = getenv("RETORT_PLANTED");
  const char* path = getenv("RETORT_PLANTED_PAGE");
  if (letter == NULL) return;
  retort_planted = letter[0];
  if (path == NULL) return;
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (ftruncate(file, sizeof(struct retort_planted_page)) == 0) {
    void* page =
        mmap(NULL, sizeof(struct retort_planted_page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) retort_planted_page = page;
  }
  close(file);
}

RETORT_UNSEEN static uint64_t retort_planted_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

RETORT_UNSEEN static void retort_planted_note(int differs) {
  if (retort_planted_page->reached++ == 0) retort_planted_page->reached_ns = retort_planted_now();
  if (differs && retort_planted_page->triggered++ == 0)
    retort_planted_page->triggered_ns = retort_planted_now();
}

// The place is executed, and what the defect changes comes elsewhere.
#define RETORT_PLANTED_REACHED(letter)                      \
  do {                                                      \
    if (retort_planted == (letter)) retort_planted_note(0); \
  } while (0)

// What the source says, and in its stead, where this defect is awake, what it said once. Both are
// computed then: the defect is triggered where they differ.
#define RETORT_PLANTED_PICK(letter, clean, defective)       \
  (retort_planted == (letter) ? ({                          \
    const __typeof__(clean) retort_clean = (clean);         \
    const __typeof__(clean) retort_defective = (defective); \
    retort_planted_note(retort_clean != retort_defective);  \
    retort_defective;                                       \
  })                                                        \
                              : (clean))
