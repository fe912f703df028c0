// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// How libbpf lays out what it prints: the alignment that it gives a type, the padding that it puts
// between members, and the list of types that it keeps while it prints a declaration within
// another. Followed here to tell which input makes it divide by an alignment of zero, or use that
// list after it was moved.
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

/// An anonymous struct behind a pointer, or the like, in which so much is declared that the list of
/// types grows; the pointer is looked up in the old list then.
bool has_list_moved_while_in_use(const btf::Btf& top);

}  // namespace retort
