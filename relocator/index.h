// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Finding types by name: the lowest id wins, so the lowest base comes first. find_by_name() reads
// through the types once and needs nothing prepared; a NameIndex is built once for a stack and
// answers from a hash table that compares strings only where the hashes are equal.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "relocator/btf.h"
#include "relocator/lazy_array.h"

namespace btf {

/// A hash of a name's characters; the same in every process.
std::uint64_t hash_name(std::string_view name);

/// The first type of that name, and of that kind if one is given. Anonymous types have no name, so
/// the empty name is never found.
std::optional<std::uint32_t> find_by_name(const Btf& top, std::string_view name,
                                          std::optional<Kind> kind = {});

class NameIndex {
 public:
  /// Indexes every named type of the stack. The Btf must outlive the index.
  explicit NameIndex(const Btf& top);
  /// Indexes the types that a single relocation can ask for: those of a matchable kind and a name
  /// that a type of `asking` has, and some more. Costs one walk over the types, and hashes hardly
  /// any name.
  NameIndex(const Btf& top, const Btf& asking);

  [[nodiscard]] const Btf& btf() const { return *top_; }

  /// Calls visit(Type) for each type of that name, by ascending id.
  template <class Visit>
  void for_each(std::string_view name, Visit&& visit) const {
    const auto hash = static_cast<std::uint32_t>(hash_name(name));
    for (std::uint32_t slot = hash & mask_; table_[slot].first != 0; slot = (slot + 1) & mask_) {
      if (table_[slot].hash != hash) continue;
      const Type first = top_->type(table_[slot].first);
      if (top_->name(first) != name) continue;
      visit(first);
      for (std::uint32_t id = next_[first.id()]; id != 0; id = next_[id]) visit(top_->type(id));
      return;
    }
  }

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name,
                                                  std::optional<Kind> kind = {}) const;

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t first = 0;  ///< lowest id of this name; 0 where the slot is free
    std::uint32_t last = 0;
  };
  void insert(std::uint32_t id, std::string_view name);
  void grow();

  const Btf* top_;
  std::vector<Slot> table_;
  LazyArray next_;  ///< by id: the next type of the same name, or 0
  std::uint32_t names_ = 0;
  std::uint32_t mask_ = 0;
};

}  // namespace btf
