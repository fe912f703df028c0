// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/dedup_names.h"

#include "relocator/index.h"

namespace btf {

CanonicalNames::CanonicalNames(const Btf& top)
    : top_(top), end_(top.end_string()), canonical_(end_), slots_(1024) {}

std::uint32_t CanonicalNames::look_up(std::uint32_t offset) {
  const auto text = top_.string(offset);
  if (!text) return kOutOfRange;
  std::uint32_t found = 0;
  if (!text->empty()) {
    const auto hash = static_cast<std::uint32_t>(hash_name(*text));
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot].offset != 0 &&
           (slots_[slot].hash != hash || top_.name(slots_[slot].offset) != *text))
      slot = (slot + 1) & (slots_.size() - 1);
    if (slots_[slot].offset == 0) {
      slots_[slot] = {hash, offset};
      ++used_;
    }
    found = slots_[slot].offset;
    if (used_ * 2 > slots_.size()) grow();
  }
  canonical_[offset] = found + 1;
  return found;
}

void CanonicalNames::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& entry : old) {
    if (entry.offset == 0) continue;
    std::size_t slot = entry.hash & (slots_.size() - 1);
    while (slots_[slot].offset != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = entry;
  }
}

}  // namespace btf
