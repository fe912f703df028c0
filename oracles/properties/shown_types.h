// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Of which types a kernel is asked to show a value, and what is to be expected of that: how far it
// runs, and whether each element of an array has its say. And which it may be asked to compare.
#pragma once

#include <cstdint>
#include <vector>

#include "relocator/btf.h"

namespace retort {

struct ShownType {
  std::uint32_t id;
  std::uint32_t size;
};

/// The first types of the layer whose values have a size that is worth showing.
std::vector<ShownType> types_to_show(const btf::Btf& layer);

/// Whether CO-RE's comparisons in the kernel know the type's kind, and all kinds that it leads to.
bool is_known_to_core(const btf::Btf& layer, std::uint32_t id);

/// Whether no value of that type has an enumeration that is shorter than the kernel reads.
bool is_read_within(const btf::Btf& layer, std::uint32_t id);

/// Whether no value of that type has an INT or a bit field that the kernel shifts by as many bits
/// as a word has: one of no bits, or one that reaches to the end of the 128 that it copies.
bool is_shifted_within(const btf::Btf& layer, std::uint32_t id);

/// Whether a value of that type is shown in a bounded number of steps.
bool is_shown_in_time(const btf::Btf& layer, std::uint32_t id);

/// Whether the type is an array of several elements which end in an INT or a pointer, so that
/// another last byte has to give another text.
bool tells_elements_apart(const btf::Btf& layer, std::uint32_t id);

/// Whether the elements of that array are pointers or arrays.
bool has_unsized_elements(const btf::Btf& layer, std::uint32_t id);

}  // namespace retort
