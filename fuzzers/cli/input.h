// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Reading what the command line names: raw BTF, an ELF file that holds BTF, or a pair, each also
// compressed, and the kernel inside a vmlinuz. What a file is, its content says. "-" is standard
// input. Every failure is one sentence that names the file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzzers/cli/failure.h"
#include "oracles/pair.h"

namespace retort {

using FileBytes = std::vector<std::byte>;

/// The file's content, decompressed.
Result<FileBytes> read_file(const std::string& path);

/// The BTF that a file holds.
struct BtfFile {
  std::string path;
  FileBytes btf;
  FileBytes distilled_base;  ///< .BTF.base, empty if there is none
  FileBytes ext;             ///< .BTF.ext, empty if there is none
  bool is_elf = false;
};
Result<BtfFile> read_btf(const std::string& path);
/// The same, but an ELF file may be without BTF: nothing is wrong with it, and `btf` is empty.
Result<BtfFile> read_btf_if_any(const std::string& path);

Result<Pair> read_pair(const std::string& path);

}  // namespace retort
