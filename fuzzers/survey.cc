// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/survey.h"

#include <optional>

#include "oracles/digest.h"
#include "oracles/libbpf/ops.h"
#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/graph.h"
#include "relocator/relocate.h"

namespace retort {
namespace {

using ByteVector = std::vector<std::byte>;

struct Distillate {
  ByteVector base;
  ByteVector split;
};

ByteVector raw_copy(const libbpf_ops& ops, const lb_btf* btf) {
  std::uint32_t length = 0;
  const auto* data = static_cast<const std::byte*>(ops.raw(btf, &length));
  if (data == nullptr) return {};
  return {data, data + length};
}

}  // namespace

// What one side made of a module; a step that was refused holds nothing.
struct Surveyor::Steps {
  std::optional<Distillate> distilled;
  std::optional<ByteVector> own;
  std::optional<ByteVector> other;
};

// One version of libbpf with both kernels in its memory.
class Surveyor::LibbpfSide {
 public:
  LibbpfSide(const libbpf_ops& ops, btf::Bytes own, btf::Bytes other) : ops_(ops) {
    ops_.init();
    own_ = parse(own, nullptr);
    other_ = parse(other, nullptr);
  }
  LibbpfSide(const LibbpfSide&) = delete;
  LibbpfSide& operator=(const LibbpfSide&) = delete;
  ~LibbpfSide() {
    ops_.free(own_);
    ops_.free(other_);
  }

  [[nodiscard]] const libbpf_ops& ops() const { return ops_; }

  Steps ask(btf::Bytes module) {
    Steps steps;
    lb_btf* split = parse(module, own_);
    lb_btf* new_base = nullptr;
    lb_btf* new_split = nullptr;
    if (split != nullptr && ops_.distill(split, &new_base, &new_split) == 0) {
      steps.distilled = Distillate{raw_copy(ops_, new_base), raw_copy(ops_, new_split)};
      ops_.free(new_split);
      ops_.free(new_base);
      steps.own = relocate(*steps.distilled, own_);
      steps.other = relocate(*steps.distilled, other_);
    }
    ops_.free(split);
    return steps;
  }

 private:
  lb_btf* parse(btf::Bytes bytes, lb_btf* base) {
    lb_btf* parsed = nullptr;
    const auto length = static_cast<std::uint32_t>(bytes.size());
    return ops_.parse(bytes.data(), length, base, &parsed) == 0 ? parsed : nullptr;
  }

  std::optional<ByteVector> relocate(const Distillate& module, const lb_btf* target) {
    std::optional<ByteVector> result;
    lb_btf* base = parse(module.base, nullptr);
    lb_btf* split = base != nullptr ? parse(module.split, base) : nullptr;
    if (split != nullptr && target != nullptr && ops_.relocate(split, target) == 0)
      result = raw_copy(ops_, split);
    ops_.free(split);
    ops_.free(base);
    return result;
  }

  const libbpf_ops& ops_;
  lb_btf* own_ = nullptr;
  lb_btf* other_ = nullptr;
};

namespace {

// Counts one step of one module; false where the two sides do not say the same.
bool count(StepCount& step, bool reference, bool libbpf, bool same_canonical, bool same_bytes) {
  ++step.asked;
  step.accepted += reference ? 1 : 0;
  step.same_verdict += reference == libbpf ? 1 : 0;
  if (!reference || !libbpf) return reference == libbpf;
  step.same_canonical += same_canonical ? 1 : 0;
  step.same_bytes += same_bytes ? 1 : 0;
  return same_canonical;
}

bool count_distilled(StepCount& step, const std::optional<Distillate>& reference,
                     const std::optional<Distillate>& libbpf) {
  if (!reference || !libbpf)
    return count(step, reference.has_value(), libbpf.has_value(), false, false);
  const auto digest = [](const Distillate& made) {
    return digest_of_distilled(made.base, made.split, btf::Dialect::wide);
  };
  const bool same = reference->base == libbpf->base && reference->split == libbpf->split;
  return count(step, true, true, same || digest(*reference) == digest(*libbpf), same);
}

bool count_relocated(StepCount& step, const btf::BtfPtr& target,
                     const std::optional<ByteVector>& reference,
                     const std::optional<ByteVector>& libbpf) {
  if (!reference || !libbpf)
    return count(step, reference.has_value(), libbpf.has_value(), false, false);
  const auto digest = [&](const ByteVector& bytes) {
    return digest_of_result(bytes, target, btf::Dialect::wide);
  };
  const bool same = *reference == *libbpf;
  return count(step, true, true, same || digest(*reference) == digest(*libbpf), same);
}

std::optional<ByteVector> relocate_by_reference(const Distillate& module,
                                                const btf::NameIndex& target) {
  const auto base = btf::Btf::parse(module.base);
  if (!base) return {};
  const auto split = btf::Btf::parse(module.split, {.base = *base});
  if (!split) return {};
  auto relocated = btf::relocate(**split, target, btf::agreed_policy());
  if (!relocated) return {};
  return std::move(relocated->bytes);
}

}  // namespace

std::expected<std::unique_ptr<Surveyor>, btf::Error> Surveyor::open(
    btf::Bytes own, btf::Bytes other, std::span<const Oracle* const> further) {
  auto own_btf = btf::open(own, btf::agreed_policy(), nullptr, true);
  if (!own_btf) return std::unexpected(own_btf.error());
  auto other_btf = btf::open(other, btf::agreed_policy(), nullptr, true);
  if (!other_btf) return std::unexpected(other_btf.error());
  auto surveyor = std::unique_ptr<Surveyor>(new Surveyor(*own_btf, *other_btf));
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops) {
    surveyor->sides_.push_back(std::make_unique<LibbpfSide>(**ops, own, other));
    OracleSurvey oracle;
    oracle.oracle = std::string("libbpf-") + (*ops)->series;
    oracle.version = (*ops)->version;
    surveyor->survey_.oracles.push_back(std::move(oracle));
  }
  if (!further.empty()) surveyor->onto_other_.set(kTarget, {other.begin(), other.end()});
  for (const Oracle* oracle : further) {
    surveyor->further_.push_back(oracle);
    OracleSurvey said;
    said.oracle = oracle->name();
    said.version = oracle->version();
    surveyor->survey_.oracles.push_back(std::move(said));
  }
  return surveyor;
}

Surveyor::Surveyor(btf::BtfPtr own, btf::BtfPtr other)
    : own_(std::move(own)), other_(std::move(other)), own_index_(*own_), other_index_(*other_) {}

Surveyor::~Surveyor() = default;

Surveyor::Steps Surveyor::ask_reference(btf::Bytes module) const {
  Steps steps;
  const auto split = btf::open(module, btf::agreed_policy(), own_, true);
  if (!split) return steps;
  auto distilled = btf::distill(**split, btf::agreed_policy());
  if (!distilled) return steps;
  steps.distilled = Distillate{std::move(distilled->base), std::move(distilled->split)};
  steps.own = relocate_by_reference(*steps.distilled, own_index_);
  steps.other = relocate_by_reference(*steps.distilled, other_index_);
  return steps;
}

void Surveyor::add(const std::string& name, btf::Bytes module) {
  ++survey_.modules;
  const Steps reference = ask_reference(module);
  check_round_trip(name, module, reference);
  for (std::size_t side = 0; side < sides_.size(); ++side) {
    OracleSurvey& oracle = survey_.oracles[side];
    const Steps libbpf = sides_[side]->ask(module);
    const auto note = [&](bool same, const char* step) {
      if (!same) oracle.differing.push_back(name + ": " + step);
    };
    note(count_distilled(oracle.distill, reference.distilled, libbpf.distilled), "distill");
    if (!reference.distilled || !libbpf.distilled) continue;
    note(count_relocated(oracle.own, own_, reference.own, libbpf.own), "onto its own kernel");
    note(count_relocated(oracle.other, other_, reference.other, libbpf.other),
         "onto the other kernel");
  }
  if (!further_.empty() && reference.distilled) ask_further(name, reference);
}

void Surveyor::ask_further(const std::string& name, const Steps& reference) {
  onto_other_.set(kDistilled, reference.distilled->base);
  onto_other_.set(kSplit, reference.distilled->split);
  for (std::size_t index = 0; index < further_.size(); ++index) {
    const Oracle& oracle = *further_[index];
    OracleSurvey& survey = survey_.oracles[sides_.size() + index];
    if (!oracle.answers(Op::relocate, onto_other_)) continue;
    Answer answer = oracle.answer(Op::relocate, onto_other_);
    std::optional<ByteVector> relocated;
    if (answer.outcome == Outcome::accepted) relocated = std::move(answer.bytes);
    const bool died = answer.outcome != Outcome::accepted && answer.outcome != Outcome::rejected;
    if (!count_relocated(survey.other, other_, reference.other, relocated) || died)
      survey.differing.push_back(name + ": onto the other kernel " +
                                 std::string(outcome_name(answer.outcome)) + " " + answer.detail);
  }
}

// The types of the module come first in what was relocated, in their old order.
void Surveyor::check_round_trip(const std::string& name, btf::Bytes module, const Steps& steps) {
  if (!steps.own) return;
  ++survey_.round_trips;
  const auto before = btf::Btf::parse(module, {.base = own_, .borrow = true});
  const auto after = btf::Btf::parse(*steps.own, {.base = own_, .borrow = true});
  if (!before || !after) return;
  btf::GraphComparison graphs(**before, **after);
  for (std::uint32_t id = (*before)->start_id(); id < (*before)->end_id(); ++id) {
    if (graphs.same(id, id)) continue;
    const auto [was, is] = graphs.difference();
    survey_.changed_graphs.push_back(name + ": type " + std::to_string(was) + " became type " +
                                     std::to_string(is));
    return;
  }
  ++survey_.same_graph;
}

}  // namespace retort
