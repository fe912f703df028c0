// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Sections of an ELF file that is held in memory.
#pragma once

#include <expected>
#include <map>
#include <string>

#include "relocator/format.h"

namespace retort {

bool looks_like_elf(btf::Bytes bytes);

/// The sections whose names begin with ".BTF", by name; they point into `bytes`. Fails with what is
/// wrong with the file, in words.
std::expected<std::map<std::string, btf::Bytes>, std::string> btf_sections(btf::Bytes bytes);

}  // namespace retort
