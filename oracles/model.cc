// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// One Run is one operation on one pair: it opens the parts in the order in which every oracle opens
// them, lets the reference answer, and puts the deviations' questions in between.
#include "oracles/model.h"

#include <cerrno>
#include <functional>
#include <set>
#include <utility>

#include "oracles/digest.h"
#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/relocate.h"

namespace retort {
namespace {

// Bits of the info word, and header lengths, that the two dialects read differently.
constexpr std::uint32_t kWideInfoBits = 0x60ff0000;

// The reference's judge, overruled by the active deviations in the order of the table.
class ModelJudge : public btf::Judge {
 public:
  ModelJudge(const std::vector<ActiveDeviation>& active, EntrySet& fired)
      : active_(active), fired_(fired) {}

  [[nodiscard]] bool same_size(const btf::Match& match) const override {
    bool verdict = Judge::same_size(match);
    for (const auto& [entry, deviation] : active_) {
      if (deviation->same_size == nullptr) continue;
      const bool changed = deviation->same_size(match, verdict);
      if (changed != verdict) fired_.set(entry);
      verdict = changed;
    }
    return verdict;
  }

  // Asked for the types of the target by ascending id, for one distilled type after the other.
  [[nodiscard]] bool fits(const btf::Match& match) const override {
    const bool again = fitted_ == match.distilled.id();
    bool verdict = judge(match);
    for (const auto& [entry, deviation] : active_) {
      if (!again || deviation->asked_again == nullptr) continue;
      const bool changed = judge(deviation->asked_again(match));
      if (changed != verdict) fired_.set(entry);
      verdict = changed;
    }
    if (verdict) fitted_ = match.distilled.id();
    return verdict;
  }

 private:
  [[nodiscard]] bool judge(const btf::Match& match) const {
    bool verdict = Judge::fits(match);
    for (const auto& [entry, deviation] : active_) {
      if (deviation->fits == nullptr) continue;
      const bool changed = deviation->fits(match, same_size(match), verdict);
      if (changed != verdict) fired_.set(entry);
      verdict = changed;
    }
    return verdict;
  }

  const std::vector<ActiveDeviation>& active_;
  EntrySet& fired_;
  mutable std::uint32_t fitted_ = 0;  ///< the distilled type that fitted last
};

class Run {
 public:
  Run(Op op, const Pair& pair, const btf::Policy& policy,
      const std::vector<ActiveDeviation>& active, bool record)
      : op_(op),
        pair_(pair),
        policy_(policy),
        active_(active),
        record_(record),
        evaluation_{
            .op = op, .pair = pair, .source = {}, .split = {}, .target = {}, .policy = &policy} {}

  Answer answer() {
    Answer answer = dispatch();
    for (const auto& [entry, deviation] : active_) {
      if (deviation->answer == nullptr) continue;
      Answer before = answer;
      deviation->answer(evaluation_, answer);
      if (!same_answer(before, answer)) fired_.set(entry);
    }
    return answer;
  }

  [[nodiscard]] const Evaluation& evaluation() const { return evaluation_; }

  [[nodiscard]] EntrySet fired() const {
    EntrySet fired = fired_;
    const auto all = entries();
    for (std::size_t index = 0; index < all.size(); ++index) {
      if (all[index].rule && trace_.rules.has(*all[index].rule)) fired.set(index);
      if (all[index].check && unmet_.has(*all[index].check)) fired.set(index);
    }
    return fired;
  }

 private:
  Answer dispatch() {
    if (!open_parts()) return refusal_;
    switch (op_) {
      case Op::check:
        return accepted(parts_digest_);
      case Op::find:
        return find_all();
      case Op::distill:
        return distill();
      case Op::relocate:
        return relocate(evaluation_.split, target_);
      case Op::roundtrip:
        return roundtrip();
    }
    return {};
  }

  static Answer accepted(const btf::Digest& digest) {
    Answer answer;
    answer.digest = digest.value();
    return answer;
  }

  bool refuse(const btf::Error& error, Stage stage) {
    refusal_ = rejected(error, stage);
    return false;
  }

  static Answer rejected(const btf::Error& error, Stage stage) {
    Answer answer{.outcome = Outcome::rejected, .code = error.code, .stage = stage};
    answer.detail = btf::sentence(error);
    return answer;
  }

  // The parts in the order in which they can refuse: base or distilled base, splits, target.
  bool open_parts() {
    const bool on_distilled = pair_.find(kDistilled) != nullptr;
    btf::BtfPtr top;
    if (op_ == Op::check && on_distilled && pair_.find(kBase) != nullptr &&
        !open_part(kBase, Stage::base, nullptr))
      return false;
    if (const auto lowest = on_distilled ? kDistilled : kBase; pair_.find(lowest) != nullptr) {
      top = open_part(lowest, on_distilled ? Stage::distilled : Stage::base, nullptr);
      if (!top) return false;
      for (const auto* bytes : pair_.splits()) {
        top = open_layer(*bytes, Stage::split, top);
        if (!top) return false;
      }
    }
    if (op_ != Op::check) evaluation_.source = evaluation_.split = top;
    if (op_ != Op::find && op_ != Op::distill && pair_.find(kTarget) != nullptr) {
      target_ = open_part(kTarget, Stage::target, nullptr);
      if (!target_) return false;
    }
    if (op_ == Op::roundtrip && !target_) target_ = lowest_of(top);
    evaluation_.target = target_;
    return true;
  }

  static btf::BtfPtr lowest_of(btf::BtfPtr layer) {
    while (layer->base()) layer = layer->base();
    return layer;
  }

  btf::BtfPtr open_part(std::string_view tag, Stage stage, btf::BtfPtr base) {
    return open_layer(*pair_.find(tag), stage, std::move(base));
  }

  btf::BtfPtr open_layer(const std::vector<std::byte>& bytes, Stage stage, btf::BtfPtr base) {
    const btf::ParseOptions options{.base = base,
                                    .dialect = policy_.follows(btf::Rule::wide_vlen)
                                                   ? btf::Dialect::wide
                                                   : btf::Dialect::narrow,
                                    .fwd_type_refers = policy_.follows(btf::Rule::fwd_type_refers),
                                    .borrow = true};
    const auto parsed = btf::Btf::parse(bytes, options);
    if (record_) note_dialect(bytes, parsed ? parsed->get() : nullptr);
    if (!parsed) {
      refuse(parsed.error(), stage);
      return nullptr;
    }
    if (record_) note_unmet(**parsed);
    if (const auto error = btf::first_unmet(**parsed, policy_.checks)) {
      refuse(*error, stage);
      return nullptr;
    }
    const std::uint64_t digest = btf::canonical_digest(**parsed).value();
    parts_digest_.add(static_cast<std::uint32_t>(digest));
    parts_digest_.add(static_cast<std::uint32_t>(digest >> 32));
    return *parsed;
  }

  // The dialects can only differ where the header is not of 24 bytes or a bit that only one of them
  // reads is set; a part that this dialect could not walk may be readable to the other.
  void note_dialect(const std::vector<std::byte>& bytes, const btf::Btf* layer) {
    bool differs = layer == nullptr || layer->header().hdr_len != btf::kHeaderBytes;
    if (layer != nullptr) {
      for (std::uint32_t id = layer->start_id(); id < layer->end_id(); ++id) {
        const btf::Type type = layer->type(id);
        differs = differs || (type.word(1) & kWideInfoBits) != 0;
        trace_.note(btf::Rule::fwd_type_refers, type.kind() == btf::Kind::fwd && type.word(2) != 0);
      }
    }
    trace_.note(btf::Rule::wide_vlen, differs && !bytes.empty());
  }

  void note_unmet(const btf::Btf& layer) { unmet_ |= btf::unmet_checks(layer); }

  // Every name of the top layer, alone and with its kind, and three names that need a convention.
  Answer find_all() {
    const btf::Btf& top = *evaluation_.split;
    const btf::NameIndex index(top);
    btf::Digest digest;
    const auto ask = [&](std::string_view name, std::optional<btf::Kind> kind) {
      const FindResult found = overruled(top, name, kind, index.find(name, kind));
      digest.add(found ? *found : 0xffffffff);
    };
    for (const auto& [name, kind] : names_to_find(top)) {
      ask(name, {});
      ask(name, kind);
    }
    return accepted(digest);
  }

  FindResult overruled(const btf::Btf& top, std::string_view name, std::optional<btf::Kind> kind,
                       FindResult found) {
    for (const auto& [entry, deviation] : active_) {
      if (deviation->find == nullptr) continue;
      const FindResult changed = deviation->find(top, name, kind, found);
      if (changed != found) fired_.set(entry);
      found = changed;
    }
    return found;
  }

  std::expected<btf::Distilled, btf::Error> distilled() {
    auto result = btf::distill(*evaluation_.split, policy_, &trace_);
    if (!result) return result;
    evaluation_.distilled = true;
    for (const auto& [entry, deviation] : active_) {
      if (deviation->distilled == nullptr) continue;
      const auto before = result->split;
      deviation->distilled(*evaluation_.split, *result);
      if (before != result->split) fired_.set(entry);
    }
    return result;
  }

  Answer distill() {
    auto result = distilled();
    if (!result) return rejected(result.error(), Stage::distill);
    Answer answer;
    answer.digest = digest_of_distilled(result->base, result->split, policy_dialect());
    answer.base_bytes = std::move(result->base);
    answer.bytes = std::move(result->split);
    return answer;
  }

  Answer relocate(const btf::BtfPtr& split, const btf::BtfPtr& target) {
    const ModelJudge judge(active_, fired_);
    const btf::NameIndex index(*target);
    auto relocated = btf::relocate(*split, index, policy_, &trace_, &judge);
    if (!relocated) {
      failure_ = std::move(relocated.error());
      evaluation_.failure = &failure_;
      return rejected(failure_.error, Stage::relocate);
    }
    Answer answer;
    answer.bytes = std::move(relocated->bytes);
    answer.digest = digest_of_result(answer.bytes, target, policy_dialect());
    return answer;
  }

  Answer roundtrip() {
    const auto result = distilled();
    if (!result) return rejected(result.error(), Stage::distill);
    // The distilled base is read without the checks: it may be empty, as no other base may.
    btf::ParseOptions options{.dialect = policy_dialect(),
                              .fwd_type_refers = policy_.follows(btf::Rule::fwd_type_refers)};
    const auto base = btf::Btf::parse(result->base, options);
    if (!base) return rejected(base.error(), Stage::distilled);
    options.base = *base;
    const auto split = btf::Btf::parse(result->split, options);
    if (!split) return rejected(split.error(), Stage::split);
    if (const auto error = btf::first_unmet(**split, policy_.checks))
      return rejected(*error, Stage::split);
    evaluation_.split = *split;
    return relocate(*split, target_);
  }

  [[nodiscard]] btf::Dialect policy_dialect() const {
    return policy_.follows(btf::Rule::wide_vlen) ? btf::Dialect::wide : btf::Dialect::narrow;
  }

  Op op_;
  const Pair& pair_;
  const btf::Policy& policy_;
  const std::vector<ActiveDeviation>& active_;
  bool record_;
  Evaluation evaluation_;
  btf::BtfPtr target_;
  btf::Digest parts_digest_;
  btf::RelocationFailure failure_;
  Answer refusal_;
  btf::Trace trace_;
  btf::CheckSet unmet_;
  EntrySet fired_;
};

}  // namespace

std::vector<std::pair<std::string, btf::Kind>> names_to_find(const btf::Btf& top) {
  std::set<std::pair<std::string, btf::Kind>> names;
  for (std::uint32_t id = top.start_id(); id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    names.emplace(top.name(type), type.kind());
  }
  for (const std::string_view name : {"void", "", "retort: no such name"})
    names.emplace(name, btf::Kind::struct_);
  return {names.begin(), names.end()};
}

btf::Policy policy_of(const EntrySet& set) {
  btf::Policy policy = btf::agreed_policy();
  const auto all = entries();
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (!set.test(index)) continue;
    if (all[index].check) policy.checks.erase(*all[index].check);
    if (const auto rule = all[index].rule)
      policy.rules.has(*rule) ? policy.rules.erase(*rule) : policy.rules.insert(*rule);
  }
  return policy;
}

Model::Model(const EntrySet& set) : policy_(policy_of(set)) {
  const auto all = entries();
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (!set.test(index)) continue;
    if (all[index].deviation != nullptr) deviations_.push_back(index);
    if (all[index].guard != nullptr) guards_.push_back(index);
    if (all[index].tolerance != nullptr) tolerances_.set(index);
  }
}

std::vector<ActiveDeviation> Model::active() const {
  std::vector<ActiveDeviation> active;
  for (const std::size_t index : deviations_) active.push_back({index, entries()[index].deviation});
  return active;
}

Answer Model::answer(Op op, const Pair& pair, EntrySet* fired) const {
  const std::vector<ActiveDeviation> active = this->active();
  Run run(op, pair, policy_, active, fired != nullptr);
  const Answer answer = run.answer();
  if (fired != nullptr) *fired |= run.fired();
  return answer;
}

bool Model::allows(Op op, const Pair& pair, const Answer& answer) const {
  const std::vector<ActiveDeviation> active = this->active();
  Run run(op, pair, policy_, active, false);
  const Answer predicted = run.answer();
  if (same_answer(predicted, answer)) return true;
  for (std::size_t index = 0; index < entries().size(); ++index)
    if (tolerances_.test(index) && entries()[index].tolerance(run.evaluation(), predicted, answer))
      return true;
  return false;
}

Prediction Model::predict(Op op, const Pair& pair) const {
  const std::vector<ActiveDeviation> active = this->active();
  Run run(op, pair, policy_, active, true);
  Prediction prediction{.answer = run.answer(), .guard = {}, .fired = run.fired()};
  if (op == Op::check || op == Op::find) return prediction;
  for (const std::size_t index : guards_)
    if (!prediction.guard && entries()[index].guard(run.evaluation(), prediction.answer))
      prediction.guard = index;
  return prediction;
}

std::optional<std::size_t> Model::guard_for(Op op, const Pair& pair) const {
  return predict(op, pair).guard;
}

Answer answer_under(const btf::Policy& policy, Op op, const Pair& pair) {
  const std::vector<ActiveDeviation> none;
  return Run(op, pair, policy, none, false).answer();
}

}  // namespace retort
