// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Equality of type graphs: two types are the same if they unroll to the same, possibly infinite,
// tree, whatever their ids and string offsets are. Types are assumed equal until something tells
// them apart (bisimulation), so loops end; nothing recurses. What is equal is kept as classes, not
// as pairs (after Hopcroft and Karp), so the work grows with the number of types, not with its
// square.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "relocator/btf.h"

namespace btf {

class GraphComparison {
 public:
  /// Compares types of two stacks, which may share layers.
  GraphComparison(const Btf& a, const Btf& b);

  /// Whether type `id_a` of the first stack is type `id_b` of the second. What one call found equal
  /// is remembered for the next.
  bool same(std::uint32_t id_a, std::uint32_t id_b);

  /// After same() was false: the pair of ids at which the graphs part.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> difference() const { return difference_; }

 private:
  [[nodiscard]] bool is_shared(std::uint32_t id) const;
  bool same_record(const Type& a, const Type& b);
  [[nodiscard]] std::uint32_t class_of(std::uint32_t node) const;
  bool join(std::uint32_t id_a, std::uint32_t id_b);
  void undo_joins();

  const Btf& a_;
  const Btf& b_;
  /// By node (the first stack's ids, then the second's): the next node on the way to the one that
  /// stands for its class, or itself.
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> class_sizes_;
  std::vector<std::uint32_t> joined_;  ///< the nodes that this call put below another, in order
  std::vector<std::pair<std::uint32_t, std::uint32_t>> open_;
  std::pair<std::uint32_t, std::uint32_t> difference_{};
};

}  // namespace btf
