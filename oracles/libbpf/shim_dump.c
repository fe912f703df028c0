// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// Dumping types and data as C text, for the one version of libbpf whose headers this is compiled
// against. libbpf prints without asking whether anybody still listens, and some input makes it
// print for hours; leaving through setjmp is the one way out.
#include <btf.h>
#include <errno.h>
#include <libbpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracles/libbpf/shim.h"

struct lb_dump {
  struct btf_dump* dump;
  const struct lb_sink* sink;
  jmp_buf way_out;
};

static void hand_over(struct lb_dump* dump, const char* text, size_t length) {
  if (!dump->sink->write(dump->sink->context, text, length)) longjmp(dump->way_out, 1);
}

// Nearly every piece is short.
__attribute__((format(printf, 2, 0))) static void print(void* context, const char* format,
                                                        va_list args) {
  struct lb_dump* dump = context;
  char piece[512];
  va_list again;
  va_copy(again, args);
  int length = vsnprintf(piece, sizeof(piece), format, args);
  if (length >= 0 && (size_t)length < sizeof(piece)) {
    va_end(again);
    hand_over(dump, piece, (size_t)length);
    return;
  }
  char* text = length < 0 ? NULL : malloc((size_t)length + 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  if (!text) return;
  const int goes_on = dump->sink->write(dump->sink->context, text, (size_t)length);
  free(text);
  if (!goes_on) longjmp(dump->way_out, 1);
}

static int open_dump(const struct lb_btf* btf, const struct lb_sink* sink, struct lb_dump** out) {
  struct lb_dump* made = calloc(1, sizeof(*made));
  if (!made) return -ENOMEM;
  made->sink = sink;
  made->dump = btf_dump__new(lb_unwrap(btf), print, made, NULL);
  if (!made->dump) {
    const int error = -errno;
    free(made);
    return error;
  }
  *out = made;
  return 0;
}

static void free_dump(struct lb_dump* dump) {
  if (!dump) return;
  btf_dump__free(dump->dump);
  free(dump);
}

static int dump_type(struct lb_dump* dump, uint32_t id) {
  if (setjmp(dump->way_out)) return LB_DUMP_ENDED;
  return btf_dump__dump_type(dump->dump, id);
}

static int dump_decl(struct lb_dump* dump, uint32_t id, const struct lb_decl_opts* opts) {
  struct btf_dump_emit_type_decl_opts theirs = {.sz = sizeof(theirs)};
  theirs.field_name = opts->field_name;
  theirs.indent_level = opts->indent_level;
  theirs.strip_mods = opts->strip_mods != 0;
  if (setjmp(dump->way_out)) return LB_DUMP_ENDED;
  return btf_dump__emit_type_decl(dump->dump, id, &theirs);
}

static int dump_data(struct lb_dump* dump, uint32_t id, const void* data, size_t size,
                     const struct lb_data_opts* opts) {
  struct btf_dump_type_data_opts theirs = {.sz = sizeof(theirs)};
  theirs.indent_str = opts->indent_str;
  theirs.indent_level = opts->indent_level;
  theirs.compact = opts->compact != 0;
  theirs.skip_names = opts->skip_names != 0;
  theirs.emit_zeroes = opts->emit_zeroes != 0;
  if (setjmp(dump->way_out)) return LB_DUMP_ENDED;
  return btf_dump__dump_type_data(dump->dump, id, data, size, &theirs);
}

const struct lb_dump_ops lb_dumps = {
    .open = open_dump,
    .free = free_dump,
    .type = dump_type,
    .decl = dump_decl,
    .data = dump_data,
};
