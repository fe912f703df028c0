// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// .BTF.ext read by ourselves: the header, then for functions, lines and relocations a record size
// and sections of records each. Only as far as the words in it that are type ids or string offsets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "oracles/pair.h"

namespace retort {

/// A word of .BTF.ext, in host byte order.
struct ExtWord {
  std::size_t at = 0;  ///< its byte offset
  bool is_id = false;  ///< else a string offset
};

/// Where the ids and strings are; nothing where libbpf has to refuse the bytes.
std::optional<std::vector<ExtWord>> read_ext(Bytes bytes);

/// Whether the bytes begin like .BTF.ext in the other byte order.
bool is_foreign_ext(Bytes bytes);

}  // namespace retort
