// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/elf_file.h"

#include <gelf.h>
#include <libelf.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace retort {

namespace {

// Saturated, so that no offset wraps around.
std::uint64_t section_headers_end(const GElf_Ehdr& header) {
  const std::uint64_t bytes = std::uint64_t{header.e_shnum} * header.e_shentsize;
  return header.e_shoff > UINT64_MAX - bytes ? UINT64_MAX : header.e_shoff + bytes;
}

}  // namespace

bool looks_like_elf(btf::Bytes bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

std::expected<std::map<std::string, btf::Bytes>, std::string> btf_sections(btf::Bytes bytes) {
  const auto fail = [](const char* sentence) { return std::unexpected(std::string(sentence)); };
  elf_version(EV_CURRENT);
  // libelf takes a plain char*, and only reads.
  char* image = reinterpret_cast<char*>(const_cast<std::byte*>(bytes.data()));
  const std::unique_ptr<Elf, decltype(&elf_end)> elf(elf_memory(image, bytes.size()), elf_end);
  std::size_t names = 0;
  GElf_Ehdr header;
  // Where the section headers are cut off, libelf takes the file for one without sections.
  if (!elf || gelf_getehdr(elf.get(), &header) == nullptr ||
      section_headers_end(header) > bytes.size() || elf_getshdrstrndx(elf.get(), &names) != 0)
    return fail("this ELF file is damaged: its section headers cannot be read");
  std::map<std::string, btf::Bytes> sections;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section)) != nullptr;) {
    GElf_Shdr where;
    if (gelf_getshdr(section, &where) == nullptr || where.sh_type != SHT_PROGBITS) continue;
    const char* name = elf_strptr(elf.get(), names, where.sh_name);
    if (name == nullptr || !std::string_view(name).starts_with(".BTF")) continue;
    if (where.sh_offset > bytes.size() || where.sh_size > bytes.size() - where.sh_offset)
      return fail("this ELF file is damaged: its BTF reaches beyond its end");
    if ((where.sh_flags & SHF_COMPRESSED) != 0)
      return fail("the BTF section of this ELF file is compressed");
    sections[name] = bytes.subspan(where.sh_offset, where.sh_size);
  }
  return sections;
}

}  // namespace retort
