// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/index.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "relocator/beginnings.h"

namespace btf {

namespace {

// The first character counts least wherever this runs: digests are compared between machines.
template <class Word>
Word load_characters(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::little) return word;
  return swap_bytes(word);
}

// Fewer than eight characters as one word, without a loop: two loads that overlap hold them all.
std::uint64_t load_last(const char* at, std::size_t count) {
  if (count == 0) return 0;
  if (count >= 4)
    return load_characters<std::uint32_t>(at) |
           std::uint64_t{load_characters<std::uint32_t>(at + count - 4)} << 8 * (count - 4);
  const auto character = [&](std::size_t index) {
    return std::uint64_t{static_cast<unsigned char>(at[index])} << 8 * index;
  };
  return character(0) | character(count / 2) | character(count - 1);
}

}  // namespace

std::uint64_t hash_name(std::string_view name) {
  // Eight bytes at a time through one multiplication each; the high half has seen every bit.
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
  std::uint64_t hash = name.size() * kFactor;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * kFactor;
    hash ^= hash >> 32;
  };
  const char* at = name.data();
  std::size_t left = name.size();
  for (; left >= 8; left -= 8, at += 8) mix(load_characters<std::uint64_t>(at));
  mix(load_last(at, left));
  return hash;
}

std::optional<std::uint32_t> find_by_name(const Btf& top, std::string_view name,
                                          std::optional<Kind> kind) {
  if (name.empty()) return {};
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const Type type = top.type(id);
    if (kind && type.kind() != *kind) continue;
    if (top.name(type) == name) return id;
  }
  return {};
}

NameIndex::NameIndex(const Btf& top) : top_(&top), next_(top.end_id()) {
  table_.resize(std::bit_ceil(std::size_t{top.end_id()} * 2));
  mask_ = static_cast<std::uint32_t>(table_.size() - 1);
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const Type type = top.type(id);
    if (type.name_offset() == 0) continue;
    const std::string_view name = top.name(type);
    if (!name.empty()) insert(id, name);
  }
}

namespace {

// The layer's types that relocation may match. Few are, in no order that a processor foresees, so
// each id is written down, and counted only if it is one.
std::vector<std::uint32_t> matchable_types(const Btf& layer) {
  const std::uint32_t end_id = layer.end_id();
  const std::byte* const image = layer.image().data();
  const Dialect dialect = layer.dialect();
  std::vector<std::uint32_t> ids(end_id - layer.start_id() + 1);
  std::size_t count = 0;
  for (std::uint32_t id = layer.start_id(); id < end_id; ++id) {
    const std::uint32_t info = load_word(image + layer.record_offset(id) + kWordBytes);
    ids[count] = id;
    count += static_cast<std::size_t>(is_matchable(unpack_info(info, dialect).kind));
  }
  ids.resize(count);
  return ids;
}

// Lowest first.
std::vector<const Btf*> layers_of(const Btf& top) {
  std::vector<const Btf*> layers;
  for (const Btf* layer = &top; layer != nullptr; layer = layer->base().get())
    layers.push_back(layer);
  std::ranges::reverse(layers);
  return layers;
}

}  // namespace

NameIndex::NameIndex(const Btf& top, const Btf& asking) : top_(&top), next_(top.end_id()) {
  grow();
  Beginnings beginnings;
  for (std::uint32_t id = 1; id < asking.end_id(); ++id)
    if (const auto name = asking.name(asking.type(id)); !name.empty()) beginnings.add(name);
  for (const Btf* layer : layers_of(top)) {
    const Bytes strings = layer->image().subspan(layer->header().hdr_len + layer->header().str_off,
                                                 layer->header().str_len);
    const auto* const characters = reinterpret_cast<const char*>(strings.data());
    for (const std::uint32_t id : matchable_types(*layer)) {
      const std::uint32_t offset = layer->type(id).name_offset();
      const std::uint32_t own = offset - layer->start_string();
      if (offset == 0) continue;
      if (own < strings.size() && !beginnings.may_have(characters + own, strings.size() - own))
        continue;
      if (const std::string_view name = top.name(offset); !name.empty()) insert(id, name);
    }
  }
}

void NameIndex::grow() {
  constexpr std::size_t first = 64;
  std::vector<Slot> old(table_.empty() ? first : table_.size() * 2);
  old.swap(table_);
  mask_ = static_cast<std::uint32_t>(table_.size() - 1);
  for (const Slot& entry : old) {
    if (entry.first == 0) continue;
    std::uint32_t slot = entry.hash & mask_;
    while (table_[slot].first != 0) slot = (slot + 1) & mask_;
    table_[slot] = entry;
  }
}

void NameIndex::insert(std::uint32_t id, std::string_view name) {
  if (std::size_t{names_} * 2 >= table_.size()) grow();
  const auto hash = static_cast<std::uint32_t>(hash_name(name));
  std::uint32_t slot = hash & mask_;
  while (table_[slot].first != 0) {
    if (table_[slot].hash == hash && top_->name(top_->type(table_[slot].first)) == name) {
      next_[table_[slot].last] = id;
      table_[slot].last = id;
      return;
    }
    slot = (slot + 1) & mask_;
  }
  table_[slot] = {hash, id, id};
  ++names_;
}

std::optional<std::uint32_t> NameIndex::find(std::string_view name,
                                             std::optional<Kind> kind) const {
  std::optional<std::uint32_t> found;
  if (name.empty()) return found;
  for_each(name, [&](const Type& type) {
    if (!found && (!kind || type.kind() == *kind)) found = type.id();
  });
  return found;
}

}  // namespace btf
