// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace retort {
namespace {

std::unexpected<Failure> cannot_write(const std::string& path) {
  return unreadable(fmt::format("{}: cannot be written: {}.",
                                path == "-" ? "standard output" : path, std::strerror(errno)));
}

bool write_all(int file, btf::Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// Renaming would replace a link, so the place is where the link leads to.
std::string real_place(const std::string& path) {
  std::error_code error;
  const std::filesystem::path place = std::filesystem::weakly_canonical(path, error);
  return error ? path : place.string();
}

mode_t mode_for(const std::string& place) {
  struct stat existing{};
  if (stat(place.c_str(), &existing) == 0) return existing.st_mode & 07777;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// A pipe, a terminal or a device: it is written to, never replaced.
bool is_special(const std::string& path) {
  struct stat existing{};
  return path == "-" || (stat(path.c_str(), &existing) == 0 && !S_ISREG(existing.st_mode) &&
                         !S_ISDIR(existing.st_mode));
}

}  // namespace

PendingFile::PendingFile(PendingFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      direct_(std::move(other.direct_)) {}

PendingFile::~PendingFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<PendingFile> PendingFile::write(const std::string& path, btf::Bytes bytes) {
  PendingFile pending;
  pending.path_ = path;
  if (is_special(path)) {
    pending.direct_.assign(bytes.begin(), bytes.end());
    return pending;
  }
  pending.path_ = real_place(path);
  if (std::filesystem::is_directory(pending.path_)) {
    errno = EISDIR;
    return cannot_write(path);
  }
  std::string name = pending.path_ + ".tmp-XXXXXX";
  const int file = mkstemp(name.data());
  if (file < 0) return cannot_write(path);
  pending.temporary_ = std::move(name);
  bool written = write_all(file, bytes);
  written = fchmod(file, mode_for(pending.path_)) == 0 && written;
  written = close(file) == 0 && written;
  if (!written) return cannot_write(path);
  return pending;
}

Result<void> PendingFile::commit() {
  if (!temporary_.empty()) {
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return cannot_write(path_);
    temporary_.clear();
    return {};
  }
  if (path_ == "-") {
    std::fflush(stdout);
    return write_all(STDOUT_FILENO, direct_) ? Result<void>() : cannot_write(path_);
  }
  const int file = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return cannot_write(path_);
  const bool written = write_all(file, direct_);
  if (close(file) != 0 || !written) return cannot_write(path_);
  return {};
}

Result<void> write_files(const std::vector<Output>& outputs) {
  std::vector<PendingFile> pending;
  for (const Output& output : outputs) {
    auto file = PendingFile::write(output.path, output.bytes);
    if (!file) return std::unexpected(file.error());
    pending.push_back(std::move(*file));
  }
  for (PendingFile& file : pending)
    if (auto committed = file.commit(); !committed) return committed;
  return {};
}

}  // namespace retort
