// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/index.h"

#include <bit>
#include <cstring>

namespace btf {

std::uint64_t hash_name(std::string_view name) {
  // Eight bytes at a time through one multiplication each; the high half has seen every bit.
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
  std::uint64_t hash = name.size() * kFactor;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * kFactor;
    hash ^= hash >> 32;
  };
  // The first character counts least wherever this runs: digests are compared between machines.
  const auto load = [](std::string_view bytes) {
    std::uint64_t word = 0;
    if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
    return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
  };
  for (; name.size() >= 8; name.remove_prefix(8)) mix(load(name.substr(0, 8)));
  mix(load(name));
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

void NameIndex::insert(std::uint32_t id, std::string_view name) {
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
