// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// One type in the notation of upstream's selftests: as the call of libbpf that adds it, and as the
// line, with its members below, that their dump makes of it.
#pragma once

#include <optional>
#include <string>

#include "fuzzers/export_parts.h"
#include "relocator/btf.h"

namespace retort {

/// The calls that build the part's layer, a line each with the type as comment; nothing where no
/// calls would make exactly this layer.
std::optional<std::string> building_calls(const CPart& part);

/// "[2] STRUCT 's' size=4 vlen=1\n\t'a' type_id=1 bits_offset=0".
std::string selftest_dump(const btf::Btf& top, const btf::Type& type);

}  // namespace retort
