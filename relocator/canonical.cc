// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/canonical.h"

#include "relocator/index.h"

namespace btf {

void Digest::add(std::uint32_t word) {
  state_ = (state_ ^ word) * 0xff51afd7ed558ccd;
  state_ ^= state_ >> 29;
}

void Digest::add(std::string_view text) {
  add_wide(hash_name(text));
}

std::string Digest::hex() const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[state_ >> shift & 0xf];
  return text;
}

Digest canonical_digest(const Btf& layer) {
  return canonical_digest(
      layer.start_id(), layer.end_id(), [&](std::uint32_t id) { return layer.type(id); },
      [&](std::uint32_t offset) { return layer.name(offset); });
}

}  // namespace btf
