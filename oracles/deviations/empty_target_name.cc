// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A target type whose name is an empty string at a non-zero offset is searched among the distilled
// types, and finds void, which has the empty name too: relocation fails over a type that nothing
// refers to. Void's size is 0, so a type that is searched by size must have that size.
#include <cerrno>

#include "oracles/deviation.h"

namespace retort {
namespace {

constexpr std::uint32_t kComparedBits = 0x7fffffff;

bool is_searched_without_size(const btf::Btf& target, const btf::Type& type) {
  if (type.kind() == btf::Kind::fwd) return true;
  if (!btf::is_composite(type.kind())) return false;
  unsigned namesakes = 0;
  for (std::uint32_t id = 1; id < target.end_id(); ++id) {
    const btf::Type other = target.type(id);
    if (btf::is_composite(other.kind()) && other.name_offset() == type.name_offset()) ++namesakes;
  }
  return namesakes <= 1;
}

bool finds_void(const btf::Btf& target, const btf::Type& type) {
  if (type.name_offset() == 0 || !target.name(type).empty()) return false;
  const bool is_number = type.kind() == btf::Kind::int_ || type.kind() == btf::Kind::float_ ||
                         btf::is_enumeration(type.kind());
  if (!is_number && type.kind() != btf::Kind::fwd && !btf::is_composite(type.kind())) return false;
  return is_searched_without_size(target, type) || (type.size() & kComparedBits) == 0;
}

void answer(const Evaluation& evaluation, Answer& answer) {
  const bool matched =
      evaluation.target && (answer.outcome == Outcome::accepted || answer.stage == Stage::relocate);
  if (!matched || (evaluation.op != Op::relocate && evaluation.op != Op::roundtrip)) return;
  const btf::Btf& target = *evaluation.target;
  for (std::uint32_t id = 1; id < target.end_id(); ++id) {
    if (!finds_void(target, target.type(id))) continue;
    answer = {.outcome = Outcome::rejected, .code = EINVAL, .stage = Stage::relocate};
    return;
  }
}

}  // namespace

const Deviation kEmptyTargetName = {.answer = answer};

}  // namespace retort
