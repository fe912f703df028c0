// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/dedup_refine.h"

#include <algorithm>
#include <utility>

namespace btf {

Refinement::Refinement(const LooseClasses& loose, const StandIns& stand_ins)
    : loose_(loose),
      stand_ins_(stand_ins),
      edges_at_(loose.end_id()),
      place_(loose.end_id()),
      members_(1),
      block_at_(1) {
  blocks_.resize(loose.classes().size());
  for (std::size_t at = 1; at < blocks_.size(); ++at) blocks_[at].size = loose.classes()[at].size;
  seed();
  if (waiting_.empty()) return;
  index_uses();
  while (!waiting_.empty()) {
    const std::uint32_t block = waiting_.back();
    waiting_.pop_back();
    split_by(block);
  }
}

std::vector<std::uint32_t> Refinement::first_of_blocks() const {
  std::vector<std::uint32_t> firsts(blocks_.size());
  for (std::uint32_t block = 1; block < firsts.size(); ++block) {
    const auto [begin, size, marked] = blocks_[block];
    if (begin == 0)
      firsts[block] = loose_.classes()[block].first;
    else
      firsts[block] = *std::min_element(members_.begin() + begin, members_.begin() + begin + size);
  }
  return firsts;
}

// References were cut at groups, so a group is what all loose classes agree on: of its classes each
// but the largest has to tell its users apart.
void Refinement::seed() {
  const auto classes = loose_.classes();
  std::vector<std::uint32_t> largest(loose_.group_count());
  const auto counts = [&](std::uint32_t at) {
    const bool is_replaced =
        stand_ins_.by_class[at] != 0 && classes[at].first >= stand_ins_.start_id;
    return classes[at].group != 0 && classes[at].size != 0 && !is_replaced;
  };
  for (std::uint32_t at = 1; at < classes.size(); ++at) {
    if (!counts(at)) continue;
    std::uint32_t& best = largest[group_of(classes[at].group)];
    if (best == 0 || classes[best].size < classes[at].size) best = at;
  }
  for (std::uint32_t at = 1; at < classes.size(); ++at)
    if (counts(at) && largest[group_of(classes[at].group)] != at) waiting_.push_back(at);
}

// Which classes hold which tokens, by counting.
void Refinement::index_uses() {
  const auto classes = loose_.classes();
  use_ends_.assign(classes.size() + loose_.group_count() + 1, 0);
  turned_.resize(use_ends_.size());
  const auto for_each_use = [&](auto&& visit) {
    for (std::uint32_t at = 1; at < classes.size(); ++at) {
      if (classes[at].size == 0) continue;
      const auto key = loose_.key(at);
      if (key.empty()) continue;
      const Info info = unpack_info(key[1], loose_.records().dialect());
      const Shape& shape = kShapes[static_cast<std::size_t>(info.kind)];
      for_each_id(Type(0, reinterpret_cast<const std::byte*>(key.data()), info, &shape),
                  [&](std::size_t word) {
                    if (key[word] != kVoidToken)
                      visit(at, static_cast<std::uint32_t>(word), key[word]);
                  });
    }
  };
  for_each_use([&](std::uint32_t, std::uint32_t, Token token) { ++use_ends_[slot(token) + 1]; });
  for (std::size_t at = 1; at < use_ends_.size(); ++at) use_ends_[at] += use_ends_[at - 1];
  uses_.resize(use_ends_.back());
  std::vector<std::uint32_t> fill(use_ends_.begin(), use_ends_.end());
  for_each_use([&](std::uint32_t user, std::uint32_t word, Token token) {
    uses_[fill[slot(token)]++] = {user, word};
  });
}

// Gives the members of a loose class their places, so that they can be told apart.
void Refinement::spread(std::uint32_t block) {
  if (blocks_[block].begin != 0) return;
  blocks_[block].begin = static_cast<std::uint32_t>(members_.size());
  for (std::uint32_t id = loose_.classes()[block].head; id != 0; id = loose_.next(id)) {
    place_[id] = static_cast<std::uint32_t>(members_.size());
    members_.push_back(id);
    block_at_.push_back(block);
  }
}

// Notes for every type of this token who refers to it, and where in the record.
void Refinement::turn_round(Token token) {
  if (turned_[slot(token)]) return;
  turned_[slot(token)] = true;
  const std::size_t begin = edges_.size();
  for (std::uint32_t use = use_ends_[slot(token)]; use < use_ends_[slot(token) + 1]; ++use) {
    const auto [user, word] = uses_[use];
    for (std::uint32_t id = loose_.classes()[user].head; id != 0; id = loose_.next(id)) {
      const std::uint32_t child = loose_.records().word(id, word);
      edges_.push_back({stand_ins_.resolve(loose_, child), word, id});
    }
  }
  std::sort(edges_.begin() + static_cast<std::ptrdiff_t>(begin), edges_.end(),
            [](const Edge& a, const Edge& b) { return a.child < b.child; });
  for (std::size_t at = edges_.size(); at-- > begin;)
    edges_at_[edges_[at].child] = static_cast<std::uint32_t>(at + 1);
}

void Refinement::split_by(std::uint32_t block) {
  spread(block);
  const auto [begin, size, marked] = blocks_[block];
  turn_round(loose_.token(members_[begin]));
  incoming_.clear();
  for (std::uint32_t at = begin; at < begin + size; ++at) {
    const std::uint32_t id = members_[at];
    if (edges_at_[id] == 0) continue;
    for (std::size_t edge = edges_at_[id] - 1; edge < edges_.size() && edges_[edge].child == id;
         ++edge)
      incoming_.push_back(edges_[edge]);
  }
  std::ranges::sort(incoming_, {}, &Edge::word);
  for (std::size_t at = 0; at < incoming_.size();) {
    const std::uint32_t word = incoming_[at].word;
    for (; at < incoming_.size() && incoming_[at].word == word; ++at) mark(incoming_[at].parent);
    split_touched();
  }
}

void Refinement::mark(std::uint32_t id) {
  const std::uint32_t of = block_of(id);
  Block& block = blocks_[of];
  if (block.size == 1) return;
  spread(of);
  if (block.marked == 0) touched_.push_back(of);
  const std::uint32_t to = block.begin + block.marked++;
  const std::uint32_t from = place_[id];
  const std::uint32_t other = members_[to];
  members_[from] = other;
  place_[other] = from;
  members_[to] = id;
  place_[id] = to;
}

// The smaller part of each touched block becomes a block of its own.
void Refinement::split_touched() {
  for (const std::uint32_t of : touched_) {
    const std::uint32_t marked = std::exchange(blocks_[of].marked, 0);
    const std::uint32_t rest = blocks_[of].size - marked;
    if (rest == 0) continue;
    const auto added = static_cast<std::uint32_t>(blocks_.size());
    Block part{.begin = blocks_[of].begin, .size = marked};
    if (marked <= rest) {
      blocks_[of].begin += marked;
    } else {
      part = {.begin = blocks_[of].begin + marked, .size = rest};
    }
    blocks_[of].size -= part.size;
    blocks_.push_back(part);
    for (std::uint32_t at = part.begin; at < part.begin + part.size; ++at) block_at_[at] = added;
    waiting_.push_back(added);
  }
  touched_.clear();
}

}  // namespace btf
