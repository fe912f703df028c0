// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What a string is as a name. A kernel's names are used four times each on average, so a string of
// the layer is looked at once and its class remembered by its offset.
#pragma once

#include <cstdint>
#include <vector>

#include "relocator/btf.h"

namespace btf {

/// In the order of the kernel's demands: an identifier is printable too.
enum class NameClass : std::uint8_t {
  out_of_range,
  empty,
  identifier,  ///< letters, digits, "_" and ".", no digit first, at most 512 characters
  printable,   ///< ASCII from space to tilde, at most 512 characters
  other,
};

class NameClasses {
 public:
  explicit NameClasses(const Btf& layer) : layer_(layer) {}

  /// The class of the string at that offset, in this layer or below.
  NameClass at(std::uint32_t offset);

 private:
  const Btf& layer_;
  std::vector<std::uint8_t> known_;  ///< by offset in the layer: its class plus 1, or 0; none
                                     ///< before the first is asked for
};

}  // namespace btf
