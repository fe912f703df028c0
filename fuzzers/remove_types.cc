// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/remove_types.h"

#include <array>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace retort {
namespace {

// One removal of types from a stack.
class Removal {
 public:
  Removal(Stack& stack, std::uint32_t begin, std::uint32_t end, Orphans orphans)
      : stack_(stack), end_id_(stack.end_id()), orphans_(orphans), gone_(end_id_, false) {
    for (std::uint32_t id = begin; id < end; ++id) gone_[id] = true;
  }

  void apply() {
    if (orphans_ == Orphans::go_too) spread();
    if (orphans_ == Orphans::go_too || orphans_ == Orphans::lose_members) drop_elements();
    find_survivors();
    retarget();
    erase();
  }

 private:
  [[nodiscard]] bool is_gone(std::uint32_t id) const { return id < end_id_ && gone_[id]; }

  // Whoever refers to a type that goes, other than by a member, goes as well.
  void spread() {
    bool spreads = true;
    while (spreads) {
      spreads = false;
      stack_.for_each_type([&](std::uint32_t id, EditType& type) {
        if (gone_[id] || !refers_by_itself(type)) return;
        gone_[id] = spreads = true;
      });
    }
  }

  [[nodiscard]] bool refers_by_itself(const EditType& type) const {
    if (type.shape.third == btf::ThirdWord::type && is_gone(type.third())) return true;
    for (std::size_t word = 0; word < type.shape.fixed; ++word)
      if ((type.shape.fixed_ids >> word & 1) != 0 && is_gone(type.fixed(word))) return true;
    return false;
  }

  void drop_elements() {
    stack_.for_each_type([&](std::uint32_t, EditType& type) {
      if (type.shape.element_ids == 0) return;
      const auto word = static_cast<std::size_t>(std::countr_zero(type.shape.element_ids));
      for (std::size_t index = type.elements(); index-- > 0;)
        if (is_gone(type.element(index)[word])) type.remove_element(index);
    });
  }

  // By kind, the first type that stays.
  void find_survivors() {
    stack_.for_each_type([&](std::uint32_t id, const EditType& type) {
      std::uint32_t& first = first_of_kind_[static_cast<std::size_t>(type.kind())];
      if (!gone_[id] && first == 0) first = id;
    });
  }

  [[nodiscard]] std::uint32_t target_of(std::uint32_t id) const {
    if (!is_gone(id)) return id;
    if (orphans_ == Orphans::refer_to_another)
      return first_of_kind_[static_cast<std::size_t>(stack_.kind_of(id))];
    // Bounded, since references may go round.
    for (std::size_t steps = 0; is_gone(id) && steps < gone_.size(); ++steps) {
      const EditType& type = *stack_.type(id);
      id = type.shape.third == btf::ThirdWord::type ? type.third() : 0;
    }
    return is_gone(id) ? 0 : id;
  }

  void retarget() {
    std::vector<std::uint32_t> new_id(end_id_);
    std::uint32_t next = 0;
    for (std::uint32_t id = 0; id < end_id_; ++id) new_id[id] = gone_[id] ? 0 : next++;
    stack_.for_each_type([&](std::uint32_t id, EditType& type) {
      if (gone_[id]) return;
      for_each_id(type, [&](std::uint32_t& referred) {
        if (referred >= end_id_) return;
        const std::uint32_t target = target_of(referred);
        pending_.push_back({&referred, target < end_id_ ? new_id[target] : target});
      });
    });
    // Only now: until here references were followed by their old ids.
    for (const auto& [word, id] : pending_) *word = id;
  }

  void erase() {
    std::uint32_t id = 1;
    for (Layer& layer : stack_.layers) {
      std::vector<EditType> kept;
      for (EditType& type : layer.types)
        if (!gone_[id++]) kept.push_back(std::move(type));
      layer.types = std::move(kept);
    }
  }

  struct Pending {
    std::uint32_t* word;
    std::uint32_t id;
  };

  Stack& stack_;
  std::uint32_t end_id_;
  Orphans orphans_;
  std::vector<bool> gone_;
  std::array<std::uint32_t, btf::kMaxKinds> first_of_kind_{};
  std::vector<Pending> pending_;
};

}  // namespace

void remove_types(Stack& stack, std::uint32_t begin, std::uint32_t end, Orphans orphans) {
  Removal(stack, begin, end, orphans).apply();
}

}  // namespace retort
