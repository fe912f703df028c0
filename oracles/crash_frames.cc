// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/crash_frames.h"

#include <execinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "oracles/frame.h"

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

// ---- which frames say something ----

bool is_of_the_c_library(const Frame& frame) {
  return frame.file.find("/libc.so") != std::string::npos ||
         frame.file.find("/libc-") != std::string::npos;
}

bool is_of_a_sanitizer(const Frame& frame) {
  static constexpr std::array<std::string_view, 5> prefixes = {
      "__asan", "__interceptor", "___interceptor", "__sanitizer", "__ubsan"};
  return std::ranges::any_of(
             prefixes, [&](std::string_view prefix) { return frame.name.starts_with(prefix); }) ||
         frame.file.find("compiler-rt") != std::string::npos ||
         frame.file.find("libsanitizer") != std::string::npos;
}

// Our side of the call: the oracle's adapter and what is above it.
bool is_ours(const Frame& frame) {
  return frame.name.find("retort::") != std::string::npos || frame.file.ends_with("shim.c");
}

std::string joined(const std::vector<Frame>& frames) {
  std::string text;
  int named = 0;
  std::string_view before;
  for (const Frame& frame : frames) {
    // Recursion says nothing by its depth.
    if (frame.name == before) continue;
    before = frame.name;
    if (named == kNamedFrames) break;
    if (named++ > 0) text += " < ";
    text += frame.name;
  }
  return text;
}

// The innermost functions of what was tested, or of anything where there are none.
std::string place_of(const std::vector<Frame>& frames) {
  std::vector<Frame> telling;
  for (const Frame& frame : frames) {
    if (is_ours(frame)) break;
    if (!is_of_the_c_library(frame) && !is_of_a_sanitizer(frame)) telling.push_back(frame);
  }
  return joined(telling.empty() ? frames : telling);
}

// ---- frames by address, as the signal handler wrote them ----

// From " a b c", without the handler's own.
std::string place_of_addresses(const std::string& text) {
  std::vector<std::uintptr_t> addresses;
  char* end = nullptr;
  for (const char* at = text.c_str();; at = end) {
    const std::uintptr_t address = std::strtoull(at, &end, 16);
    if (end == at) break;
    addresses.push_back(address);
  }
  std::vector<Frame> frames;
  bool in_handler = true;
  for (Frame& frame : frames_at(addresses)) {
    // The signal's own frame separates the handler from the code at fault; it has no name or this.
    const bool is_signal_frame =
        frame.name.empty() || frame.name.find("restore_rt") != std::string::npos;
    if (in_handler)
      in_handler = !is_signal_frame;
    else if (!frame.name.empty())
      frames.push_back(std::move(frame));
  }
  return place_of(frames);
}

// ---- frames as a sanitizer prints them ----

// "    #1 0x55d1 in btf_relocate /src/btf_relocate.c:12:3", or nothing.
std::optional<Frame> printed_frame(std::string_view line) {
  const std::size_t in = line.find(" in ");
  if (line.find_first_not_of(' ') != line.find('#') || in == std::string_view::npos) return {};
  std::string_view rest = line.substr(in + 4);
  // A C++ name has spaces within its arguments; the file begins with the last " /" or " (".
  const std::size_t file = std::max(rest.rfind(" /") + 1, rest.rfind(" (/") + 1);
  if (file == 0) return Frame{.name = demangled(std::string(rest).c_str()), .file = {}};
  return Frame{.name = demangled(std::string(rest.substr(0, file - 1)).c_str()),
               .file = std::string(rest.substr(file, rest.find(':', file) - file))};
}

// The first stack of the report: a free of what was freed prints three.
std::string place_of_report(std::string_view report) {
  std::vector<Frame> frames;
  while (!report.empty()) {
    const std::string_view line = report.substr(0, report.find('\n'));
    report.remove_prefix(std::min(report.size(), line.size() + 1));
    if (auto frame = printed_frame(line))
      frames.push_back(std::move(*frame));
    else if (!frames.empty())
      break;
  }
  return place_of(frames);
}

// Values differ from input to input.
std::string without_numbers(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      plain += c;
    else if (plain.empty() || plain.back() != 'N')
      plain += 'N';
  }
  return plain;
}

// "/src/btf.c:12:3: runtime error: index 5 out of bounds": the file, its line and the rest.
std::string undefined_behaviour(const std::string& line, std::size_t label) {
  const std::string where = line.substr(0, line.rfind(':', label - 3));
  const std::string what = line.substr(label + std::string_view("runtime error: ").size());
  return without_numbers(what) + " at " + where.substr(where.rfind('/') + 1);
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
  const auto line_around = [&](std::size_t at) {
    const std::size_t begin = errors.rfind('\n', at) + 1;
    return errors.substr(begin, errors.find('\n', at) - begin);
  };
  static constexpr std::string_view undefined = "runtime error: ";
  if (const auto at = errors.find(undefined); at != std::string::npos) {
    const std::string line = line_around(at);
    return undefined_behaviour(line, line.find(undefined));
  }
  static constexpr std::string_view sanitizer = "ERROR: AddressSanitizer: ";
  if (const auto at = errors.find(sanitizer); at != std::string::npos) {
    const std::string_view report = std::string_view(errors).substr(at + sanitizer.size());
    return std::string(report.substr(0, report.find_first_of(" :\n"))) + " in " +
           place_of_report(report);
  }
  if (const auto at = errors.find("SUMMARY: "); at != std::string::npos) return line_around(at);
  if (const auto at = errors.find(kFramePrefix); at != std::string::npos) {
    const std::size_t begin = at + kFramePrefix.size();
    return place_of_addresses(errors.substr(begin, errors.find('\n', begin) - begin));
  }
  return {};
}

}  // namespace retort
