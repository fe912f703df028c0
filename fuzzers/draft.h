// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A draft: a pair that is being changed, now as stacks of types, now as bytes. Parts are taken
// apart when they are first asked for and put together when somebody needs their bytes again; parts
// that nobody opened, or that cannot be walked, keep their bytes as they are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "fuzzers/edit.h"
#include "oracles/pair.h"

namespace retort {

/// The stacks of a pair.
enum class Where : std::uint8_t {
  split,     ///< the SPLTs on what they lie on: DIST, or BASE where there is no DIST
  target,    ///< TRGT
  old_base,  ///< BASE where there is a DIST
};
inline constexpr std::array kWheres = {Where::split, Where::target, Where::old_base};

class Draft {
 public:
  explicit Draft(Pair pair) : pair_(std::move(pair)) {}

  /// The stack, taken apart; nullptr where the pair has no such part or its bytes cannot be walked.
  /// Invalid after pair() was called.
  Stack* open(Where where);
  /// The bytes, with all edits of stacks put in. They may be changed, then stacks are opened anew.
  Pair& pair();

 private:
  struct Opened {
    bool tried = false;
    std::optional<Stack> stack;
    std::vector<std::size_t> parts;  ///< indices of the pair's parts, lowest layer first
  };

  [[nodiscard]] std::vector<std::size_t> parts_of(Where where) const;
  [[nodiscard]] std::optional<std::size_t> part(std::string_view tag) const;

  Pair pair_;
  std::array<Opened, kWheres.size()> opened_;
};

}  // namespace retort
