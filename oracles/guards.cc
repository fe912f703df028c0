// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/guards.h"

#include <algorithm>
#include <cerrno>

#include "oracles/properties/nomem.h"
#include "relocator/distill.h"
#include "relocator/flat_map.h"

namespace retort {
namespace {

// With 8 MiB of stack, libbpf's marking survives some 30,000 links with sanitizers and more
// without.
constexpr std::size_t kDeepChain = 30000;

bool relocates(const Evaluation& evaluation) {
  return evaluation.op == Op::relocate || evaluation.op == Op::roundtrip;
}

// Ids are rewritten once all types have matched, whether or not all strings do.
bool reaches_rewriting(const Evaluation& evaluation, const Answer& predicted) {
  return relocates(evaluation) &&
         (predicted.outcome == Outcome::accepted ||
          (predicted.stage == Stage::relocate && predicted.code == ENOENT));
}

bool has_valid_distilled_base(const btf::Btf& split) {
  for (std::uint32_t id = 1; id < split.start_id(); ++id) {
    const btf::Type type = split.type(id);
    const btf::Kind kind = type.kind();
    const bool allowed = kind == btf::Kind::int_ || kind == btf::Kind::float_ ||
                         kind == btf::Kind::enum_ || kind == btf::Kind::fwd ||
                         btf::is_composite(kind);
    if (!allowed || type.name_offset() == 0) return false;
  }
  return true;
}

// Whether following modifiers and elements from a type never ends. Each link is followed once.
class ChainEnds {
 public:
  explicit ChainEnds(const btf::Btf& top) : top_(top) {}

  bool never_ends(std::uint32_t id) {
    chain_.clear();
    bool loop = false;
    while (true) {
      const btf::Type type = top_.type(id);
      const bool array = type.kind() == btf::Kind::array;
      if (!array && !btf::is_modifier(type.kind())) break;
      // A link that is not decided yet is on this very chain.
      const auto [known, is_new] = known_.insert(id);
      if (!is_new) {
        loop = *known;
        break;
      }
      *known = true;
      chain_.push_back(id);
      id = array ? type.fixed(0) : type.type_id();
    }
    for (const std::uint32_t link : chain_) known_[link] = loop;
    return loop;
  }

 private:
  const btf::Btf& top_;
  btf::FlatMap<std::uint32_t, bool> known_;
  std::vector<std::uint32_t> chain_;
};

bool has_id_beyond(const btf::Type& type, std::uint32_t end) {
  bool beyond = false;
  btf::for_each_id(type, [&](std::size_t word) { beyond = beyond || type.word(word) >= end; });
  return beyond;
}

bool is_at_fault(const btf::Btf& top, std::uint32_t id, btf::Kind kind) {
  const btf::Type type = top.type(id);
  return type.kind() == kind && has_id_beyond(type, top.end_id());
}

bool any_own_type_at_fault(const btf::Btf& top, btf::Kind kind) {
  for (std::uint32_t id = top.start_id(); id < top.end_id(); ++id)
    if (is_at_fault(top, id, kind)) return true;
  return false;
}

bool any_type_below_at_fault(const btf::Btf& top, btf::Kind kind) {
  for (std::uint32_t id = 1; id < top.start_id(); ++id)
    if (is_at_fault(top, id, kind)) return true;
  return false;
}

// Looks at the types whose ids distilling or relocating rewrites. What a round trip relocates may
// have such an id though its source has none.
bool rewrites_id_beyond_end(const Evaluation& evaluation, const Answer& predicted, btf::Kind kind) {
  if (!evaluation.source) return false;
  const btf::Btf& source = *evaluation.source;
  if (reaches_rewriting(evaluation, predicted) && any_own_type_at_fault(*evaluation.split, kind))
    return true;
  if (!evaluation.distilled) return false;
  if (any_own_type_at_fault(source, kind)) return true;
  if (!any_type_below_at_fault(source, kind)) return false;
  for (const std::uint32_t id : btf::reached_base_types(source, *evaluation.policy))
    if (is_at_fault(source, id, kind)) return true;
  return false;
}

// The deepest recursion of a depth-first marking of base types, which marks before it descends.
class MarkingDepth {
 public:
  explicit MarkingDepth(const btf::Btf& source) : source_(source), marked_(source.start_id()) {}

  std::size_t measure() {
    for (std::uint32_t id = source_.start_id(); id < source_.end_id(); ++id) {
      push(source_.type(id));
      while (!stack_.empty()) step();
    }
    return deepest_;
  }

 private:
  struct Frame {
    std::vector<std::uint32_t> ids;
    std::size_t next = 0;
  };

  void push(const btf::Type& type) {
    Frame frame;
    btf::for_each_id(type, [&](std::size_t word) { frame.ids.push_back(type.word(word)); });
    stack_.push_back(std::move(frame));
    deepest_ = std::max(deepest_, stack_.size());
  }

  void step() {
    Frame& frame = stack_.back();
    if (frame.next == frame.ids.size()) return stack_.pop_back();
    const std::uint32_t id = frame.ids[frame.next++];
    if (id == 0 || id >= source_.start_id() || marked_[id]) return;
    marked_[id] = true;
    const btf::Type type = source_.type(id);
    if (!btf::is_composite(type.kind()) || type.name_offset() == 0) push(type);
  }

  const btf::Btf& source_;
  std::vector<bool> marked_;
  std::vector<Frame> stack_;
  std::size_t deepest_ = 0;
};

// Whether at least one type of the target fitted a distilled type: only then is its name mapped.
bool found_any_match(const Evaluation& evaluation, std::uint32_t distilled_id) {
  if (evaluation.failure == nullptr) return true;
  for (const btf::Mismatch& mismatch : evaluation.failure->mismatches)
    if (mismatch.distilled_id == distilled_id)
      return mismatch.reason == btf::MismatchReason::several;
  return true;
}

}  // namespace

bool has_modifier_loop_in_member(const Evaluation& evaluation, const Answer& predicted) {
  if (runs_program(evaluation.op))
    return reaches_by(evaluation.op, evaluation.pair, evaluation.dialect(), Hazard::modifier_loop);
  if (!relocates(evaluation) || !evaluation.split || !evaluation.target) return false;
  const bool relocation_begins =
      predicted.outcome == Outcome::accepted || predicted.stage == Stage::relocate;
  if (!relocation_begins) return false;
  const btf::Btf& split = *evaluation.split;
  if (!split.base() || !has_valid_distilled_base(split)) return false;
  ChainEnds chains(split);
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const btf::Type type = split.type(id);
    if (!btf::is_composite(type.kind())) continue;
    for (std::uint32_t index = 0; index < type.vlen(); ++index)
      if (chains.never_ends(type.element(index, 1))) return true;
  }
  return false;
}

bool has_fwd_id_out_of_range(const Evaluation& evaluation, const Answer& predicted) {
  if (runs_program(evaluation.op))
    return reaches_by(evaluation.op, evaluation.pair, evaluation.dialect(), Hazard::fwd_id);
  return rewrites_id_beyond_end(evaluation, predicted, btf::Kind::fwd);
}

bool has_return_id_out_of_range(const Evaluation& evaluation, const Answer& predicted) {
  if (runs_program(evaluation.op))
    return reaches_by(evaluation.op, evaluation.pair, evaluation.dialect(), Hazard::return_id);
  return rewrites_id_beyond_end(evaluation, predicted, btf::Kind::func_proto);
}

bool has_deep_base_chain(const Evaluation& evaluation, const Answer& /*predicted*/) {
  const bool marks = evaluation.op == Op::distill || evaluation.op == Op::roundtrip;
  const btf::BtfPtr& source = evaluation.source;
  if (!marks || !source || !source->base() || source->end_id() < kDeepChain) return false;
  return MarkingDepth(*source).measure() > kDeepChain;
}

bool has_string_beyond_top_distilled_layer(const Evaluation& evaluation, const Answer&) {
  if (runs_program(evaluation.op))
    return reaches_by(evaluation.op, evaluation.pair, evaluation.dialect(),
                      Hazard::stacked_strings);
  if (evaluation.op != Op::relocate || !evaluation.split || !evaluation.target) return false;
  const btf::Btf& split = *evaluation.split;
  if (!split.base() || !split.base()->base() || !has_valid_distilled_base(split)) return false;
  const std::uint32_t mapped = split.base()->header().str_len;
  for (std::uint32_t id = 1; id < split.start_id(); ++id)
    if (split.type(id).name_offset() >= mapped && found_any_match(evaluation, id)) return true;
  return false;
}

}  // namespace retort
