// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// An object's bytes, as btf__raw_data() gives them, against what its accessors show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracles/libbpf/ops.h"
#include "oracles/properties/object_view.h"
#include "relocator/btf.h"

namespace retort {

/// The bytes; nothing where libbpf gives none.
std::optional<std::vector<std::byte>> raw_data(const libbpf_ops& ops, const lb_btf* object);

/// In what the bytes differ from what the accessors show, in words; nothing where they agree.
std::optional<std::string> raw_difference(const libbpf_ops& ops, const lb_btf* object,
                                          btf::Dialect dialect);

/// A string that the layer of these bytes holds twice, or again though a layer below has it.
std::optional<std::string> repeated_string(const libbpf_ops& ops, const lb_btf* object,
                                           btf::Dialect dialect);

/// In what the bytes change when the byte order is turned over and back; nothing where they do not.
std::optional<std::string> turned_over_difference(const libbpf_ops& ops, lb_btf* object);

}  // namespace retort
