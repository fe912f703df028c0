// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Names by address, as libdw finds them in this process and its files.
#include <elfutils/libdwfl.h>
#include <unistd.h>

#include "oracles/frame.h"

namespace retort {
namespace {

class Process {
 public:
  Process() : dwfl_(dwfl_begin(&callbacks())) {
    if (dwfl_ != nullptr && dwfl_linux_proc_report(dwfl_, getpid()) == 0)
      dwfl_report_end(dwfl_, nullptr, nullptr);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { dwfl_end(dwfl_); }

  [[nodiscard]] Frame frame_at(std::uintptr_t address) const {
    Dwfl_Module* module = dwfl_ != nullptr ? dwfl_addrmodule(dwfl_, address) : nullptr;
    if (module == nullptr) return {};
    Frame frame;
    if (const char* name = dwfl_module_addrname(module, address)) frame.name = demangled(name);
    if (const char* file = source_at(module, address))
      frame.file = file;
    else if (const char* library = dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr,
                                                    nullptr, nullptr, nullptr))
      frame.file = library;
    return frame;
  }

 private:
  static const Dwfl_Callbacks& callbacks() {
    static char* debuginfo_path = nullptr;
    static constexpr Dwfl_Callbacks table = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .section_address = nullptr,
                                             .debuginfo_path = &debuginfo_path};
    return table;
  }

  static const char* source_at(Dwfl_Module* module, std::uintptr_t address) {
    Dwfl_Line* line = dwfl_module_getsrc(module, address);
    if (line == nullptr) return nullptr;
    return dwfl_lineinfo(line, nullptr, nullptr, nullptr, nullptr, nullptr);
  }

  Dwfl* dwfl_;
};

}  // namespace

std::vector<Frame> frames_at(std::span<const std::uintptr_t> addresses) {
  const Process process;
  std::vector<Frame> frames;
  for (const std::uintptr_t address : addresses) frames.push_back(process.frame_at(address));
  return frames;
}

}  // namespace retort
