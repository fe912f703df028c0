// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The child writes its answer to one pipe; what it says on standard error, a sanitizer's report
// above all, goes to another.
#include "oracles/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

#include "oracles/answer_codec.h"
#include "oracles/crash_frames.h"
#include "oracles/process.h"

namespace retort {
namespace {

constexpr int kPollMilliseconds = 20;

[[noreturn]] void run_child(const Oracle& oracle, Op op, const Pair& pair,
                            const ChildLimits& limits, pid_t parent, int answer_fd, int error_fd) {
  die_with(parent);
  dup2(error_fd, STDERR_FILENO);
  dup2(error_fd, STDOUT_FILENO);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // A sanitizer reserves terabytes of addresses; there the parent watches what is resident.
  const rlimit memory{limits.bytes * 2, limits.bytes * 2};
  if (!sanitizer_handles_crashes()) setrlimit(RLIMIT_AS, &memory);
  report_frames_of_crashes();
  const std::string answer = encode_answer(oracle.answer(op, pair));
  std::size_t sent = 0;
  while (sent < answer.size()) {
    const ssize_t written = write(answer_fd, answer.data() + sent, answer.size() - sent);
    if (written <= 0) break;
    sent += static_cast<std::size_t>(written);
  }
  _exit(0);
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

constexpr double kIdleFactor = 10;

// What the process has computed so far; 0 where it has ended.
double processor_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
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
    const auto deadline = std::chrono::steady_clock::now() +
                          std::chrono::duration<double>(limits_.seconds * kIdleFactor);
    bool open = true;
    while (open) {
      open = poll_once();
      if (processor_seconds(child_) > limits_.seconds ||
          std::chrono::steady_clock::now() > deadline)
        return kill_for(Outcome::hung, "no answer within the time limit");
      if (resident_bytes(child_) > limits_.bytes)
        return kill_for(Outcome::crashed, "more memory than the limit");
    }
    int status = 0;
    waitpid(child_, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      if (auto answer = decode_answer(answer_)) return *answer;
    return death(Outcome::crashed, describe(status));
  }

 private:
  // False once both pipes are closed: the child has ended.
  bool poll_once() {
    std::array<pollfd, 2> fds = {
        {{answers_.read_end(), POLLIN, 0}, {errors_.read_end(), POLLIN, 0}}};
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
    std::string text = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) + " (" +
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
  if (auto answer = oracle.answer_apart(op, pair, limits.seconds)) return *std::move(answer);
  Pipe answers;
  Pipe errors;
  if (!answers.is_open() || !errors.is_open())
    return death(Outcome::crashed, std::string("no pipe: ") + std::strerror(errno));
  std::fflush(nullptr);
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child < 0)
    return death(Outcome::crashed, std::string("no child process: ") + std::strerror(errno));
  if (child == 0)
    run_child(oracle, op, pair, limits, self, answers.write_end(), errors.write_end());
  answers.close_end(1);
  errors.close_end(1);
  return Watch(child, limits, answers, errors).wait();
}

}  // namespace retort
