// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/dedup_names.h"

#include "relocator/index.h"

namespace btf {

CanonicalNames::CanonicalNames(const Btf& top)
    : top_(top), end_(top.end_string()), canonical_(end_), names_(top) {}

std::uint32_t CanonicalNames::look_up(std::uint32_t offset) {
  const auto text = top_.string(offset);
  if (!text) return kOutOfRange;
  std::uint32_t found = 0;
  if (!text->empty()) {
    const auto hash = static_cast<std::uint32_t>(hash_name(*text));
    KnownNames::Slot& slot = names_.slots_[names_.slot_of(*text, hash)];
    if (slot.offset == 0) {
      slot = {hash, offset};
      names_.beginnings_.add(*text);
      ++used_;
    }
    found = slot.offset;
    if (used_ * 2 > names_.slots_.size()) grow();
  }
  canonical_[offset] = found + 1;
  return found;
}

void CanonicalNames::grow() {
  std::vector<KnownNames::Slot> old(names_.slots_.size() * 2);
  old.swap(names_.slots_);
  std::vector<KnownNames::Slot>& slots = names_.slots_;
  for (const KnownNames::Slot& entry : old) {
    if (entry.offset == 0) continue;
    std::size_t slot = entry.hash & (slots.size() - 1);
    while (slots[slot].offset != 0) slot = (slot + 1) & (slots.size() - 1);
    slots[slot] = entry;
  }
}

std::size_t KnownNames::slot_of(std::string_view text, std::uint32_t hash) const {
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot].offset != 0 &&
         (slots_[slot].hash != hash || top_.name(slots_[slot].offset) != text))
    slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

bool KnownNames::has(std::uint32_t offset) const {
  const Btf& layer = top_.layer_of_string(offset);
  const std::uint32_t own = offset - layer.start_string();
  const std::uint32_t length = layer.header().str_len;
  if (own >= length) return false;
  const std::byte* const begin =
      layer.image().data() + layer.header().hdr_len + layer.header().str_off + own;
  if (*begin != std::byte{0} &&
      !beginnings_.may_have(reinterpret_cast<const char*>(begin), length - own))
    return false;
  const std::string_view text(reinterpret_cast<const char*>(begin));
  if (text.empty()) return true;
  return slots_[slot_of(text, static_cast<std::uint32_t>(hash_name(text)))].offset != 0;
}

}  // namespace btf
