// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A command that runs beside us and is talked to in messages. It is killed with everything that it
// started when the object goes, when it takes longer than it may, and when it says what cannot be
// understood.
#pragma once

#include <sys/types.h>

#include <expected>
#include <memory>
#include <string>

#include "oracles/message.h"

namespace retort {

/// In a process that was just forked: lets it die with its parent, however that ends, so that
/// nothing which never ends is left behind.
void die_with(pid_t parent);

/// Why there was no message.
struct ProcessEnd {
  bool timed_out = false;
  std::string sentence;  ///< how it ended, with what it said on standard error
};

class Process {
 public:
  /// Starts the command by way of /bin/sh; a sentence where that is impossible.
  static std::expected<std::unique_ptr<Process>, std::string> start(const std::string& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  /// Sends what there is to send and waits for one message. After an end the object is of no use.
  std::expected<Message, ProcessEnd> exchange(std::string to_send, double seconds);

 private:
  Process(pid_t child, int in, int out, int error);
  /// Moves bytes in both directions; false once the process has closed its end.
  bool move_bytes(std::string& to_send, int milliseconds);
  bool receive(int& fd, std::string& into);
  ProcessEnd ended();
  ProcessEnd killed(bool timed_out, std::string sentence);

  pid_t child_;
  int in_;
  int out_;
  int error_;
  std::string received_;
  std::string errors_;
};

}  // namespace retort
