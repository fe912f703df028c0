// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Equality of type graphs: two types are the same if they unroll to the same, possibly infinite,
// tree, whatever their ids and string offsets are. Pairs are assumed equal until something tells
// them apart (bisimulation), so loops end; nothing recurses.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "relocator/btf.h"

namespace btf {

class GraphComparison {
 public:
  /// Compares types of two stacks, which may share layers.
  GraphComparison(const Btf& a, const Btf& b) : a_(a), b_(b) {}

  /// Whether type `id_a` of the first stack is type `id_b` of the second. What one call found equal
  /// is remembered for the next.
  bool same(std::uint32_t id_a, std::uint32_t id_b);

  /// After same() was false: the pair of ids at which the graphs part.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> difference() const { return difference_; }

 private:
  [[nodiscard]] bool is_shared(std::uint32_t id) const;
  bool same_record(const Type& a, const Type& b);

  const Btf& a_;
  const Btf& b_;
  std::unordered_set<std::uint64_t> equal_;  ///< pairs known or assumed to be equal
  std::vector<std::pair<std::uint32_t, std::uint32_t>> open_;
  std::pair<std::uint32_t, std::uint32_t> difference_{};
};

}  // namespace btf
