// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/module_guards.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include "oracles/deviations/kernel_order.h"
#include "oracles/deviations/kernel_walk.h"
#include "oracles/opened_pair.h"
#include "oracles/properties/core_compare.h"
#include "oracles/properties/shown_types.h"

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

// Whether the test holds for an id that a type of the layer refers to.
template <class Test>
bool any_reference(const btf::Btf& layer, Test&& test) {
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    bool found = false;
    btf::for_each_id(type, [&](std::size_t word) { found = found || test(type.word(word)); });
    if (found) return true;
  }
  return false;
}

bool refers_beyond(const btf::Btf& split) {
  return any_reference(split, [&](std::uint32_t id) { return id >= split.end_id(); });
}

// The module, where it lies on a base without types.
btf::BtfPtr module_on_nothing(const Evaluation& evaluation) {
  OpenedPair opened(evaluation.pair);
  const OpenedParts& parts = opened.parts(*evaluation.policy);
  if (parts.stack.size() < 2 || !parts.stack.back().btf) return nullptr;
  const btf::BtfPtr& module = parts.stack.back().btf;
  return module->start_id() == 1 ? module : nullptr;
}

// What a kernel is asked to load of the pair.
template <class Wanted>
bool any_loaded(const Evaluation& evaluation, Wanted&& wanted) {
  if (evaluation.op != Op::kernel) return false;
  OpenedPair opened(evaluation.pair);
  const OpenedParts& parts = opened.parts(*evaluation.policy);
  const auto is_wanted = [&](const OpenedLayer& layer) { return layer.btf && wanted(layer); };
  return (parts.base && is_wanted(*parts.base)) || (parts.target && is_wanted(*parts.target)) ||
         (!parts.stack.empty() && is_wanted(parts.stack.front()));
}

// What ends a kernel it is asked only where a type stands alone: whether that one fails the test.
template <class Test>
bool any_alone_fails(const Evaluation& evaluation, Test&& test) {
  return any_loaded(evaluation, [&](const OpenedLayer& layer) {
    const btf::Btf& btf = *layer.btf;
    return btf.end_id() - btf.start_id() == 1 && !test(btf, btf.start_id());
  });
}

}  // namespace

bool confuses_core_log(const Evaluation& evaluation, const Answer& /*predicted*/) {
  return any_alone_fails(evaluation, is_known_to_core);
}

bool overreads_enum(const Evaluation& evaluation, const Answer& /*predicted*/) {
  return any_alone_fails(evaluation, is_read_within);
}

bool shifts_by_width(const Evaluation& evaluation, const Answer& /*predicted*/) {
  return any_alone_fails(evaluation, is_shifted_within);
}

bool shows_beyond_value(const Evaluation& evaluation, const Answer& /*predicted*/) {
  return any_loaded(evaluation, [](const OpenedLayer& layer) {
    const bool reaches_beyond = std::ranges::any_of(layer.unmet(), [](const btf::Error& error) {
      return error.check == btf::Check::member_bounds ||
             error.check == btf::Check::reference_loop || error.check == btf::Check::size_overflow;
    });
    return reaches_beyond && types_pass_alone(layer) && layer.kernel_walk().code() == 0;
  });
}

bool has_namesakes_of_other_kind(const Evaluation& evaluation, const Answer& predicted,
                                 const Answer& answer) {
  if (predicted.outcome != Outcome::accepted || answer.outcome != Outcome::broken ||
      answer.property != "core-finds-the-type-itself")
    return false;
  return any_loaded(evaluation, [](const OpenedLayer& layer) {
    std::map<std::string_view, btf::Kind> first;
    for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id) {
      const btf::Type type = layer.btf->type(id);
      const std::string_view name = essential_name(layer.btf->name(type));
      if (!name.empty() && first.emplace(name, type.kind()).first->second != type.kind())
        return true;
    }
    return false;
  });
}

bool shows_first_element_again(const Evaluation& evaluation, const Answer& predicted,
                               const Answer& answer) {
  if (predicted.outcome != Outcome::accepted || answer.outcome != Outcome::broken ||
      answer.property != "each-element-is-shown")
    return false;
  return any_loaded(evaluation, [](const OpenedLayer& layer) {
    return std::ranges::any_of(types_to_show(*layer.btf), [&](const ShownType& type) {
      return tells_elements_apart(*layer.btf, type.id) && has_unsized_elements(*layer.btf, type.id);
    });
  });
}

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

bool leaves_void_uncounted(const Evaluation& evaluation, const Answer& /*predicted*/,
                           const Answer& answer) {
  const bool concerned =
      evaluation.op == Op::check || evaluation.op == Op::find || evaluation.op == Op::relocate;
  const bool answered = answer.outcome == Outcome::accepted || answer.stage >= Stage::relocate;
  return concerned && answered && module_on_nothing(evaluation) != nullptr;
}

bool reads_behind_uncounted(const Evaluation& evaluation, const Answer& /*predicted*/) {
  if (evaluation.op != Op::relocate) return false;
  const btf::BtfPtr module = module_on_nothing(evaluation);
  return module && module->end_id() > 1 &&
         any_reference(*module, [&](std::uint32_t id) { return id == module->end_id() - 1; });
}

}  // namespace retort
