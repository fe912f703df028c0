// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/crash_frames.h"

#include <elfutils/libdwfl.h>
#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define RETORT_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define RETORT_SANITIZED 1
#endif

namespace retort {
namespace {

constexpr std::string_view kFramePrefix = "retort-frames:";
constexpr int kMaxFrames = 24;
constexpr int kNamedFrames = 3;

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

}  // namespace

bool sanitizer_handles_crashes() {
#ifdef RETORT_SANITIZED
  return true;
#else
  return false;
#endif
}

void report_frames_of_crashes() {
  if (sanitizer_handles_crashes()) return;
  static std::array<char, 1 << 16> stack;
  std::array<void*, 1> warm_up;
  backtrace(warm_up.data(), 1);
  stack_t alternate{};
  alternate.ss_sp = stack.data();
  alternate.ss_size = stack.size();
  sigaltstack(&alternate, nullptr);
  struct sigaction action{};
  action.sa_handler = write_frames;
  action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    sigaction(signal, &action, nullptr);
}

std::string first_frame(const std::string& errors) {
  const auto line_at = [&](std::size_t at) {
    return errors.substr(at, errors.find('\n', at) - at);
  };
  if (const auto at = errors.find("SUMMARY: "); at != std::string::npos) return line_at(at);
  if (const auto at = errors.find("runtime error: "); at != std::string::npos) return line_at(at);
  if (const auto at = errors.find(kFramePrefix); at != std::string::npos)
    return name_frames(line_at(at + kFramePrefix.size()));
  return {};
}

}  // namespace retort
