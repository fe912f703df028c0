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

/// Where the ids and strings are; nothing where libbpf has to refuse the bytes, or where they are
/// in the other byte order.
std::optional<std::vector<ExtWord>> read_ext(Bytes bytes);

/// Whether a libbpf that knows both byte orders has to accept the bytes. In the other order a
/// record is as long as its known words, else nobody could say what to turn over.
bool is_readable_ext(Bytes bytes);

/// What a libbpf that knows both byte orders makes of readable bytes in the other order, a part
/// after the other in place; nothing where that leaves the bytes, as overlapping parts can.
std::optional<std::vector<std::byte>> turn_ext(Bytes bytes);

/// Whether readable bytes have records with more than the known words.
bool has_long_ext_records(Bytes bytes);

/// Whether parts of readable bytes have bytes in common.
bool has_overlapping_ext(Bytes bytes);

}  // namespace retort
