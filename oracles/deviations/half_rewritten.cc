// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Relocation rewrites all type ids, and then string by string. If a string has no counterpart in
// the target it fails there, and the split keeps what was rewritten, on its old base.
#include <cerrno>
#include <unordered_map>

#include "oracles/deviation.h"

namespace retort {
namespace {

bool is_any_id_changed(const btf::Btf& split, const btf::RelocationFailure& failure) {
  bool changed = false;
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const btf::Type type = split.type(id);
    btf::for_each_id(type, [&](std::size_t word) {
      const std::uint32_t referred = type.word(word);
      changed =
          changed || (referred < failure.id_map.size() && failure.id_map[referred] != referred);
    });
  }
  return changed;
}

// Whether a string before the one without counterpart gets another offset.
bool is_any_string_changed(const btf::Btf& split, const btf::Btf& target,
                           const btf::RelocationFailure& failure) {
  std::unordered_map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> mapped;
  for (std::uint32_t id = 1; id < split.start_id(); ++id) {
    const std::uint32_t match = failure.id_map[id];
    auto& last = mapped[split.type(id).name_offset()];
    if (match > last.first) last = {match, target.type(match).name_offset()};
  }
  bool changed = false;
  bool reached = false;
  for (std::uint32_t id = split.start_id(); id < split.end_id() && !reached; ++id) {
    const btf::Type type = split.type(id);
    btf::for_each_name(type, [&](std::size_t word) {
      const std::uint32_t offset = type.word(word);
      if (reached || offset == 0) return;
      if (offset >= split.start_string()) {
        changed = changed || target.end_string() != split.start_string();
        return;
      }
      const auto found = mapped.find(offset);
      reached = found == mapped.end() || found->second.second == 0;
      changed = changed || (!reached && found->second.second != offset);
    });
  }
  return changed;
}

void answer(const Evaluation& evaluation, Answer& answer) {
  if (answer.outcome != Outcome::rejected || answer.stage != Stage::relocate ||
      answer.code != ENOENT || evaluation.failure == nullptr)
    return;
  const btf::Btf& split = *evaluation.split;
  answer.input_preserved = !is_any_id_changed(split, *evaluation.failure) &&
                           !is_any_string_changed(split, *evaluation.target, *evaluation.failure);
}

}  // namespace

const Deviation kHalfRewritten = {.answer = answer};

}  // namespace retort
