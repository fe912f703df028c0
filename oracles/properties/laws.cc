// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/laws.h"

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "oracles/digest.h"
#include "oracles/properties/variants.h"
#include "relocator/graph.h"
#include "relocator/index.h"

namespace retort {
namespace {

constexpr Law kLaws[] = {
    {.name = "byte-order", .sentence = "an answer does not depend on the byte order of the input"},
    {.name = "idle-strings",
     .sentence = "an answer depends on the content of names, not on the offsets, the order or the "
                 "number of the strings"},
    {.name = "target-order",
     .sentence = "relocation does not depend on the order of the target's types where each kind "
                 "and name is there once"},
    {.name = "round-trip",
     .sentence = "relocating what was distilled onto the base it came from gives back the same "
                 "type graph, or names an ambiguity which that base has"},
    {.name = "distilled-again", .sentence = "distilling what was distilled before changes nothing"},
    {.name = "results-are-valid",
     .sentence = "what distillation and relocation of valid input give is accepted by the check"},
};
enum LawIndex : std::size_t {
  byte_order_law,
  idle_strings_law,
  target_order_law,
  round_trip_law,
  distilled_again_law,
  results_are_valid_law
};

std::string in_words(const Answer& answer) {
  std::string text(outcome_name(answer.outcome));
  if (answer.outcome == Outcome::rejected)
    text +=
        " (" + std::to_string(answer.code) + " at " + std::string(stage_name(answer.stage)) + ")";
  return text;
}

Answer broken_by(LawIndex law, Op op, const Answer& answer, const Answer& variant) {
  std::string words =
      std::string(op_name(op)) + ": " + in_words(answer) + ", of the variant " + in_words(variant);
  if (answer.outcome == variant.outcome) words += " with another result";
  return broken(kLaws[law].name, std::move(words));
}

btf::BtfPtr parse(const std::vector<std::byte>& bytes, btf::BtfPtr base = nullptr) {
  const auto parsed = btf::Btf::parse(bytes, {.base = std::move(base)});
  return parsed ? *parsed : nullptr;
}

class Trial {
 public:
  Trial(const AskHere& ask, const Pair& pair, const Layers& layers)
      : ask_(ask), pair_(pair), layers_(layers) {}

  Answer run() {
    for (const Op op : ops_of(pair_))
      if (!is_property_op(op)) answers_.emplace_back(op, ask_(op, pair_));
    using Part = std::optional<Answer> (Trial::*)();
    for (const Part part : {&Trial::byte_order, &Trial::idle_strings, &Trial::target_order,
                            &Trial::round_trip, &Trial::distilled_again, &Trial::valid_results})
      if (std::optional<Answer> answer = (this->*part)()) return std::move(*answer);
    return {};
  }

 private:
  const Answer* answer_to(Op op) const {
    for (const auto& [asked, answer] : answers_)
      if (asked == op) return &answer;
    return nullptr;
  }

  // Relocation refuses a string of the distilled base that is no name of a type there; what is
  // written anew has such strings no more.
  static bool lacks_string(const Answer& answer) {
    return answer.outcome == Outcome::rejected && answer.stage == Stage::relocate &&
           answer.code == ENOENT;
  }

  // A distillation carries its byte order over, and its digest tells: here only the rest counts.
  static void forget_byte_order(Op op, Answer& answer) {
    if (op != Op::distill || answer.outcome != Outcome::accepted) return;
    answer.digest = digest_of_both(answer.base_bytes, answer.bytes, btf::Dialect::wide);
  }

  std::optional<Answer> byte_order() {
    return unchanged_by(byte_order_law, in_other_byte_order(pair_, layers_), forget_byte_order);
  }

  std::optional<Answer> idle_strings() {
    return unchanged_by(idle_strings_law, with_idle_strings(pair_, layers_), [](Op, Answer&) {});
  }

  // Whether the variant gets the same answers, but for what `forget` takes out of them.
  template <class Forget>
  std::optional<Answer> unchanged_by(LawIndex law, const Pair& variant, Forget forget) {
    for (const auto& [op, answer] : answers_) {
      if (lacks_string(answer)) continue;
      Answer expected = answer;
      Answer again = ask_(op, variant);
      forget(op, expected);
      forget(op, again);
      if (!same_answer(expected, again)) return broken_by(law, op, expected, again);
    }
    return {};
  }

  std::optional<Answer> target_order() {
    if (!layers_.target || !names_are_unique(*layers_.target)) return {};
    const Pair variant = with_target_reversed(pair_, layers_);
    for (const Op op : {Op::relocate, Op::roundtrip}) {
      const Answer* const answer = answer_to(op);
      if (answer == nullptr) continue;
      Answer again = ask_(op, variant);
      if (again.outcome == Outcome::accepted) again.digest = digest_in_order(again, variant);
      Answer expected = *answer;
      if (expected.outcome == Outcome::accepted) expected.digest = digest_anew(expected);
      if (!same_answer(expected, again)) return broken_by(target_order_law, op, expected, again);
    }
    return {};
  }

  // Results are put together anew on both sides, so that strings which nothing uses do not count.
  std::uint64_t digest_in_order(const Answer& answer, const Pair& variant) const {
    const btf::BtfPtr split = parse(answer.bytes, parse(*variant.find(kTarget)));
    if (!split) return 0;
    return digest_of_result(on_base_in_order(*split, *layers_.target), layers_.target,
                            btf::Dialect::wide);
  }
  std::uint64_t digest_anew(const Answer& answer) const {
    return digest_of_result(answer.bytes, layers_.target, btf::Dialect::wide);
  }

  std::optional<Answer> round_trip() {
    if (answer_to(Op::roundtrip) == nullptr) return {};
    Pair home = pair_;
    std::erase_if(home.parts, [](const Part& part) { return part.tag == kTarget; });
    const Answer answer = ask_(Op::roundtrip, home);
    if (answer.outcome == Outcome::accepted) return same_graph(answer);
    if (answer.outcome != Outcome::rejected || answer.stage != Stage::relocate) return {};
    // What cannot be told apart lies in the layers below: those of a stack, or a name used twice.
    if (layers_.stack.size() > 2 || !names_are_unique(*layers_.stack[0])) return {};
    return broken(kLaws[round_trip_law].name,
                  "no relocation onto the base it came from, where each kind and name is once: " +
                      in_words(answer));
  }

  std::optional<Answer> same_graph(const Answer& answer) const {
    if (layers_.stack.size() > 2) return {};
    const btf::Btf& source = *layers_.stack.back();
    const btf::BtfPtr result = parse(answer.bytes, layers_.stack[0]);
    if (!result) return broken(kLaws[round_trip_law].name, "the result cannot be read");
    if (result->end_id() < source.end_id())
      return broken(kLaws[round_trip_law].name, "the result has fewer types");
    btf::GraphComparison graphs(source, *result);
    for (std::uint32_t id = source.start_id(); id < source.end_id(); ++id)
      if (!graphs.same(id, id))
        return broken(kLaws[round_trip_law].name,
                      "type " + std::to_string(id) + " came back as another");
    return {};
  }

  std::optional<Answer> distilled_again() {
    const Answer* const once = answer_to(Op::distill);
    if (once == nullptr || once->outcome != Outcome::accepted || !has_types(once->base_bytes))
      return {};
    Pair distilled;
    distilled.append(kBase, once->base_bytes);
    distilled.append(kSplit, once->bytes);
    const Answer twice = ask_(Op::distill, distilled);
    if (same_answer(*once, twice)) return {};
    return broken_by(distilled_again_law, Op::distill, *once, twice);
  }

  // By the agreed rules a VAR that holds a struct of the base by value does not make its size
  // matter, so the DATASEC of a relocated split may state another size than its VAR has.
  [[nodiscard]] bool has_datasec() const {
    for (const btf::BtfPtr& layer : layers_.stack)
      for (std::uint32_t id = layer->start_id(); id < layer->end_id(); ++id)
        if (layer->type(id).kind() == btf::Kind::datasec) return true;
    return false;
  }

  std::optional<Answer> valid_results() {
    if (has_datasec()) return {};
    for (const auto& [op, answer] : answers_) {
      const bool distilled = op == Op::distill;
      if (answer.outcome != Outcome::accepted || answer.bytes.empty()) continue;
      // A witness is no valid type: its name is nobody's.
      if (op == Op::dedup) continue;
      if (distilled && !has_types(answer.base_bytes)) continue;
      const std::vector<std::byte>* lowest = &answer.base_bytes;
      if (!distilled) lowest = pair_.find(pair_.find(kTarget) != nullptr ? kTarget : kBase);
      if (!distilled && pair_.find(kTarget) == nullptr && layers_.stack.size() > 2) continue;
      Pair result;
      result.append(kBase, *lowest);
      result.append(kSplit, answer.bytes);
      const Answer check = ask_(Op::check, result);
      if (check.outcome != Outcome::accepted)
        return broken(kLaws[results_are_valid_law].name,
                      std::string(op_name(op)) + ": the result is " + in_words(check));
    }
    return {};
  }

  // A base without a type is what distillation gives where nothing of the base is in use; as a base
  // of its own it is refused.
  static bool has_types(const std::vector<std::byte>& base) {
    const btf::BtfPtr layer = parse(base);
    return layer && layer->end_id() > layer->start_id();
  }

  const AskHere& ask_;
  const Pair& pair_;
  const Layers& layers_;
  std::vector<std::pair<Op, Answer>> answers_;
};

bool is_stack_on_distilled(const Pair& pair) {
  return pair.find(kDistilled) != nullptr && pair.splits().size() > 1;
}

}  // namespace

std::span<const Law> laws() {
  return kLaws;
}

Answer check_laws(const AskHere& ask, const Pair& pair) {
  if (is_stack_on_distilled(pair)) return {};
  const std::optional<Layers> layers = well_formed_layers(pair);
  if (!layers) return {};
  return Trial(ask, pair, *layers).run();
}

}  // namespace retort
