// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/hazards.h"

#include <algorithm>
#include <vector>

namespace retort {
namespace {

// Far more than any type that somebody wrote needs, far less than takes a second.
constexpr std::uint32_t kMostVisits = 1 << 20;
constexpr std::uint32_t kDeepest = 4000;

// Walks as align_of() does: every member of every struct, again for each way that leads to it.
class AlignmentWalk {
 public:
  explicit AlignmentWalk(const ObjectView& view) : view_(view) {}

  HazardSet visit(std::uint32_t id, std::uint32_t depth) {
    if (id >= view_.end_id()) return set_of(Hazard::align_of_missing);
    if (++visits_ > kMostVisits || depth > kDeepest) return set_of(Hazard::align_of_endless);
    const btf::Type type = view_.type(id);
    if (btf::is_modifier(type.kind())) return visit(type.type_id(), depth + 1);
    if (type.kind() == btf::Kind::array) return visit(type.fixed(0), depth + 1);
    if (!btf::is_composite(type.kind())) return {};
    for (std::uint32_t index = 0; index < type.vlen(); ++index)
      if (const HazardSet hazards = visit(type.element(index, 1), depth + 1); hazards.any())
        return hazards;
    return {};
  }

 private:
  const ObjectView& view_;
  std::uint32_t visits_ = 0;
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
  return AlignmentWalk(view).visit(id, 0);
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
