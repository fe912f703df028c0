// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// BTF without its layout section: what is left of it for who does not look there.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "relocator/btf.h"

namespace retort {

/// Whether the header places a layout section which is not made of words.
bool has_ragged_layout(btf::Bytes bytes);

/// The same types and strings in their order, and no layout section. Nothing where there is none,
/// or where gaps or overlaps are beside it. For BTF in host byte order.
std::optional<std::vector<std::byte>> without_layout(btf::Bytes bytes);

}  // namespace retort
