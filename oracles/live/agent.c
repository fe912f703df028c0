// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The agent: the only program in a guest, its PID 1. It knows nothing of BTF. Over a virtio serial
// port it is handed a module to insert, BTF to load, or a file to read or to write, one request
// after the other, and gives back what the kernel said; all judgement is left to the host, where a
// mistake does not need a new snapshot. Numbers are little-endian, as host and guest are.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { request_magic = 0x51455254, reply_magic = 0x50455254 };
enum { kind_insert = 1, kind_load = 2, kind_read = 3, kind_write = 4 };

struct request {
  uint32_t magic;
  uint32_t kind;
  uint32_t name_length;  // of a module or a file; its bytes come first
  uint32_t data_length;
};

struct reply {
  uint32_t magic;
  int32_t error;          // positive, of what was asked for
  int32_t removal_error;  // of taking the module out again
  uint32_t output_length;
  uint32_t trace_length;
  uint32_t log_length;
};

// One reply is written at once: each write costs the host a wake-up.
struct buffer {
  unsigned char* bytes;
  size_t length;
  size_t room;
};

static struct buffer make_buffer(size_t room) {
  struct buffer buffer = {malloc(room), 0, room};
  return buffer;
}

enum { data_room = 48 << 20, name_room = 256, log_room = 1 << 20, record_room = 8192 };
static const char sentinel[] = "<7>retort: end\n";

static int kernel_log = -1;
static int kernel_log_writer = -1;
static int trace = -1;

static int read_exactly(int fd, void* into, size_t length) {
  unsigned char* at = into;
  while (length > 0) {
    const ssize_t count = read(fd, at, length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) usleep(200);  // the host has not opened its end yet
    at += count;
    length -= (size_t)count;
  }
  return 0;
}

static int write_exactly(int fd, const void* from, size_t length) {
  const unsigned char* at = from;
  while (length > 0) {
    const ssize_t count = write(fd, at, length);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return -1;
    at += count;
    length -= (size_t)count;
  }
  return 0;
}

// Appends what can be read now, as far as there is room.
static uint32_t append_all(struct buffer* to, int fd, size_t most) {
  const size_t begin = to->length;
  while (to->length - begin < most && to->length < to->room) {
    const size_t room = to->room - to->length;
    const ssize_t count = read(fd, to->bytes + to->length, room < most ? room : most);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    to->length += (size_t)count;
  }
  return (uint32_t)(to->length - begin);
}

// Each read takes one record. What the ring has lost is skipped.
static uint32_t append_log(struct buffer* to) {
  const size_t begin = to->length;
  static char record[record_room];
  // A line that is still open is closed by the next one.
  if (write(kernel_log_writer, sentinel, sizeof sentinel - 1) < 0) return 0;
  for (;;) {
    const ssize_t count = read(kernel_log, record, sizeof record);
    if (count < 0 && (errno == EPIPE || errno == EINTR)) continue;
    if (count <= 0) break;
    if (to->length - begin + (size_t)count > log_room || to->length + (size_t)count > to->room)
      continue;
    memcpy(to->bytes + to->length, record, (size_t)count);
    to->length += (size_t)count;
  }
  return (uint32_t)(to->length - begin);
}

static void insert(const char* name, const void* image, size_t length, struct reply* reply,
                   struct buffer* out) {
  if (kernel_log >= 0) lseek(kernel_log, 0, SEEK_END);
  reply->error = syscall(SYS_init_module, image, length, "") != 0 ? errno : 0;
  if (reply->error == 0) {
    char path[sizeof "/sys/kernel/btf/" + name_room];
    snprintf(path, sizeof path, "/sys/kernel/btf/%s", name);
    const int btf = open(path, O_RDONLY);
    if (btf >= 0) {
      reply->output_length = append_all(out, btf, data_room);
      close(btf);
    }
    reply->removal_error = syscall(SYS_delete_module, name, O_NONBLOCK) != 0 ? errno : 0;
  }
  if (trace >= 0) reply->trace_length = append_all(out, trace, log_room);
  if (kernel_log >= 0) reply->log_length = append_log(out);
}

static int load_btf(const void* btf, size_t length, char* log, uint32_t log_size) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.btf = (uint64_t)(uintptr_t)btf;
  attributes.btf_size = (uint32_t)length;
  attributes.btf_log_buf = (uint64_t)(uintptr_t)log;
  attributes.btf_log_size = log_size;
  attributes.btf_log_level = log != NULL;
  const long fd = syscall(SYS_bpf, BPF_BTF_LOAD, &attributes, sizeof attributes);
  if (fd < 0) return errno;
  close((int)fd);
  return 0;
}

// A log that is too small for all that the kernel has to say changes the errno, so the verdict is
// asked for without one.
static void load(const void* btf, size_t length, struct reply* reply, struct buffer* out) {
  reply->error = load_btf(btf, length, NULL, 0);
  char* log = (char*)out->bytes + out->length;
  memset(log, 0, log_room);
  if (reply->error != 0) load_btf(btf, length, log, log_room);
  reply->log_length = (uint32_t)strnlen(log, log_room);
  out->length += reply->log_length;
  // Its steps are traced as a module's are, and would be taken for those of the next one.
  const size_t end = out->length;
  if (trace >= 0) append_all(out, trace, log_room);
  out->length = end;
}

static void read_file(const char* path, struct reply* reply, struct buffer* out) {
  const int fd = open(path, O_RDONLY);
  reply->error = fd < 0 ? errno : 0;
  if (fd < 0) return;
  reply->output_length = append_all(out, fd, data_room);
  close(fd);
}

static void write_file(const char* path, const void* data, size_t length, struct reply* reply) {
  const int fd = open(path, O_WRONLY | O_APPEND);
  reply->error = fd < 0 ? errno : 0;
  if (fd < 0) return;
  // The kernel's own files take one write for one command, and say at once what is wrong with it.
  if (write(fd, data, length) < 0) reply->error = errno;
  close(fd);
}

static void mount_all(void) {
  static const char* const folders[][2] = {{"devtmpfs", "/dev"},
                                           {"proc", "/proc"},
                                           {"sysfs", "/sys"},
                                           {"tracefs", "/sys/kernel/tracing"}};
  for (size_t at = 0; at < sizeof folders / sizeof *folders; ++at) {
    mkdir(folders[at][1], 0755);
    mount(folders[at][0], folders[at][1], folders[at][0], 0, "");
  }
}

// What goes wrong is said on the console, which the host keeps.
static void open_console(void) {
  const int console = open("/dev/console", O_RDWR);
  if (console < 0) return;
  for (int fd = 0; fd <= 2; ++fd) dup2(console, fd);
}

static int open_port(void) {
  for (;;) {
    DIR* devices = opendir("/dev");
    struct dirent* device;
    while (devices != NULL && (device = readdir(devices)) != NULL) {
      char path[sizeof "/dev/" + sizeof device->d_name];
      snprintf(path, sizeof path, "/dev/%s", device->d_name);
      if (strncmp(device->d_name, "vport", 5) == 0) return open(path, O_RDWR);
    }
    if (devices != NULL) closedir(devices);
    usleep(5000);
  }
}

static void answer(const struct request* request, const char* name, const void* data,
                   struct reply* reply, struct buffer* out) {
  switch (request->kind) {
    case kind_insert:
      insert(name, data, request->data_length, reply, out);
      break;
    case kind_load:
      load(data, request->data_length, reply, out);
      break;
    case kind_read:
      read_file(name, reply, out);
      break;
    case kind_write:
      write_file(name, data, request->data_length, reply);
      break;
    default:
      reply->error = ENOSYS;
  }
}

static const char* serve(int port) {
  struct buffer in = make_buffer(data_room);
  struct buffer out = make_buffer(data_room + 4 * log_room);
  if (in.bytes == NULL || out.bytes == NULL) return "there is not enough memory";
  for (;;) {
    struct request request;
    char name[name_room] = "";
    if (read_exactly(port, &request, sizeof request) != 0) return "the port cannot be read";
    if (request.magic != request_magic) return "what came is no request";
    if (request.name_length >= sizeof name || request.data_length > in.room)
      return "the request is too long";
    if (read_exactly(port, name, request.name_length) != 0 ||
        read_exactly(port, in.bytes, request.data_length) != 0)
      return "the port cannot be read";
    struct reply reply = {.magic = reply_magic};
    out.length = sizeof reply;
    answer(&request, name, in.bytes, &reply, &out);
    memcpy(out.bytes, &reply, sizeof reply);
    if (write_exactly(port, out.bytes, out.length) != 0) return "the port cannot be written";
  }
}

int main(void) {
  mount_all();
  open_console();
  kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
  kernel_log_writer = open("/dev/kmsg", O_WRONLY);
  trace = open("/sys/kernel/tracing/trace_pipe", O_RDONLY | O_NONBLOCK);
  // When PID 1 ends, the kernel panics, and the host sees the guest go.
  fprintf(stderr, "agent: %s\n", serve(open_port()));
  return 1;
}
