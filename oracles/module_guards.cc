// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/module_guards.h"

#include <cerrno>

#include "oracles/opened_pair.h"

namespace retort {
namespace {

bool fails_by_loops_alone(const OpenedLayer& layer, btf::CheckSet demanded) {
  bool loops = false;
  for (const btf::Error& error : layer.unmet()) {
    if (!error.check || !demanded.has(*error.check)) continue;
    if (*error.check != btf::Check::reference_loop) return false;
    loops = true;
  }
  return loops;
}

bool passes(const std::optional<OpenedLayer>& layer, btf::CheckSet demanded) {
  return layer && layer->btf && layer->first_unmet(demanded) == nullptr;
}

bool refers_beyond(const btf::Btf& split) {
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const btf::Type type = split.type(id);
    bool beyond = false;
    btf::for_each_id(
        type, [&](std::size_t word) { beyond = beyond || type.word(word) >= split.end_id(); });
    if (beyond) return true;
  }
  return false;
}

}  // namespace

btf::BtfPtr module_with_unseen_loops(const Evaluation& evaluation, const Answer& predicted) {
  // A loop of modifiers has another errno.
  if (evaluation.op != Op::relocate || predicted.outcome != Outcome::rejected ||
      predicted.stage != Stage::split || predicted.code != EINVAL)
    return nullptr;
  OpenedPair opened(evaluation.pair);
  const OpenedParts& parts = opened.parts(*evaluation.policy);
  const btf::CheckSet demanded = evaluation.policy->checks;
  if (parts.stack.size() < 2 || !passes(parts.target, demanded)) return nullptr;
  return fails_by_loops_alone(parts.stack.back(), demanded) ? parts.stack.back().btf : nullptr;
}

bool has_id_beyond_map(const Evaluation& evaluation, const Answer& predicted) {
  if (evaluation.op != Op::relocate) return false;
  if (const btf::BtfPtr module = module_with_unseen_loops(evaluation, predicted))
    return refers_beyond(*module);
  // Ids are rewritten once every distilled type has its match; names come after.
  const bool rewrites = predicted.outcome == Outcome::accepted ||
                        (predicted.stage == Stage::relocate && predicted.code == ENOENT);
  return rewrites && evaluation.split && refers_beyond(*evaluation.split);
}

}  // namespace retort
