// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The smallest ELF file that holds given sections: of either class and byte order, and nothing in
// it but the header, the sections, their names and their headers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "oracles/pair.h"

namespace retort {

struct ElfSection {
  std::string name;
  Bytes bytes;
};

struct ElfForm {
  bool is_64 = true;
  std::endian order = std::endian::native;
};

std::vector<std::byte> make_elf(std::span<const ElfSection> sections, const ElfForm& form);

/// Whether a section of that name claims bytes that the file does not hold (SHT_NOBITS).
bool has_section_without_bytes(Bytes file, std::string_view name);

}  // namespace retort
