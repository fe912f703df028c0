// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Which files below a folder are modules: *.ko, also compressed, and *.btf as the harvest stores
// them, where NAME.base.btf is the distilled base of NAME.btf and vmlinux.btf is no module.
#pragma once

#include <string>
#include <vector>

#include "fuzzers/cli/failure.h"
#include "fuzzers/cli/input.h"

namespace retort {

struct ModuleFile {
  std::string name;  ///< "ext4"
  std::string path;
};

/// What the paths name: files as they are, and the modules below folders, by name.
Result<std::vector<ModuleFile>> find_modules(const std::vector<std::string>& paths);

/// The module's BTF with its distilled base, where it has one. Without BTF, `btf` is empty.
Result<BtfFile> read_module(const ModuleFile& module);

}  // namespace retort
