// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The way that libbpf takes through data while it shows a value of a type: which mistake makes it
// read behind the data first, and whether it computes what nothing defines. Followed step by step,
// because whether it gets to the place of a mistake depends on the data.
#pragma once

#include <cstdint>

#include "oracles/properties/data_questions.h"

namespace retort {

enum class Overread : std::uint8_t {
  none,
  bit_field,        ///< reads a bit field's whole type from the byte in which the bit field begins
  whole_bit_field,  ///< reads a pointer or FLOAT that is a bit field like one that is none
  zero_check,       ///< looks for zeroes in members and elements without a look at the length
};

/// What the data ends with decides the first; the others can come to pass too where there is more
/// to read behind it.
struct DataReads {
  Overread overread = Overread::none;
  bool shifts_all_out = false;   ///< takes an enumeration for a bit field without bits
  bool shifts_too_far = false;   ///< a bit field that ends beyond 64 bits
  bool overflows_float = false;  ///< copies a FLOAT to where there is room for less
};

DataReads reads_of(const btf::Btf& top, const DataQuestion& question, Bytes data);

/// Whether libbpf refuses to show data because an array that it comes to has elements of no size.
bool is_refused_for_empty_elements(const btf::Btf& top, const DataQuestion& question, Bytes data);

/// Whether libbpf takes a struct or union within the whole for zero because its first member is.
bool is_hidden_by_first_member(const btf::Btf& top, const DataQuestion& question, Bytes data);

}  // namespace retort
