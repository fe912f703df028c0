// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// How libbpf lays out what it prints: the alignment that it gives a type, and the padding that it
// puts between members. Followed here to tell which input makes it divide by an alignment of zero.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "relocator/btf.h"
#include "relocator/resolve.h"

namespace retort {

/// What btf__align_of() says: 0 where values of the type have no alignment. Not for types whose
/// walk of alignment is endless or long.
class Alignments {
 public:
  explicit Alignments(const btf::Btf& top) : top_(top) {}
  std::uint32_t of(std::uint32_t id);
  /// Whether a member lies or ends where it does not have to by its alignment.
  bool is_packed(const btf::Type& composite);

 private:
  std::uint32_t of_composite(const btf::Type& type);

  const btf::Btf& top_;
  std::unordered_map<std::uint32_t, std::uint32_t> known_;
};

/// A member without alignment stands behind padding that ends where the member begins.
bool has_padding_before_unaligned(const btf::Btf& top);

}  // namespace retort
