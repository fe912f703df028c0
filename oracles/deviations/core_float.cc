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

bool is_unknown(const btf::Type& type) {
  switch (type.kind()) {
    case btf::Kind::float_:
    case btf::Kind::func:
    case btf::Kind::var:
    case btf::Kind::datasec:
    case btf::Kind::decl_tag:
      return true;
    case btf::Kind::int_:
      return btf::int_bit_offset(type.fixed(0)) != 0;
    default:
      return false;
  }
}

bool is_asked(const btf::Type& type) {
  return type.kind() == btf::Kind::float_ || !is_unknown(type);
}

// Whether following references from the type comes to one that is unknown. Members count as long
// as no pointer led to them.
class Search {
 public:
  explicit Search(const btf::Btf& top) : top_(top), seen_(2 * top.end_id()) {}

  bool finds_unknown(std::uint32_t id, bool behind_pointer) {
    open_.clear();
    seen_.assign(seen_.size(), false);
    push(id, behind_pointer);
    while (!open_.empty()) {
      const auto [next, behind] = open_.back();
      open_.pop_back();
      const btf::Type type = top_.type(next);
      if (is_unknown(type)) return true;
      const bool now_behind = behind || type.kind() == btf::Kind::ptr;
      const auto enter = [&](std::uint32_t to, std::uint32_t) { push(to, now_behind); };
      steps_of_order(type, enter);
      if (btf::is_composite(type.kind()) && !behind) steps_of_alignment(type, enter);
    }
    return false;
  }

 private:
  void push(std::uint32_t id, bool behind) {
    if (id == 0 || id >= top_.end_id() || seen_[2 * id + (behind ? 1 : 0)]) return;
    seen_[2 * id + (behind ? 1 : 0)] = true;
    open_.emplace_back(id, behind);
  }

  const btf::Btf& top_;
  std::vector<bool> seen_;
  std::vector<std::pair<std::uint32_t, bool>> open_;
};

void answer(const Evaluation& evaluation, Answer& answer) {
  if (evaluation.op != Op::core || !evaluation.source) return;
  const btf::Btf& top = *evaluation.source;
  Search search(top);
  for (std::uint32_t id = 1; id < std::min(top.end_id(), kMaxTypes); ++id)
    if (is_asked(top.type(id)) && search.finds_unknown(id, false)) {
      answer = broken("core-reflexive", {});
      return;
    }
}

}  // namespace

const Deviation kCoreFloat = {.answer = answer};

}  // namespace retort
