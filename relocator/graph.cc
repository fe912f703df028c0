// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/graph.h"

#include <numeric>
#include <utility>

namespace btf {

GraphComparison::GraphComparison(const Btf& a, const Btf& b)
    : a_(a), b_(b), parents_(a.end_id() + b.end_id()), class_sizes_(parents_.size(), 1) {
  std::iota(parents_.begin(), parents_.end(), std::uint32_t{0});
}

// An id below both top layers names the same type where the stacks share that base.
bool GraphComparison::is_shared(std::uint32_t id) const {
  return a_.base() && a_.base() == b_.base() && id < a_.start_id() && id < b_.start_id();
}

bool GraphComparison::same(std::uint32_t id_a, std::uint32_t id_b) {
  joined_.clear();
  open_.assign(1, {id_a, id_b});
  while (!open_.empty()) {
    const auto [a, b] = open_.back();
    open_.pop_back();
    if (a == b && (a == 0 || is_shared(a))) continue;
    const Type type_a = a_.type(a);
    const Type type_b = b_.type(b);
    // An id that does not exist is void, and has no class.
    if (type_a.id() != 0 && type_b.id() != 0 && !join(a, b)) continue;
    if (same_record(type_a, type_b)) continue;
    difference_ = {a, b};
    // Nothing that was assumed on the way here is proven.
    undo_joins();
    return false;
  }
  return true;
}

// No paths are compressed, so that a join can be undone; joining the smaller class keeps them
// short.
std::uint32_t GraphComparison::class_of(std::uint32_t node) const {
  while (parents_[node] != node) node = parents_[node];
  return node;
}

// Assumes that the two are equal; false where they are of one class already.
bool GraphComparison::join(std::uint32_t id_a, std::uint32_t id_b) {
  std::uint32_t above = class_of(id_a);
  std::uint32_t below = class_of(a_.end_id() + id_b);
  if (above == below) return false;
  if (class_sizes_[above] < class_sizes_[below]) std::swap(above, below);
  parents_[below] = above;
  class_sizes_[above] += class_sizes_[below];
  joined_.push_back(below);
  return true;
}

void GraphComparison::undo_joins() {
  for (; !joined_.empty(); joined_.pop_back()) {
    const std::uint32_t below = joined_.back();
    class_sizes_[parents_[below]] -= class_sizes_[below];
    parents_[below] = below;
  }
}

// Compares all words but ids, which become open pairs, and names, which compare by content.
bool GraphComparison::same_record(const Type& a, const Type& b) {
  if (a.kind() != b.kind() || a.words() != b.words() || a.kflag() != b.kflag() ||
      a.vlen() != b.vlen())
    return false;
  std::vector<bool> is_plain(a.words(), true);
  bool same = true;
  for_each_name(a, [&](std::size_t word) {
    is_plain[word] = false;
    same = same && a_.name(a.word(word)) == b_.name(b.word(word));
  });
  for_each_id(a, [&](std::size_t word) {
    is_plain[word] = false;
    open_.emplace_back(a.word(word), b.word(word));
  });
  is_plain[1] = false;  // compared above, as the dialects pack it differently
  for (std::size_t word = 0; word < is_plain.size(); ++word)
    same = same && (!is_plain[word] || a.word(word) == b.word(word));
  return same;
}

}  // namespace btf
