// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Refinement: takes loose classes apart until each leads, word by word, to one class. This is
// Hopcroft's minimisation of automata, with the position of an id in its record as the letter: of a
// class that falls apart all parts but the largest are looked at again, so that a reference is
// looked at once for each halving of the class it leads to, n log n at worst. References are turned
// round only where something falls apart: most classes of real input are never touched.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "relocator/dedup_classes.h"

namespace btf {

/// Where references to declarations lead instead. Lower layers cannot be changed: declarations
/// there stay what they are.
struct StandIns {
  std::uint32_t start_id = 1;           ///< of the top layer
  std::vector<std::uint32_t> by_class;  ///< by loose class: the definition, or 0

  [[nodiscard]] std::uint32_t resolve(const LooseClasses& loose, std::uint32_t id) const {
    if (id < start_id) return id;
    const std::uint32_t definition = by_class[loose.class_of(id)];
    return definition != 0 ? definition : id;
  }
};

class Refinement {
 public:
  Refinement(const LooseClasses& loose, const StandIns& stand_ins);

  /// The blocks: types in one block are bisimilar. Block numbers begin with the loose classes'.
  [[nodiscard]] std::uint32_t block_of(std::uint32_t id) const {
    const std::uint32_t at = place_[id];
    return at == 0 ? loose_.class_of(id) : block_at_[at];
  }
  /// By block: its lowest id; 0 for a block without members.
  [[nodiscard]] std::vector<std::uint32_t> first_of_blocks() const;

 private:
  struct Block {
    std::uint32_t begin = 0;  ///< in members_; 0 while it is a whole loose class
    std::uint32_t size = 0;
    std::uint32_t marked = 0;  ///< how many of the first members are to be split off
  };
  struct Use {
    std::uint32_t user;  ///< class, or id
    std::uint32_t word;
  };
  struct Edge {
    std::uint32_t child;
    std::uint32_t word;
    std::uint32_t parent;
  };

  void index_uses();
  void seed();
  [[nodiscard]] std::size_t slot(Token token) const {
    return is_group(token) ? loose_.classes().size() + group_of(token) : token;
  }
  void spread(std::uint32_t block);
  void turn_round(Token token);
  void split_by(std::uint32_t block);
  void mark(std::uint32_t id);
  void split_touched();

  const LooseClasses& loose_;
  const StandIns& stand_ins_;
  std::vector<std::uint32_t> use_ends_;  ///< by token's slot: where its uses end
  std::vector<Use> uses_;                ///< classes whose key holds the token
  std::vector<bool> turned_;             ///< by token's slot
  std::vector<Edge> edges_;              ///< sorted by child within one token
  LazyArray edges_at_;                   ///< by id: one more than the place of its first edge
  LazyArray place_;                      ///< by id: its place in members_, 0 for none
  std::vector<std::uint32_t> members_;
  std::vector<std::uint32_t> block_at_;  ///< by place: its block
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> waiting_, touched_;
  std::vector<Edge> incoming_;
};

}  // namespace btf
