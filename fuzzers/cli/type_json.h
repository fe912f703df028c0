// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Types as JSON, with the names that `bpftool -j btf dump` gives to the fields.
#pragma once

#include <nlohmann/json.hpp>

#include "relocator/btf.h"

namespace retort {

nlohmann::ordered_json type_json(const btf::Btf& top, const btf::Type& type);

/// A name that JSON can hold: bytes that are not printable ASCII are written as \xNN.
std::string json_name(std::string_view name);

}  // namespace retort
