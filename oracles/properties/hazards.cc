// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/hazards.h"

#include <algorithm>
#include <vector>

namespace retort {
namespace {

// So many steps take a second or more in any build, and so deep a recursion all of the stack.
constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 26;
constexpr std::uint32_t kDeepest = 20000;

// Counts the steps of align_of(), which looks at every member of every struct, again for each way
// that leads to it. The count of each type is kept, or counting would take as long.
class AlignmentWalk {
 public:
  explicit AlignmentWalk(const ObjectView& view) : view_(view), steps_(view.end_id(), kUnknown) {}

  HazardSet hazards(std::uint32_t id) {
    if (count(id, 0) > kMostSteps) hazards_ |= set_of(Hazard::align_of_endless);
    return hazards_;
  }

 private:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  static constexpr std::uint64_t kBelow = kUnknown - 1;  ///< being counted: it holds itself

  std::uint64_t count(std::uint32_t id, std::uint32_t depth) {
    if (id >= view_.end_id()) {
      hazards_ |= set_of(Hazard::align_of_missing);
      return 1;
    }
    if (steps_[id] == kBelow || depth > kDeepest) return kMostSteps + 1;
    if (steps_[id] != kUnknown) return steps_[id];
    steps_[id] = kBelow;
    std::uint64_t steps = 1;
    const auto add = [&](std::uint32_t next) {
      steps = std::min(steps + count(next, depth + 1), kMostSteps + 1);
    };
    const btf::Type type = view_.type(id);
    if (btf::is_modifier(type.kind())) add(type.type_id());
    if (type.kind() == btf::Kind::array) add(type.fixed(0));
    if (btf::is_composite(type.kind()))
      for (std::uint32_t index = 0; index < type.vlen(); ++index) add(type.element(index, 1));
    return steps_[id] = steps;
  }

  const ObjectView& view_;
  std::vector<std::uint64_t> steps_;
  HazardSet hazards_;
};

// A chain of modifiers and elements that is longer than there are types comes back to itself.
bool never_ends(const ObjectView& view, std::uint32_t id) {
  for (std::uint32_t links = 0; links <= view.end_id(); ++links) {
    if (id >= view.end_id()) return false;
    const btf::Type type = view.type(id);
    if (type.kind() == btf::Kind::array)
      id = type.fixed(0);
    else if (btf::is_modifier(type.kind()))
      id = type.type_id();
    else
      return false;
  }
  return true;
}

}  // namespace

HazardSet align_of_hazards(const ObjectView& view, std::uint32_t id) {
  return AlignmentWalk(view).hazards(id);
}

HazardSet id_hazards(const ObjectView& view) {
  HazardSet hazards;
  for (std::uint32_t id = 1; id < view.end_id(); ++id) {
    const btf::Type type = view.type(id);
    if (type.kind() == btf::Kind::fwd && type.word(2) >= view.end_id())
      hazards |= set_of(Hazard::fwd_id);
    if (type.kind() == btf::Kind::func_proto && type.type_id() >= view.end_id())
      hazards |= set_of(Hazard::return_id);
  }
  return hazards;
}

HazardSet relocation_hazards(const ObjectView& split, const ObjectView& distilled,
                             std::uint32_t top_strings) {
  HazardSet hazards;
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const btf::Type type = split.type(id);
    if (!btf::is_composite(type.kind())) continue;
    for (std::uint32_t index = 0; index < type.vlen() && hazards.none(); ++index)
      if (never_ends(split, type.element(index, 1))) hazards |= set_of(Hazard::modifier_loop);
  }
  for (std::uint32_t id = 1; id < distilled.end_id(); ++id)
    if (distilled.type(id).name_offset() >= top_strings) hazards |= set_of(Hazard::stacked_strings);
  return hazards;
}

}  // namespace retort
