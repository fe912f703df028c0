// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/elf_maker.h"

#include <elf.h>

#include <cstring>
#include <type_traits>

namespace retort {
namespace {

constexpr std::size_t kAlignment = 8;

// Fields in the file's byte order.
template <class Number>
Number ordered(Number value, std::endian order) {
  return order == std::endian::native ? value : std::byteswap(value);
}

template <class Record>
void append(std::vector<std::byte>& file, const Record& record) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&record);
  file.insert(file.end(), bytes, bytes + sizeof record);
}

template <class Header, class SectionHeader>
class Maker {
 public:
  explicit Maker(const ElfForm& form) : form_(form) {}

  std::vector<std::byte> make(std::span<const ElfSection> sections) {
    file_.resize(sizeof(Header));
    headers_.emplace_back();
    for (const ElfSection& section : sections) add(section.name, SHT_PROGBITS, section.bytes);
    const std::size_t name = names_.size();
    names_ += std::string(".shstrtab") + '\0';
    add_at(name, SHT_STRTAB, std::as_bytes(std::span(names_)));
    align();
    const std::size_t table = file_.size();
    for (const SectionHeader& header : headers_) append(file_, header);
    const Header header = file_header(table);
    std::memcpy(file_.data(), &header, sizeof header);
    return std::move(file_);
  }

 private:
  template <class Field>
  void set(Field& field, std::uint64_t value) const {
    field = ordered(static_cast<Field>(value), form_.order);
  }

  void align() { file_.resize((file_.size() + kAlignment - 1) / kAlignment * kAlignment); }

  void add(const std::string& name, std::uint32_t type, Bytes bytes) {
    const std::size_t at = names_.size();
    names_ += name + '\0';
    add_at(at, type, bytes);
  }

  void add_at(std::size_t name, std::uint32_t type, Bytes bytes) {
    align();
    SectionHeader header{};
    set(header.sh_name, name);
    set(header.sh_type, type);
    set(header.sh_offset, file_.size());
    set(header.sh_size, bytes.size());
    set(header.sh_addralign, 1);
    headers_.push_back(header);
    file_.insert(file_.end(), bytes.begin(), bytes.end());
  }

  Header file_header(std::size_t table) const {
    Header header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = form_.is_64 ? ELFCLASS64 : ELFCLASS32;
    header.e_ident[EI_DATA] = form_.order == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    set(header.e_type, ET_REL);
    set(header.e_machine, EM_BPF);
    set(header.e_version, EV_CURRENT);
    set(header.e_shoff, table);
    set(header.e_ehsize, sizeof(Header));
    set(header.e_shentsize, sizeof(SectionHeader));
    set(header.e_shnum, headers_.size());
    set(header.e_shstrndx, headers_.size() - 1);
    return header;
  }

  ElfForm form_;
  std::vector<std::byte> file_;
  std::vector<SectionHeader> headers_;
  std::string names_ = std::string(1, '\0');
};

template <class Header, class SectionHeader>
bool lacks_bytes(Bytes file, std::string_view name, std::endian order) {
  Header header{};
  if (file.size() < sizeof header) return false;
  std::memcpy(&header, file.data(), sizeof header);
  const auto section = [&](std::uint64_t index, SectionHeader& found) {
    const std::uint64_t at = std::uint64_t{ordered(header.e_shoff, order)} + index * sizeof found;
    if (at > file.size() || file.size() - at < sizeof found) return false;
    std::memcpy(&found, file.data() + at, sizeof found);
    return true;
  };
  SectionHeader names{};
  if (!section(ordered(header.e_shstrndx, order), names)) return false;
  for (std::uint64_t index = 1; index < ordered(header.e_shnum, order); ++index) {
    SectionHeader each{};
    if (!section(index, each)) return false;
    if (ordered(each.sh_type, order) != SHT_NOBITS || ordered(each.sh_size, order) == 0) continue;
    const std::uint64_t at = std::uint64_t{ordered(names.sh_offset, order)} +
                             std::uint64_t{ordered(each.sh_name, order)};
    if (at < file.size() && file.size() - at > name.size() &&
        std::memcmp(file.data() + at, name.data(), name.size()) == 0 &&
        file[at + name.size()] == std::byte{})
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::byte> make_elf(std::span<const ElfSection> sections, const ElfForm& form) {
  if (form.is_64) return Maker<Elf64_Ehdr, Elf64_Shdr>(form).make(sections);
  return Maker<Elf32_Ehdr, Elf32_Shdr>(form).make(sections);
}

bool has_section_without_bytes(Bytes file, std::string_view name) {
  if (file.size() < EI_NIDENT || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) return false;
  const std::endian order =
      file[EI_DATA] == std::byte{ELFDATA2MSB} ? std::endian::big : std::endian::little;
  if (file[EI_CLASS] == std::byte{ELFCLASS64})
    return lacks_bytes<Elf64_Ehdr, Elf64_Shdr>(file, name, order);
  return lacks_bytes<Elf32_Ehdr, Elf32_Shdr>(file, name, order);
}

}  // namespace retort
