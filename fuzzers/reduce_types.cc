// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Taking types away. What referred to a type that goes has four ways out, tried in this order: it
// goes too, it loses the member that referred, it refers to what the lost type referred to (void
// where that was nothing), or to another type of that kind.
#include <array>
#include <cstdint>
#include <vector>

#include "fuzzers/reduce_steps.h"

namespace retort {
namespace {

enum class Orphans : std::uint8_t { go_too, lose_members, refer_on, refer_to_another };
constexpr std::array kOrphans = {Orphans::go_too, Orphans::lose_members, Orphans::refer_on,
                                 Orphans::refer_to_another};

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

// In how many layers the stack lies, and how many types one has.
std::size_t layers_of(const Reducing& reducing, Where where) {
  Draft draft(reducing.pair());
  const Stack* stack = draft.open(where);
  return stack == nullptr ? 0 : stack->layers.size();
}

std::size_t types_of(const Reducing& reducing, Where where, std::size_t layer) {
  Draft draft(reducing.pair());
  const Stack* stack = draft.open(where);
  return stack == nullptr || layer >= stack->layers.size() ? 0 : stack->layers[layer].types.size();
}

// Whether types went; others may have gone with them, so counting begins anew.
bool remove_types(Reducing& reducing, Where where, std::size_t layer, std::size_t begin,
                  std::size_t end) {
  for (const Orphans orphans : kOrphans) {
    const bool gone = reducing.attempt_edit(where, [&](Stack& stack) {
      const std::uint32_t start = stack.start_id(layer);
      const auto last = static_cast<std::uint32_t>(std::min(end, stack.layers[layer].types.size()));
      const auto first = static_cast<std::uint32_t>(begin);
      if (first >= last) return false;
      Removal(stack, start + first, start + last, orphans).apply();
      return true;
    });
    if (gone) return true;
  }
  return false;
}

void reduce_layer(Reducing& reducing, Where where, std::size_t layer) {
  const std::size_t count = types_of(reducing, where, layer);
  take_in_chunks(count, [&](std::size_t begin, std::size_t end) {
    return remove_types(reducing, where, layer, begin, end);
  });
}

bool drop_all_elements(Stack& stack) {
  bool changed = false;
  stack.for_each_type([&](std::uint32_t, EditType& type) {
    changed = changed || type.elements() > 0;
    while (type.elements() > 0) type.remove_element(type.elements() - 1);
  });
  return changed;
}

}  // namespace

void reduce_types(Reducing& reducing) {
  for (const Where where : kWheres)
    for (std::size_t layer = layers_of(reducing, where); layer-- > 0;)
      reduce_layer(reducing, where, layer);
}

void reduce_elements(Reducing& reducing) {
  for (const Where where : kWheres) {
    if (reducing.attempt_edit(where, drop_all_elements)) continue;
    Draft draft(reducing.pair());
    const Stack* stack = draft.open(where);
    const std::uint32_t end_id = stack == nullptr ? 0 : stack->end_id();
    std::vector<std::size_t> counts(end_id);
    for (std::uint32_t id = 1; id < end_id; ++id) counts[id] = stack->type(id)->elements();
    for (std::uint32_t id = end_id; id-- > 1;)
      take_in_chunks(counts[id], [&](std::size_t begin, std::size_t end) {
        return reducing.attempt_edit(where, [&](Stack& edited) {
          for (std::size_t index = end; index-- > begin;) edited.type(id)->remove_element(index);
          return true;
        });
      });
  }
}

}  // namespace retort
