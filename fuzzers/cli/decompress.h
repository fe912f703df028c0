// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Decompression of xz, zstd and gzip, told by their magic numbers: a file's name may say anything.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "relocator/format.h"

namespace retort {

enum class Compression { xz, zstd, gzip };

std::optional<Compression> compression_of(btf::Bytes bytes);

/// The first stream's content. What follows it is ignored: in a vmlinuz the payload has a length
/// behind it. Fails with what is wrong, in words.
std::expected<std::vector<std::byte>, std::string> decompress(btf::Bytes bytes, Compression how);

}  // namespace retort
