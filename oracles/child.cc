// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The child writes its answer to one pipe; what it says on standard error, a sanitizer's report
// above all, goes to another. Where no sanitizer handles signals, a handler on a stack of its own
// writes the addresses of the crash's frames, and the parent, which has the same code at the same
// addresses, looks up their names.
#include "oracles/child.h"

#include <elfutils/libdwfl.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define RETORT_SANITIZER_HANDLES_SIGNALS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define RETORT_SANITIZER_HANDLES_SIGNALS 1
#endif

namespace retort {
namespace {

constexpr std::string_view kFramePrefix = "retort-frames:";
constexpr int kMaxFrames = 24;
constexpr int kNamedFrames = 3;
constexpr int kPollMilliseconds = 20;

// ---- the answer's way through the pipe ----

class Writer {
 public:
  void number(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(value >> shift));
  }
  template <class Range>
  void range(const Range& range) {
    number(range.size());
    bytes_.append(reinterpret_cast<const char*>(range.data()), range.size());
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (bytes_.size() < 8) return fail();
    for (unsigned at = 0; at < 8; ++at)
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[at])} << 8 * at;
    bytes_.remove_prefix(8);
    return value;
  }
  std::string_view range() {
    const std::uint64_t length = number();
    if (length > bytes_.size()) {
      fail();
      return {};
    }
    const std::string_view found = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return found;
  }
  [[nodiscard]] bool complete() const { return !failed_ && bytes_.empty(); }

 private:
  std::uint64_t fail() {
    failed_ = true;
    return 0;
  }
  std::string_view bytes_;
  bool failed_ = false;
};

std::string encode(const Answer& answer) {
  Writer writer;
  writer.number(static_cast<std::uint64_t>(answer.outcome));
  writer.number(static_cast<std::uint64_t>(answer.code));
  writer.number(static_cast<std::uint64_t>(answer.stage));
  writer.number(answer.digest);
  writer.number(answer.input_preserved ? 1 : 0);
  writer.range(answer.bytes);
  writer.range(answer.base_bytes);
  writer.range(answer.detail);
  writer.range(answer.entry);
  return writer.bytes();
}

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

std::optional<Answer> decode(std::string_view bytes) {
  Reader reader(bytes);
  Answer answer;
  answer.outcome = static_cast<Outcome>(reader.number());
  answer.code = static_cast<int>(reader.number());
  answer.stage = static_cast<Stage>(reader.number());
  answer.digest = reader.number();
  answer.input_preserved = reader.number() != 0;
  answer.bytes = to_bytes(reader.range());
  answer.base_bytes = to_bytes(reader.range());
  answer.detail = reader.range();
  answer.entry = reader.range();
  if (!reader.complete()) return {};
  return answer;
}

// ---- in the child ----

#ifndef RETORT_SANITIZER_HANDLES_SIGNALS
void write_all(int fd, const char* data, std::size_t length) {
  while (length > 0) {
    const ssize_t written = write(fd, data, length);
    if (written <= 0) return;
    data += written;
    length -= static_cast<std::size_t>(written);
  }
}

// Only calls that are safe in a signal handler, or were made once before.
void write_frames(int signal) {
  std::array<void*, kMaxFrames> frames;
  const int count = backtrace(frames.data(), kMaxFrames);
  write_all(STDERR_FILENO, kFramePrefix.data(), kFramePrefix.size());
  for (int frame = 0; frame < count; ++frame) {
    std::array<char, 20> text;
    auto address = reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(frame)]);
    std::size_t at = text.size();
    do {
      text[--at] = "0123456789abcdef"[address & 0xf];
      address >>= 4;
    } while (address != 0);
    text[--at] = ' ';
    write_all(STDERR_FILENO, text.data() + at, text.size() - at);
  }
  write_all(STDERR_FILENO, "\n", 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void install_signal_handlers() {
  static std::array<char, 1 << 16> stack;
  std::array<void*, 1> warm_up;
  backtrace(warm_up.data(), 1);
  stack_t alternate{};
  alternate.ss_sp = stack.data();
  alternate.ss_size = stack.size();
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_handler = write_frames;
  action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    sigaction(signal, &action, nullptr);
}
#endif

[[noreturn]] void run_child(const Oracle& oracle, Op op, const Pair& pair,
                            const ChildLimits& limits, int answer_fd, int error_fd) {
  dup2(error_fd, STDERR_FILENO);
  dup2(error_fd, STDOUT_FILENO);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#ifndef RETORT_SANITIZER_HANDLES_SIGNALS
  // A sanitizer reserves terabytes of addresses; there the parent watches what is resident.
  const rlimit memory{limits.bytes * 2, limits.bytes * 2};
  setrlimit(RLIMIT_AS, &memory);
  install_signal_handlers();
#else
  (void)limits;
#endif
  const std::string answer = encode(oracle.answer(op, pair));
  std::size_t sent = 0;
  while (sent < answer.size()) {
    const ssize_t written = write(answer_fd, answer.data() + sent, answer.size() - sent);
    if (written <= 0) break;
    sent += static_cast<std::size_t>(written);
  }
  _exit(0);
}

// ---- in the parent ----

std::string function_at(std::uintptr_t address) {
  static char* debuginfo_path = nullptr;
  static constexpr Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                               .find_debuginfo = dwfl_standard_find_debuginfo,
                                               .section_address = nullptr,
                                               .debuginfo_path = &debuginfo_path};
  Dwfl* dwfl = dwfl_begin(&callbacks);
  std::string name;
  if (dwfl != nullptr && dwfl_linux_proc_report(dwfl, getpid()) == 0) {
    dwfl_report_end(dwfl, nullptr, nullptr);
    Dwfl_Module* module = dwfl_addrmodule(dwfl, address);
    const char* found = module != nullptr ? dwfl_module_addrname(module, address) : nullptr;
    if (found != nullptr) name = found;
  }
  dwfl_end(dwfl);
  return name;
}

// The functions that the child was in: from "retort-frames: a b c", without the handler's own.
std::string name_frames(std::string_view line) {
  std::string names;
  int named = 0;
  bool in_handler = true;
  char* end = nullptr;
  const std::string text(line);
  for (const char* at = text.c_str(); named < kNamedFrames; at = end) {
    const std::uintptr_t address = std::strtoull(at, &end, 16);
    if (end == at) break;
    const std::string name = function_at(address);
    // The signal's own frame separates the handler from the code at fault; it has no name or this.
    const bool is_signal_frame = name.empty() || name.find("restore_rt") != std::string::npos;
    if (in_handler) {
      in_handler = !is_signal_frame;
      continue;
    }
    if (name.empty() || (named > 0 && names.ends_with(name))) continue;
    if (named++ > 0) names += " < ";
    names += name;
  }
  return names;
}

// One line of a report: the sanitizer's summary if there is one, else the crash's frames.
std::string first_frame(const std::string& errors) {
  const auto line_at = [&](std::size_t at) { return errors.substr(at, errors.find('\n', at) - at); };
  if (const auto at = errors.find("SUMMARY: "); at != std::string::npos) return line_at(at);
  if (const auto at = errors.find("runtime error: "); at != std::string::npos) return line_at(at);
  if (const auto at = errors.find(kFramePrefix); at != std::string::npos)
    return name_frames(line_at(at + kFramePrefix.size()));
  return {};
}

std::size_t resident_bytes(pid_t child) {
  const std::string path = "/proc/" + std::to_string(child) + "/statm";
  FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return 0;
  unsigned long total = 0;
  unsigned long resident = 0;
  const int read = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

Answer death(Outcome outcome, std::string detail) {
  Answer answer;
  answer.outcome = outcome;
  answer.detail = std::move(detail);
  return answer;
}

class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  [[nodiscard]] bool is_open() const { return ends_[0] >= 0; }
  [[nodiscard]] int read_end() const { return ends_[0]; }
  [[nodiscard]] int write_end() const { return ends_[1]; }
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// Reads what is there; false once the other end is closed.
bool drain(int fd, std::string& into) {
  std::array<char, 1 << 16> buffer;
  const ssize_t count = read(fd, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

class Watch {
 public:
  Watch(pid_t child, const ChildLimits& limits, Pipe& answers, Pipe& errors)
      : child_(child), limits_(limits), answers_(answers), errors_(errors) {}

  Answer wait() {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(limits_.seconds);
    bool open = true;
    while (open) {
      open = poll_once();
      if (std::chrono::steady_clock::now() > deadline) return kill_for(Outcome::hung, "no answer within the time limit");
      if (resident_bytes(child_) > limits_.bytes)
        return kill_for(Outcome::crashed, "more memory than the limit");
    }
    int status = 0;
    waitpid(child_, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      if (auto answer = decode(answer_)) return *answer;
    return death(Outcome::crashed, describe(status));
  }

 private:
  // False once both pipes are closed: the child has ended.
  bool poll_once() {
    std::array<pollfd, 2> fds = {{{answers_.read_end(), POLLIN, 0}, {errors_.read_end(), POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), kPollMilliseconds) <= 0) return true;
    if (fds[0].revents != 0 && !drain(fds[0].fd, answer_)) answers_.close_end(0);
    if (fds[1].revents != 0 && !drain(fds[1].fd, error_)) errors_.close_end(0);
    return answers_.read_end() >= 0 || errors_.read_end() >= 0;
  }

  Answer kill_for(Outcome outcome, std::string detail) {
    kill(child_, SIGKILL);
    int status = 0;
    waitpid(child_, &status, 0);
    return death(outcome, std::move(detail));
  }

  [[nodiscard]] std::string describe(int status) const {
    std::string text = WIFSIGNALED(status)
                           ? "signal " + std::to_string(WTERMSIG(status)) + " (" +
                                 strsignal(WTERMSIG(status)) + ")"
                           : "exit status " + std::to_string(WEXITSTATUS(status));
    const std::string frame = first_frame(error_);
    return frame.empty() ? text : text + ": " + frame;
  }

  pid_t child_;
  const ChildLimits& limits_;
  Pipe& answers_;
  Pipe& errors_;
  std::string answer_;
  std::string error_;
};

}  // namespace

Answer answer_in_child(const Oracle& oracle, Op op, const Pair& pair, const ChildLimits& limits) {
  Pipe answers;
  Pipe errors;
  if (!answers.is_open() || !errors.is_open())
    return death(Outcome::crashed, std::string("no pipe: ") + std::strerror(errno));
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0)
    return death(Outcome::crashed, std::string("no child process: ") + std::strerror(errno));
  if (child == 0) run_child(oracle, op, pair, limits, answers.write_end(), errors.write_end());
  answers.close_end(1);
  errors.close_end(1);
  return Watch(child, limits, answers, errors).wait();
}

}  // namespace retort
