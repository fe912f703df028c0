// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the calls that append say, as arguments of libbpf and as the words that have to be read
// back. The words are written down here a second time on purpose: they are what libbpf promises.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "oracles/libbpf/ops.h"
#include "oracles/properties/program.h"
#include "relocator/btf.h"

namespace retort {

/// The arguments of an appending call. `resolve` gives the id that a TypeRef means. The name is
/// borrowed from the call.
lb_add arguments_of(const Call& call, const std::function<int(const TypeRef&)>& resolve);

/// A record without its name, as it has to be read back.
struct AppendedType {
  btf::Info info;
  std::uint32_t third = 0;
  std::vector<std::uint32_t> tail{};
};
AppendedType expected_type(const lb_add& added);

/// Whether the last element of a type says what was asked for; its name is compared elsewhere.
bool element_reads_back(const btf::Type& type, const lb_add& added);
/// What the elements of a type say, names aside, whatever way the type has of saying it.
std::vector<std::uint64_t> elements_of(const btf::Type& type);

}  // namespace retort
