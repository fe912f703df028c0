// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Files that are written appear whole or not at all: each is written under a temporary name beside
// its place and renamed when everything that belongs together is complete. "-" is standard output.
#pragma once

#include <string>
#include <vector>

#include "fuzzers/cli/failure.h"
#include "relocator/format.h"

namespace retort {

/// A file that takes its place when commit() is called, and otherwise vanishes.
class PendingFile {
 public:
  static Result<PendingFile> write(const std::string& path, btf::Bytes bytes);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  Result<void> commit();

 private:
  PendingFile() = default;

  std::string path_;
  std::string temporary_;          ///< empty once there is nothing to rename or remove
  std::vector<std::byte> direct_;  ///< for what cannot be renamed over: a pipe, a device
};

struct Output {
  std::string path;
  btf::Bytes bytes;
};

/// Writes all of the files or, unless a rename fails halfway, none.
Result<void> write_files(const std::vector<Output>& outputs);

}  // namespace retort
