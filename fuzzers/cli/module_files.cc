// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/module_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <tuple>

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBaseEnding = ".base.btf";

// Without the ending, or nothing if the name is no module's.
std::string stem_of(std::string_view file) {
  static constexpr std::array<std::string_view, 5> endings = {".ko", ".ko.xz", ".ko.zst", ".ko.gz",
                                                              ".btf"};
  if (file == "vmlinux.btf" || file.ends_with(kBaseEnding)) return {};
  for (const std::string_view ending : endings)
    if (file.ends_with(ending)) return std::string(file.substr(0, file.size() - ending.size()));
  return {};
}

ModuleFile named_file(const std::string& path) {
  const std::string file = fs::path(path).filename().string();
  const std::string stem = stem_of(file);
  return {stem.empty() ? file : stem, path};
}

Result<void> append_below(const std::string& folder, std::vector<ModuleFile>& modules) {
  std::error_code error;
  const std::size_t before = modules.size();
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    const std::string stem = stem_of(at->path().filename().string());
    if (!stem.empty() && at->is_regular_file(ignored))
      modules.push_back({stem, at->path().string()});
  }
  if (error) return unreadable(fmt::format("{}: cannot be listed: {}.", folder, error.message()));
  if (modules.size() == before)
    return unreadable(fmt::format("{}: no module (*.ko, *.ko.xz, *.btf) was found.", folder));
  std::ranges::sort(modules.begin() + static_cast<std::ptrdiff_t>(before), modules.end(), {},
                    [](const ModuleFile& module) { return std::tie(module.name, module.path); });
  return {};
}

}  // namespace

Result<std::vector<ModuleFile>> find_modules(const std::vector<std::string>& paths) {
  std::vector<ModuleFile> modules;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      modules.push_back(named_file(path));
    } else if (auto appended = append_below(path, modules); !appended) {
      return std::unexpected(appended.error());
    }
  }
  return modules;
}

Result<BtfFile> read_module(const ModuleFile& module) {
  Result<BtfFile> file = read_btf_if_any(module.path);
  if (!file || file->is_elf || !module.path.ends_with(".btf")) return file;
  const std::string stem =
      module.path.substr(0, module.path.size() - std::string_view(".btf").size());
  const std::string base = stem + std::string(kBaseEnding);
  std::error_code error;
  if (!fs::exists(base, error)) return file;
  Result<FileBytes> bytes = read_file(base);
  if (!bytes) return std::unexpected(bytes.error());
  file->distilled_base = std::move(*bytes);
  return file;
}

}  // namespace retort
