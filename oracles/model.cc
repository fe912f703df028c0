// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// One Run is one operation on one pair: it opens the parts in the order in which every oracle opens
// them, lets the reference answer, and puts the deviations' questions in between.
#include "oracles/model.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "oracles/digest.h"
#include "oracles/names.h"
#include "oracles/opened_pair.h"
#include "oracles/properties/laws.h"
#include "oracles/witnesses.h"
#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/relocate.h"

namespace retort {
namespace {

// The reference's judge, overruled by the active deviations in the order of the table.
class ModelJudge : public btf::Judge {
 public:
  ModelJudge(const ActiveDeviations& active, EntrySet& fired) : active_(active), fired_(fired) {}

  [[nodiscard]] bool same_size(const btf::Match& match) const override {
    bool verdict = Judge::same_size(match);
    for (const auto& [entry, deviation] : active_.same_size) {
      const bool changed = deviation->same_size(match, verdict);
      if (changed != verdict) fired_.set(entry);
      verdict = changed;
    }
    return verdict;
  }

  // Asked for the types of the target by ascending id, for one distilled type after the other.
  [[nodiscard]] bool fits(const btf::Match& match) const override {
    const bool again = fitted_ == match.distilled.id();
    const bool verdict = again ? judge_again(match, judge(match)) : judge(match);
    if (verdict) fitted_ = match.distilled.id();
    return verdict;
  }

 private:
  [[nodiscard]] bool judge_again(const btf::Match& match, bool verdict) const {
    for (const auto& [entry, deviation] : active_.asked_again) {
      const bool changed = judge(deviation->asked_again(match));
      if (changed != verdict) fired_.set(entry);
      verdict = changed;
    }
    return verdict;
  }

  [[nodiscard]] bool judge(const btf::Match& match) const {
    bool verdict = Judge::fits(match);
    for (const auto& [entry, deviation] : active_.fits) {
      const bool changed = deviation->fits(match, same_size(match), verdict);
      if (changed != verdict) fired_.set(entry);
      verdict = changed;
    }
    return verdict;
  }

  const ActiveDeviations& active_;
  EntrySet& fired_;
  mutable std::uint32_t fitted_ = 0;  ///< the distilled type that fitted last
};

// What an answer is wanted for. Explaining needs to know which entries had something to decide, a
// reader wants errors in words; foretelling, which fuzzing does all the time, needs neither.
enum class Purpose : std::uint8_t { foretell, read, explain };

// All others are about distillation, or about how the parts are read.
constexpr btf::RuleSet kRelocationRules = {
    btf::Rule::names_by_content, btf::Rule::size_always, btf::Rule::namesakes_per_kind,
    btf::Rule::exact_kind_wins, btf::Rule::distilled_namesakes_by_size};

class Run {
 public:
  Run(Op op, OpenedPair& pair, const btf::Policy& policy, const ActiveDeviations& active,
      Purpose purpose)
      : op_(op),
        purpose_(purpose),
        opened_(pair),
        parts_(pair.parts(policy)),
        policy_(policy),
        active_(active),
        evaluation_{.op = op,
                    .pair = pair.pair(),
                    .source = {},
                    .split = {},
                    .target = {},
                    .policy = &policy} {}

  Answer answer() {
    Answer answer = dispatch();
    for (const auto& [entry, deviation] : active_.answer) {
      change(entry, answer, same_answer,
             [&](Answer& changed) { deviation->answer(evaluation_, changed); });
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
  // What the value was before an entry changes it is kept only where somebody asks who changed it.
  template <class Value, class Same, class Change>
  void change(std::size_t entry, Value& value, Same same, Change make) {
    if (purpose_ != Purpose::explain) return make(value);
    const Value before = value;
    make(value);
    if (!same(before, value)) fired_.set(entry);
  }

  Answer dispatch() {
    const bool opened = open_parts();
    // The properties hold, as far as the model knows; deviations may say otherwise.
    if (is_property_op(op_)) return {};
    if (!opened) return refusal_;
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
      case Op::dedup:
        return deduplicate(evaluation_.split);
      case Op::laws:
      case Op::sequence:
      case Op::nomem:
      case Op::reparse:
      case Op::dump:
      case Op::ext:
      case Op::elf:
      case Op::core:
      case Op::kernel:
        break;
    }
    return {};
  }

  static Answer accepted(const btf::Digest& digest) {
    Answer answer;
    answer.digest = digest.value();
    return answer;
  }

  // Words are for who reads an answer: foretelling compares it only.
  [[nodiscard]] Answer rejected(const btf::Error& error, Stage stage) const {
    Answer answer{.outcome = Outcome::rejected, .code = error.code, .stage = stage};
    if (purpose_ != Purpose::foretell) answer.detail = btf::sentence(error);
    return answer;
  }

  // The parts in the order in which they can refuse: base or distilled base, splits, target.
  bool open_parts() {
    if (op_ == Op::check && parts_.base && !accept(*parts_.base, Stage::base)) return false;
    Stage stage = parts_.stack_is_distilled ? Stage::distilled : Stage::base;
    for (const OpenedLayer& layer : parts_.stack) {
      if (!accept(layer, stage)) return false;
      stage = Stage::split;
    }
    if (op_ != Op::check && !parts_.stack.empty())
      evaluation_.source = evaluation_.split = parts_.stack.back().btf;
    if (op_ != Op::find && op_ != Op::distill && op_ != Op::dedup && parts_.target) {
      if (!accept(*parts_.target, Stage::target)) return false;
      target_ = parts_.target->btf;
    }
    if (op_ == Op::roundtrip && !target_) target_ = parts_.stack.front().btf;
    evaluation_.target = target_;
    return true;
  }

  bool accept(const OpenedLayer& layer, Stage stage) {
    if (purpose_ == Purpose::explain) trace_layer(layer);
    const btf::Error* error = layer.btf ? first_fault(layer) : &layer.error;
    const int code = errno_of(layer, error != nullptr ? error->code : 0);
    if (code != 0) {
      refusal_ = error != nullptr ? rejected(*error, stage)
                                  : Answer{.outcome = Outcome::rejected, .stage = stage};
      refusal_.code = code;
      return false;
    }
    if (op_ != Op::check) return true;
    parts_digest_.add_wide(layer.digest());
    return true;
  }

  const btf::Error* first_fault(const OpenedLayer& layer) {
    const btf::Error* first = layer.first_unmet(policy_.checks);
    if (first == nullptr || active_.overlooks.empty()) return first;
    for (const btf::Error& error : layer.unmet())
      if (policy_.checks.has(*error.check) && !is_overlooked(layer, *error.check)) return &error;
    return nullptr;
  }

  bool is_overlooked(const OpenedLayer& layer, btf::Check check) {
    for (const auto& [entry, deviation] : active_.overlooks) {
      if (!deviation->overlooks(layer, check)) continue;
      fired_.set(entry);
      return true;
    }
    return false;
  }

  void trace_layer(const OpenedLayer& layer) {
    trace_.note(btf::Rule::wide_vlen, layer.dialects_differ());
    trace_.note(btf::Rule::fwd_type_refers, layer.has_fwd_with_type());
    for (const btf::Error& error : layer.unmet()) unmet_.insert(*error.check);
  }

  btf::Trace* trace() { return purpose_ == Purpose::explain ? &trace_ : nullptr; }

  // With what a part is refused, as the deviations have it.
  int errno_of(const OpenedLayer& layer, int code) {
    for (const auto& [entry, deviation] : active_.opened) {
      const int changed = deviation->opened(layer, code);
      if (changed != code) fired_.set(entry);
      code = changed;
    }
    return code;
  }

  // Every name of the top layer, alone and with its kind, and three names that need a convention.
  Answer find_all() {
    const btf::Btf& top = *evaluation_.split;
    const btf::NameIndex& index = opened_.index(evaluation_.split);
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
    for (const auto& [entry, deviation] : active_.find) {
      const FindResult changed = deviation->find(top, name, kind, found);
      if (changed != found) fired_.set(entry);
      found = changed;
    }
    return found;
  }

  std::expected<btf::Distilled, btf::Error> distilled() {
    auto result = btf::distill(*evaluation_.split, policy_, trace());
    if (!result) return result;
    evaluation_.distilled = true;
    for (const auto& [entry, deviation] : active_.distilled) {
      // Which of its two parts an entry changes, the split shows.
      change(
          entry, *result, [](const auto& a, const auto& b) { return a.split == b.split; },
          [&](auto& changed) { deviation->distilled(*evaluation_.split, changed); });
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
    return purpose_ == Purpose::foretell ? foretold(split, target, judge)
                                         : made_anew(split, target, judge);
  }

  Answer foretold(const btf::BtfPtr& split, const btf::BtfPtr& target, const btf::Judge& judge) {
    const KnownRelocation& known = opened_.relocation(
        split, target, policy_, {policy_.rules & kRelocationRules, active_.judges}, judge);
    if (!known.result) {
      evaluation_.failure = &known.result.error();
      return rejected(known.result.error().error, Stage::relocate);
    }
    Answer answer;
    answer.bytes = known.result->bytes;
    answer.digest = known.digest;
    return answer;
  }

  Answer made_anew(const btf::BtfPtr& split, const btf::BtfPtr& target, const btf::Judge& judge) {
    auto relocated = btf::relocate(*split, opened_.index(target), policy_, trace(), &judge);
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
  Purpose purpose_;
  OpenedPair& opened_;
  const OpenedParts& parts_;
  const btf::Policy& policy_;
  const ActiveDeviations& active_;
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

void ActiveDeviations::add(const ActiveDeviation& active) {
  const Deviation& deviation = *active.deviation;
  if (deviation.asked_again != nullptr || deviation.same_size != nullptr ||
      deviation.fits != nullptr)
    judges.push_back(&deviation);
  if (deviation.read != nullptr) read.push_back(active);
  if (deviation.overlooks != nullptr) overlooks.push_back(active);
  if (deviation.opened != nullptr) opened.push_back(active);
  if (deviation.asked_again != nullptr) asked_again.push_back(active);
  if (deviation.same_size != nullptr) same_size.push_back(active);
  if (deviation.fits != nullptr) fits.push_back(active);
  if (deviation.find != nullptr) find.push_back(active);
  if (deviation.distilled != nullptr) distilled.push_back(active);
  if (deviation.answer != nullptr) answer.push_back(active);
}

Model::Model(const EntrySet& set) : policy_(policy_of(set)) {
  const auto all = entries();
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (!set.test(index)) continue;
    if (all[index].deviation != nullptr) active_.add({index, all[index].deviation});
    if (all[index].guard != nullptr) guards_.push_back(index);
    if (all[index].tolerance != nullptr) tolerances_.set(index);
    if (all[index].blinds != nullptr) blinding_.push_back(index);
  }
}

// The model obeys the laws as far as its entries let it.
Answer Model::answer_to_laws(const Pair& pair, EntrySet* fired) const {
  return check_laws(
      [&](Op op, const Pair& variant) {
        OpenedPair opened(variant);
        return answer(op, opened, fired);
      },
      pair);
}

namespace {

Stage stage_of(const Part& part) {
  if (part.tag == kTarget) return Stage::target;
  if (part.tag == kSplit) return Stage::split;
  return part.tag == kDistilled ? Stage::distilled : Stage::base;
}

}  // namespace

// The pair as the oracle reads it, where that is not as it is.
std::optional<Pair> Model::as_read(const Pair& pair, EntrySet* fired) const {
  std::optional<Pair> read;
  for (const auto& [entry, deviation] : active_.read) {
    for (std::size_t index = 0; index < pair.parts.size(); ++index) {
      const Part& part = read ? read->parts[index] : pair.parts[index];
      auto bytes = deviation->read(part.bytes, stage_of(part));
      if (!bytes) continue;
      if (!read) read = pair;
      read->parts[index].bytes = std::move(*bytes);
      if (fired != nullptr) fired->set(entry);
    }
  }
  return read;
}

Answer Model::answer(Op op, OpenedPair& pair, EntrySet* fired) const {
  if (op == Op::laws) return answer_to_laws(pair.pair(), fired);
  if (const auto read = as_read(pair.pair(), fired)) {
    OpenedPair opened(*read);
    return answer_as_read(op, opened, fired);
  }
  return answer_as_read(op, pair, fired);
}

Answer Model::answer_as_read(Op op, OpenedPair& pair, EntrySet* fired) const {
  Run run(op, pair, policy_, active_, fired != nullptr ? Purpose::explain : Purpose::read);
  Answer answer = run.answer();
  if (fired != nullptr) *fired |= run.fired();
  return answer;
}

Answer Model::answer(Op op, const Pair& pair, EntrySet* fired) const {
  OpenedPair opened(pair);
  return answer(op, opened, fired);
}

std::optional<std::size_t> Model::blinded_by(Op op, OpenedPair& pair) const {
  for (const std::size_t index : blinding_)
    if (op != entries()[index].op && entries()[index].blinds(pair.parts(policy_))) return index;
  return {};
}

bool Model::allows(Op op, OpenedPair& pair, const Answer& answer) const {
  if (op == Op::laws && same_answer(answer_to_laws(pair.pair(), nullptr), answer)) return true;
  if (const auto read = as_read(pair.pair(), nullptr)) {
    OpenedPair opened(*read);
    return allows_as_read(op, opened, answer);
  }
  return allows_as_read(op, pair, answer);
}

bool Model::allows_as_read(Op op, OpenedPair& pair, const Answer& answer) const {
  Run run(op, pair, policy_, active_, Purpose::foretell);
  const Answer predicted = run.answer();
  if (same_answer(predicted, answer)) return true;
  for (std::size_t index = 0; index < entries().size(); ++index)
    if (tolerances_.test(index) && entries()[index].tolerance(run.evaluation(), predicted, answer))
      return true;
  return false;
}

// A guard keeps the laws away where it keeps any operation away: a variant is no safer.
Prediction Model::predict_laws(OpenedPair& pair) const {
  Prediction prediction;
  for (const Op op : ops_of(pair.pair())) {
    if (is_property_op(op)) continue;
    const Prediction part = predict(op, pair);
    if (part.guard) return {.answer = {}, .guard = part.guard};
  }
  prediction.answer = answer_to_laws(pair.pair(), nullptr);
  return prediction;
}

// What is kept away from an operation is kept away from its repetitions.
std::optional<std::size_t> Model::guard_of_any(OpenedPair& pair) const {
  for (const Op op : ops_of(pair.pair())) {
    if (is_property_op(op) && op != Op::sequence) continue;
    if (const Prediction part = predict(op, pair); part.guard) return part.guard;
  }
  return {};
}

Prediction Model::predict(Op op, OpenedPair& pair) const {
  if (op == Op::laws) return predict_laws(pair);
  // .BTF.ext is deduplicated with its BTF, where there is one.
  if (op == Op::ext && allows_op(pair.pair(), Op::dedup))
    if (const auto guard = predict(Op::dedup, pair).guard) return {.answer = {}, .guard = guard};
  if (op == Op::nomem)
    if (const auto guard = guard_of_any(pair)) return {.answer = {}, .guard = guard};
  if (const auto read = as_read(pair.pair(), nullptr)) {
    OpenedPair opened(*read);
    return predict_as_read(op, opened);
  }
  return predict_as_read(op, pair);
}

Prediction Model::predict_as_read(Op op, OpenedPair& pair) const {
  Run run(op, pair, policy_, active_, Purpose::foretell);
  Prediction prediction{.answer = run.answer(), .guard = {}};
  const bool only_parses = op == Op::check || op == Op::find;
  for (const std::size_t index : guards_) {
    if (only_parses && entries()[index].op != Op::check) continue;
    if (!prediction.guard && entries()[index].guard(run.evaluation(), prediction.answer))
      prediction.guard = index;
  }
  return prediction;
}

Answer answer_under(const btf::Policy& policy, Op op, const Pair& pair) {
  if (op == Op::laws)
    return check_laws(
        [&](Op part, const Pair& variant) { return answer_under(policy, part, variant); }, pair);
  OpenedPair opened(pair);
  const ActiveDeviations none;
  return Run(op, opened, policy, none, Purpose::read).answer();
}

}  // namespace retort
