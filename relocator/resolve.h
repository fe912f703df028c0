// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What a reference comes to: the type behind modifiers, its size in memory, and whether following
// references by value or through pointers ever ends. Chains may be as long as the input, so nothing
// here recurses, and each link is followed once.
#pragma once

#include <cstdint>
#include <vector>

#include "relocator/btf.h"
#include "relocator/flat_map.h"

namespace btf {

/// What values of a type are.
struct Resolved {
  std::uint32_t id = 0;     ///< the type behind typedefs and modifiers
  Kind kind = Kind::void_;  ///< its kind
  bool sized = false;       ///< values of it have a size; false for void, FWD, functions, loops
  std::uint64_t size = 0;   ///< in bytes, pointers counted as 8; exact or too large for 32 bits
};

/// Resolves ids of one stack of layers and remembers what it found.
class Resolver {
 public:
  explicit Resolver(const Btf& top) : top_(top) {}
  Resolved resolve(std::uint32_t id);

 private:
  struct Memory {
    Resolved resolved;
    bool entered = false;
  };
  Memory& memory(std::uint32_t id);

  const Btf& top_;
  std::vector<Memory> own_;  ///< by id in the top layer, once anything is asked
  /// A split uses little of a large base.
  FlatMap<std::uint32_t, Memory> below_;
  std::vector<std::uint32_t> chain_;
};

/// Which struct or union a value of a type holds: the one reached through modifiers and arrays, not
/// through pointers. This is what "embedded" means in distillation and relocation.
class Embeddings {
 public:
  explicit Embeddings(const Btf& top) : top_(top) {}
  /// The id of that STRUCT or UNION, or 0 where there is none or the chain is a loop.
  std::uint32_t composite_in(std::uint32_t id);

 private:
  const Btf& top_;
  FlatMap<std::uint32_t, std::uint32_t> known_;
  std::vector<std::uint32_t> chain_;
};

/// The ids of the layer's types that contain themselves: by a chain of modifiers and pointers alone
/// (`typedef a a`), or by value through members, elements and modifiers. One id for each loop.
std::vector<std::uint32_t> reference_loops(const Btf& layer);

}  // namespace btf
