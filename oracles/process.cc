// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Standard input is a socket and not a pipe: to write to a socket whose other end is gone is an
// error and no signal. The process leads a group of its own, so that what a shell has started is
// killed with the shell.
#include "oracles/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "oracles/crash_frames.h"

namespace retort {
namespace {

constexpr std::size_t kKeptErrors = std::size_t{1} << 16;

using Ends = std::array<int, 2>;

void close_all(std::initializer_list<int> fds) {
  for (const int fd : fds)
    if (fd >= 0) close(fd);
}

[[noreturn]] void run_command(const std::string& command, pid_t parent, int in, int out,
                              int error) {
  die_with(parent);
  setpgid(0, 0);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(error, STDERR_FILENO);
  execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::string describe(int status, const std::string& errors) {
  std::string text = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) + " (" +
                                               strsignal(WTERMSIG(status)) + ")"
                                         : "exit status " + std::to_string(WEXITSTATUS(status));
  const std::string frame = first_frame(errors);
  if (!frame.empty()) return text + ": " + frame;
  return errors.empty() ? text : text + ": " + first_line(errors);
}

}  // namespace

void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have ended before that was said.
  if (getppid() != parent) _exit(1);
}

std::expected<std::unique_ptr<Process>, std::string> Process::start(const std::string& command) {
  Ends in{-1, -1};
  Ends out{-1, -1};
  Ends error{-1, -1};
  const pid_t self = getpid();
  pid_t child = -1;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in.data()) == 0 &&
      pipe2(out.data(), O_CLOEXEC) == 0 && pipe2(error.data(), O_CLOEXEC) == 0)
    child = fork();
  if (child == 0) run_command(command, self, in[1], out[1], error[1]);
  const std::string why = std::strerror(errno);
  close_all({in[1], out[1], error[1]});
  if (child > 0) {
    // Here too, since it may be killed before it comes to do so itself.
    setpgid(child, child);
    return std::unique_ptr<Process>(new Process(child, in[0], out[0], error[0]));
  }
  close_all({in[0], out[0], error[0]});
  return std::unexpected("no process can be started: " + why);
}

Process::Process(pid_t child, int in, int out, int error)
    : child_(child), in_(in), out_(out), error_(error) {}

Process::~Process() {
  if (child_ > 0) {
    kill(-child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  close_all({in_, out_, error_});
}

std::expected<Message, ProcessEnd> Process::exchange(std::string to_send, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  while (true) {
    auto message = take_message(received_);
    if (!message) return std::unexpected(killed(false, message.error()));
    if (*message && to_send.empty()) return std::move(**message);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return std::unexpected(killed(true, "no answer within the time limit"));
    if (!move_bytes(to_send, static_cast<int>(left.count()) + 1)) return std::unexpected(ended());
  }
}

bool Process::move_bytes(std::string& to_send, int milliseconds) {
  std::array<pollfd, 3> fds = {
      {{out_, POLLIN, 0}, {error_, POLLIN, 0}, {to_send.empty() ? -1 : in_, POLLOUT, 0}}};
  if (poll(fds.data(), fds.size(), milliseconds) <= 0) return true;
  if (fds[2].revents != 0) {
    const ssize_t sent = send(in_, to_send.data(), to_send.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) to_send.erase(0, static_cast<std::size_t>(sent));
    // Who does not want to hear the rest may still have said why.
    if (sent < 0 && errno != EAGAIN && errno != EINTR) to_send.clear();
  }
  if (fds[1].revents != 0) receive(error_, errors_);
  if (errors_.size() > kKeptErrors) errors_.resize(kKeptErrors);
  return fds[0].revents == 0 || receive(out_, received_);
}

bool Process::receive(int& fd, std::string& into) {
  std::array<char, 1 << 16> buffer;
  const ssize_t count = read(fd, buffer.data(), buffer.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }
  close(fd);
  fd = -1;
  return false;
}

// Standard output is closed: it ends, or has ended. What it says of that comes first.
ProcessEnd Process::ended() {
  for (pollfd fd{error_, POLLIN, 0}; error_ >= 0 && poll(&fd, 1, 1000) > 0;)
    if (!receive(error_, errors_)) break;
  int status = 0;
  kill(-child_, SIGTERM);
  waitpid(child_, &status, 0);
  child_ = -1;
  return {.timed_out = false, .sentence = describe(status, errors_)};
}

ProcessEnd Process::killed(bool timed_out, std::string sentence) {
  kill(-child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  child_ = -1;
  return {.timed_out = timed_out, .sentence = std::move(sentence)};
}

}  // namespace retort
