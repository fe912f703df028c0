// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/module_guards.h"

#include <algorithm>
#include <cerrno>

#include "oracles/opened_pair.h"
#include "relocator/btf.h"

namespace retort {
namespace {

// That references may not form a loop is checked for chains of modifiers alone.
bool fails_by_loops_alone(const OpenedLayer& layer, const btf::Policy& policy) {
  return std::ranges::all_of(layer.unmet(), [&](const btf::Error& error) {
    return !error.check || !policy.checks.has(*error.check) ||
           *error.check == btf::Check::reference_loop;
  });
}

// Whether the kernel parses the module and begins to relocate it.
bool relocation_begins(const Evaluation& evaluation, const Answer& predicted) {
  if (evaluation.op != Op::relocate) return false;
  if (predicted.outcome == Outcome::accepted || predicted.stage == Stage::relocate) return true;
  if (predicted.stage != Stage::split) return false;
  OpenedPair opened(evaluation.pair);
  const OpenedParts& parts = opened.parts(*evaluation.policy);
  return !parts.stack.empty() && parts.stack.back().btf &&
         fails_by_loops_alone(parts.stack.back(), *evaluation.policy);
}

btf::BtfPtr split_of(const Evaluation& evaluation) {
  if (evaluation.split) return evaluation.split;
  OpenedPair opened(evaluation.pair);
  const OpenedParts& parts = opened.parts(*evaluation.policy);
  return parts.stack.empty() ? nullptr : parts.stack.back().btf;
}

// Follows modifiers and elements as relocation does to find what is embedded. A chain that ends has
// no more links than there are types.
bool never_ends(const btf::Btf& split, std::uint32_t id) {
  for (std::uint32_t links = 0; links <= split.end_id(); ++links) {
    if (id >= split.end_id()) return false;
    const btf::Type type = split.type(id);
    const bool array = type.kind() == btf::Kind::array;
    if (!array && !btf::is_modifier(type.kind())) return false;
    id = array ? type.fixed(0) : type.type_id();
  }
  return true;
}

}  // namespace

bool has_array_loop_in_member(const Evaluation& evaluation, const Answer& predicted) {
  if (!relocation_begins(evaluation, predicted)) return false;
  const btf::BtfPtr split = split_of(evaluation);
  if (!split) return false;
  for (std::uint32_t id = split->start_id(); id < split->end_id(); ++id) {
    const btf::Type type = split->type(id);
    if (!btf::is_composite(type.kind())) continue;
    for (std::uint32_t index = 0; index < type.vlen(); ++index)
      if (never_ends(*split, type.element(index, 1))) return true;
  }
  return false;
}

bool has_id_beyond_map(const Evaluation& evaluation, const Answer& predicted) {
  if (!relocation_begins(evaluation, predicted)) return false;
  // Ids are rewritten once every distilled type has its match; names come after.
  if (predicted.outcome == Outcome::rejected && predicted.stage == Stage::relocate &&
      predicted.code != ENOENT)
    return false;
  const btf::BtfPtr split = split_of(evaluation);
  if (!split) return false;
  for (std::uint32_t id = split->start_id(); id < split->end_id(); ++id) {
    bool beyond = false;
    btf::for_each_id(split->type(id), [&](std::size_t place) {
      beyond = beyond || split->type(id).word(place) >= split->end_id();
    });
    if (beyond) return true;
  }
  return false;
}

}  // namespace retort
