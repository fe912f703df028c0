// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "fuzzers/cli/decompress.h"
#include "fuzzers/cli/elf_file.h"

namespace retort {
namespace {

std::unexpected<Failure> fail(const std::string& path, std::string_view sentence) {
  return unreadable(fmt::format("{}: {}.", path == "-" ? "standard input" : path, sentence));
}

class Descriptor {
 public:
  explicit Descriptor(int file) : file_(file) {}
  ~Descriptor() {
    if (file_ > STDERR_FILENO) close(file_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return file_; }

 private:
  int file_;
};

Result<FileBytes> read_raw(const std::string& path) {
  const Descriptor file(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (file.get() < 0 || fstat(file.get(), &status) != 0)
    return fail(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  if (S_ISDIR(status.st_mode)) return fail(path, "this is a directory, not a file");
  FileBytes bytes;
  constexpr std::size_t kChunk = std::size_t{1} << 16;
  const std::size_t expected =
      S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  for (std::size_t filled = 0;;) {
    bytes.resize(std::max(expected, filled) + kChunk);
    const ssize_t got = read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    filled += static_cast<std::size_t>(got);
    bytes.resize(filled);
    if (got == 0) break;
  }
  if (bytes.empty()) return fail(path, "the file is empty");
  return bytes;
}

bool has_at(Bytes bytes, std::size_t offset, std::string_view text) {
  return bytes.size() >= offset + text.size() &&
         std::memcmp(bytes.data() + offset, text.data(), text.size()) == 0;
}

std::uint32_t little_endian(Bytes bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < 4; ++at)
    value |= static_cast<std::uint32_t>(bytes[offset + at]) << 8 * at;
  return value;
}

// The compressed vmlinux in an x86 boot image (Documentation/arch/x86/boot.rst), or nothing.
Bytes vmlinuz_payload(Bytes bytes) {
  constexpr std::size_t kSetupSectors = 0x1f1, kMagic = 0x202, kOffset = 0x248, kLength = 0x24c;
  constexpr std::size_t kSector = 512;
  if (!has_at(bytes, kMagic, "HdrS") || bytes.size() < kLength + 4) return {};
  const auto sectors = static_cast<std::size_t>(bytes[kSetupSectors]);
  const std::uint64_t begin =
      ((sectors == 0 ? 4 : sectors) + 1) * kSector + std::uint64_t{little_endian(bytes, kOffset)};
  const std::uint64_t length = little_endian(bytes, kLength);
  if (begin > bytes.size() || length > bytes.size() - begin) return {};
  return bytes.subspan(begin, length);
}

std::string_view what_else(Bytes bytes) {
  if (looks_like_pair(bytes)) return "this is a pair; `retort unpack` takes it apart";
  if (has_at(bytes, 1, "PNG")) return "this is a picture (PNG), neither BTF nor an ELF file";
  return "this is neither BTF nor an ELF file";
}

bool looks_like_btf(Bytes bytes) {
  if (bytes.size() < 2) return false;
  std::uint16_t magic = 0;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == btf::kMagic || magic == btf::swap_bytes(btf::kMagic);
}

}  // namespace

Result<FileBytes> read_file(const std::string& path) {
  Result<FileBytes> content = read_raw(path);
  if (!content) return content;
  Bytes packed = *content;
  if (const Bytes payload = vmlinuz_payload(packed); !payload.empty()) packed = payload;
  const auto compression = compression_of(packed);
  if (!compression && packed.size() != content->size())
    return fail(path, "the kernel in this boot image is compressed in a way that is not supported");
  if (!compression) return content;
  auto unpacked = decompress(packed, *compression);
  if (!unpacked) return fail(path, unpacked.error());
  if (unpacked->empty()) return fail(path, "the file is empty when decompressed");
  return std::move(*unpacked);
}

Result<BtfFile> read_btf_if_any(const std::string& path) {
  Result<FileBytes> content = read_file(path);
  if (!content) return std::unexpected(content.error());
  BtfFile file{.path = path, .btf = {}, .distilled_base = {}, .ext = {}, .is_elf = false};
  if (!looks_like_elf(*content)) {
    if (!looks_like_btf(*content)) return fail(path, what_else(*content));
    file.btf = std::move(*content);
    return file;
  }
  const auto sections = btf_sections(*content);
  if (!sections) return fail(path, sections.error());
  const auto section = [&](const char* name) -> FileBytes {
    const auto found = sections->find(name);
    if (found == sections->end()) return {};
    return {found->second.begin(), found->second.end()};
  };
  file.is_elf = true;
  file.btf = section(".BTF");
  file.distilled_base = section(".BTF.base");
  file.ext = section(".BTF.ext");
  return file;
}

Result<BtfFile> read_btf(const std::string& path) {
  Result<BtfFile> file = read_btf_if_any(path);
  if (file && file->btf.empty()) return fail(path, "this ELF file has no .BTF section");
  return file;
}

Result<Pair> read_pair(const std::string& path) {
  Result<FileBytes> content = read_file(path);
  if (!content) return std::unexpected(content.error());
  auto pair = parse_pair(*content);
  if (pair) return std::move(*pair);
  return fail(path, pair.error().offset == 0 ? pair.error().sentence
                                             : fmt::format("at byte {}: {}", pair.error().offset,
                                                           pair.error().sentence));
}

}  // namespace retort
