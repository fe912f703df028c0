/* SPDX-License-Identifier: GPL-2.0 */
/* Strings, messages and warnings. */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "oracles/kernel/host.h"

ssize_t sized_strscpy(char* to, const char* from, size_t size) {
  size_t length;

  if (!size) return -E2BIG;
  length = strnlen(from, size);
  if (length == size) {
    memcpy(to, from, size - 1);
    to[size - 1] = 0;
    return -E2BIG;
  }
  memcpy(to, from, length + 1);
  return length;
}

int vscnprintf(char* buffer, size_t size, const char* format, va_list arguments) {
  const int length = vsnprintf(buffer, size, format, arguments);

  if (length < size) return length;
  return size ? size - 1 : 0;
}

void seq_vprintf(struct seq_file* file, const char* format, va_list arguments) {
  const size_t room = file->size - file->count;
  const int length =
      file->count < file->size ? vsnprintf(file->buf + file->count, room, format, arguments) : 0;

  /* A file that is full says so by its count. */
  file->count = length < room ? file->count + length : file->size;
}

int _printk(const char* format, ...) {
  va_list arguments;

  va_start(arguments, format);
  host_log(format, arguments);
  va_end(arguments);
  return 0;
}

void warn_slowpath_fmt(const char* file, const int line, unsigned int taint, const char* format,
                       ...) {
  va_list arguments;

  if (format) {
    va_start(arguments, format);
    host_log(format, arguments);
    va_end(arguments);
  }
  host_warn(file, line);
}

void refcount_warn_saturate(refcount_t* count, enum refcount_saturation_type type) {
  host_warn("refcount", type);
}
