// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A hash map in one array, for keys that are ids, string offsets or names. Matching asks such maps
// for every type and every string, and a node on the heap for each entry would cost more than all
// the rest. Nothing is ever taken out, and nothing is allocated before the first entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "relocator/index.h"

namespace btf {

inline std::size_t hash_key(std::uint32_t key) {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>(key * kFactor >> 32);
}
inline std::size_t hash_key(std::string_view key) {
  return static_cast<std::size_t>(hash_name(key));
}

template <class Key, class Value>
class FlatMap {
 public:
  /// The value of that key, or nullptr; valid until the next insertion.
  [[nodiscard]] Value* find(const Key& key) {
    if (slots_.empty()) return nullptr;
    Slot& slot = slot_of(key);
    return slot.used ? &slot.value : nullptr;
  }

  /// The value of that key, a new one where there was none, and whether it is new.
  std::pair<Value*, bool> insert(const Key& key) {
    if (used_ * 2 >= slots_.size()) grow();
    Slot& slot = slot_of(key);
    if (slot.used) return {&slot.value, false};
    slot.used = true;
    slot.key = key;
    ++used_;
    return {&slot.value, true};
  }

  Value& operator[](const Key& key) { return *insert(key).first; }

 private:
  struct Slot {
    Key key{};
    Value value{};
    bool used = false;
  };

  Slot& slot_of(const Key& key) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_key(key) & mask;
    while (slots_[at].used && !(slots_[at].key == key)) at = (at + 1) & mask;
    return slots_[at];
  }

  void grow() {
    constexpr std::size_t first = 64;
    std::vector<Slot> old(slots_.empty() ? first : slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old)
      if (slot.used) slot_of(slot.key) = std::move(slot);
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace btf
