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
  while (name.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, name.data(), 8);
    mix(word);
    name.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  if (!name.empty()) std::memcpy(&rest, name.data(), name.size());
  mix(rest);
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
