// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// BTF out of a file: what libbpf finds in an ELF file's sections is what it makes of the same bytes
// in memory, whatever the class and the byte order of the file.
#pragma once

#include "oracles/answer.h"
#include "oracles/properties/library_stack.h"

namespace retort {

/// Broken: "elf-same" (a file and the bytes in it give the same answer, and so does a file that is
/// these bytes), "elf-relocated" (a file with .BTF.base that is read onto a base says what
/// relocation onto that base gives), "elf-pointers" (the class decides the size of pointers),
/// "elf-ext" (.BTF.ext comes with its BTF, or both are refused), "elf-cut" (a file that is cut off
/// is refused).
Answer check_elf(const Library& library, const Pair& pair);

}  // namespace retort
