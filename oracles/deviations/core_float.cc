// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// CO-RE's comparisons know no FLOAT: a type that holds one, or leads to one, is neither compatible
// with itself nor does it match itself.
#include <algorithm>
#include <vector>

#include "oracles/deviation.h"
#include "oracles/properties/walk.h"

namespace retort {
namespace {

// As many as are asked.
constexpr std::uint32_t kMaxTypes = 48;

// A member is matched only, and matching looks at an INT's sign alone.
bool is_unknown(const btf::Type& type, bool in_member) {
  switch (type.kind()) {
    case btf::Kind::float_:
    case btf::Kind::func:
    case btf::Kind::var:
    case btf::Kind::datasec:
    case btf::Kind::decl_tag:
      return true;
    case btf::Kind::int_:
      return !in_member && btf::int_bit_offset(type.fixed(0)) != 0;
    default:
      return false;
  }
}

bool is_asked(const btf::Type& type) {
  return type.kind() == btf::Kind::float_ || !is_unknown(type, false);
}

// Whether following references from the type comes to one that is unknown. Members count as long
// as no pointer led to them.
class Search {
 public:
  explicit Search(const btf::Btf& top) : top_(top), seen_(kWays * top.end_id()) {}

  bool finds_unknown(std::uint32_t id) {
    open_.clear();
    seen_.assign(seen_.size(), false);
    push({.id = id});
    while (!open_.empty()) {
      const Step step = open_.back();
      open_.pop_back();
      const btf::Type type = top_.type(step.id);
      if (is_unknown(type, step.in_member)) return true;
      Step next = step;
      next.behind_pointer = step.behind_pointer || type.kind() == btf::Kind::ptr;
      const auto enter = [&](std::uint32_t to, std::uint32_t) {
        next.id = to;
        push(next);
      };
      steps_of_order(type, enter);
      if (!btf::is_composite(type.kind()) || step.behind_pointer) continue;
      next.in_member = true;
      steps_of_alignment(type, enter);
    }
    return false;
  }

 private:
  struct Step {
    std::uint32_t id = 0;
    bool behind_pointer = false;
    bool in_member = false;
  };
  static constexpr std::size_t kWays = 4;  ///< in which a type can be come to

  void push(const Step& step) {
    if (step.id == 0 || step.id >= top_.end_id()) return;
    const std::size_t way =
        kWays * step.id + (step.behind_pointer ? 2 : 0) + (step.in_member ? 1 : 0);
    if (seen_[way]) return;
    seen_[way] = true;
    open_.push_back(step);
  }

  const btf::Btf& top_;
  std::vector<bool> seen_;
  std::vector<Step> open_;
};

void answer(const Evaluation& evaluation, Answer& answer) {
  if (evaluation.op != Op::core || !evaluation.source) return;
  const btf::Btf& top = *evaluation.source;
  Search search(top);
  for (std::uint32_t id = 1; id < std::min(top.end_id(), kMaxTypes); ++id)
    if (is_asked(top.type(id)) && search.finds_unknown(id)) {
      answer = broken("core-reflexive", {});
      return;
    }
}

}  // namespace

const Deviation kCoreFloat = {.answer = answer};

}  // namespace retort
