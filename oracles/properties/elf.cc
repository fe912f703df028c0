// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/elf.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "oracles/properties/elf_maker.h"

namespace retort {
namespace {

// A file that is memory, under the name by which this process can open it.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes bytes) : file_(memfd_create("retort", MFD_CLOEXEC)) {
    whole_ = file_ >= 0 &&
             write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    path_ = "/proc/self/fd/" + std::to_string(file_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() {
    if (file_ >= 0) close(file_);
  }
  [[nodiscard]] const char* path() const { return path_.c_str(); }
  /// False where the machine gave no memory.
  [[nodiscard]] bool is_whole() const { return whole_; }

 private:
  int file_;
  bool whole_ = false;
  std::string path_;
};

struct Parsed {
  int error = 0;
  std::uint64_t digest = 0;  ///< of all types, where there was no error
  bool has_ext = false;
  std::size_t pointer_size = 0;
};

bool same(const Parsed& a, const Parsed& b) {
  return a.error == b.error && a.digest == b.digest;
}

std::string in_words(const Parsed& parsed) {
  return parsed.error != 0 ? "error " + std::to_string(parsed.error) : "accepted";
}

class Trial {
 public:
  Trial(const Library& library, const Pair& pair)
      : library_(library), ops_(*library.ops), pair_(pair) {}

  Answer run() {
    if (const auto* file = pair_.find(kElf)) return only_file(*file);
    const std::vector<Bytes> layers = stack_of(pair_);
    if (layers.empty()) return {};
    is_accepted_ = LibraryStack::open(library_, layers).has_value();
    for (const ElfForm& form : kForms)
      if (auto answer = alone(layers[0], form)) return *answer;
    if (layers.size() < 2) return {};
    if (auto answer = split(layers)) return *answer;
    return {};
  }

 private:
  static constexpr std::array<ElfForm, 4> kForms = {
      {{.is_64 = true, .order = std::endian::little},
       {.is_64 = false, .order = std::endian::big},
       {.is_64 = true, .order = std::endian::big},
       {.is_64 = false, .order = std::endian::little}}};

  Parsed parsed(int error, lb_btf* btf, lb_ext* ext) const {
    Parsed result{.error = error, .has_ext = ext != nullptr};
    if (error == 0) {
      result.digest = digest_of(library_, btf, 1);
      result.pointer_size = ops_.pointer_size(btf);
      ops_.exts->free(ext);
      ops_.free(btf);
    }
    return result;
  }

  Parsed from_memory(Bytes bytes, lb_btf* base = nullptr) const {
    static constexpr std::byte nothing{};
    lb_btf* btf = nullptr;
    const int error = ops_.parse(bytes.empty() ? &nothing : bytes.data(),
                                 static_cast<std::uint32_t>(bytes.size()), base, &btf);
    return parsed(error, btf, nullptr);
  }

  Parsed from_elf(Bytes file) const {
    const MemoryFile memory(file);
    lb_btf* btf = nullptr;
    lb_ext* ext = nullptr;
    const int error = ops_.elfs->parse_elf(memory.path(), &btf, &ext);
    return parsed(error, btf, ext);
  }

  Parsed from_any(Bytes file) const {
    const MemoryFile memory(file);
    lb_btf* btf = nullptr;
    lb_ext* ext = nullptr;
    const int error = ops_.elfs->parse_any(memory.path(), &btf, &ext);
    return parsed(error, btf, ext);
  }

  Parsed from_elf_split(Bytes file, lb_btf* base) const {
    const MemoryFile memory(file);
    lb_btf* btf = nullptr;
    const int error = ops_.elfs->parse_elf_split(memory.path(), base, &btf);
    return parsed(error, btf, nullptr);
  }

  // An arbitrary file: both ways of opening it say the same.
  Answer only_file(Bytes file) const {
    const Parsed elf = from_elf(file);
    const Parsed any = from_any(file);
    const bool raw = file.size() >= 2 && (file[0] == std::byte{0x9f} || file[0] == std::byte{0xeb});
    if (!raw && file.size() >= 2 && !same(elf, any))
      return broken("elf-same", in_words(elf) + " as ELF, " + in_words(any) + " as any file");
    return {};
  }

  std::optional<Answer> alone(Bytes base, const ElfForm& form) const {
    const auto* ext = is_accepted_ ? pair_.find(kExt) : nullptr;
    std::vector<ElfSection> sections = {{.name = ".BTF", .bytes = base}};
    if (ext != nullptr) sections.push_back({.name = ".BTF.ext", .bytes = *ext});
    const std::vector<std::byte> file = make_elf(sections, form);
    const Parsed here = from_memory(base);
    const Parsed there = from_elf(file);
    const Parsed any = from_any(file);
    if (there.error == 0 && ext != nullptr && !there.has_ext)
      return broken("elf-ext", ".BTF.ext is lost without an error");
    // .BTF.ext may be refused where .BTF is not.
    if (ext == nullptr && (!same(here, there) || !same(here, any)))
      return broken("elf-same", in_words(here) + " in memory, " + in_words(there) +
                                    " in an ELF file, " + in_words(any) + " in any file");
    if (there.error == 0 && there.pointer_size != (form.is_64 ? 8 : 4))
      return broken("elf-pointers", std::to_string(there.pointer_size) + " bytes");
    // Somewhere in the section headers, which stand last.
    const Bytes cut = Bytes(file).first(file.size() - 1 - base.size() % 32);
    if (from_elf(cut).error == 0) return broken("elf-cut", "accepted without its last bytes");
    return {};
  }

  // A split alone on a base that is handed over, and a split with its distilled base.
  std::optional<Answer> split(const std::vector<Bytes>& layers) const {
    const auto base = LibraryStack::open(library_, std::span(layers).first(1));
    if (!base) return {};
    const ElfSection split_section{.name = ".BTF", .bytes = layers[1]};
    const Parsed here = from_memory(layers[1], base->top());
    const ElfSection one[] = {split_section};
    const Parsed there = from_elf_split(make_elf(one, {}), base->top());
    if (!same(here, there))
      return broken("elf-same",
                    "a split: " + in_words(here) + " in memory, " + in_words(there) + " in a file");
    const ElfSection both[] = {split_section, {.name = ".BTF.base", .bytes = layers[0]}};
    const Parsed owned = from_elf(make_elf(both, {}));
    if (!same(here, owned))
      return broken("elf-same", "a split with .BTF.base: " + in_words(here) + " in memory, " +
                                    in_words(owned) + " in a file");
    return {};
  }

  const Library& library_;
  const libbpf_ops& ops_;
  const Pair& pair_;
  bool is_accepted_ = false;  ///< the whole stack, from memory
};

}  // namespace

Answer check_elf(const Library& library, const Pair& pair) {
  return Trial(library, pair).run();
}

}  // namespace retort
