// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/libbpf_oracle.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "oracles/digest.h"
#include "oracles/entries.h"
#include "oracles/names.h"
#include "oracles/properties/core.h"
#include "oracles/properties/dump.h"
#include "oracles/properties/elf.h"
#include "oracles/properties/ext.h"
#include "oracles/properties/laws.h"
#include "oracles/properties/library_stack.h"
#include "oracles/properties/nomem.h"
#include "oracles/properties/reparse.h"
#include "oracles/properties/sequence.h"
#include "oracles/witnesses.h"
#include "relocator/canonical.h"

namespace retort {
namespace {

std::vector<std::byte> copy_of(btf::Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

// One operation on one pair. Layers are freed topmost first.
class LibbpfRun {
 public:
  LibbpfRun(const Library& library, Op op, const Pair& pair, bool under_fault = false)
      : library_(library), ops_(*library.ops), op_(op), pair_(pair), under_fault_(under_fault) {}
  LibbpfRun(const LibbpfRun&) = delete;
  LibbpfRun& operator=(const LibbpfRun&) = delete;
  ~LibbpfRun() {
    while (!layers_.empty()) layers_.pop_back();
  }

  Answer answer() {
    if (!open_parts()) return refusal_;
    switch (op_) {
      case Op::check:
        return accepted();
      case Op::find:
        return find_all();
      case Op::distill:
        return distill();
      case Op::relocate:
        return relocate(top_, target_, pair_.find(kTarget));
      case Op::roundtrip:
        return roundtrip();
      case Op::dedup:
        return dedup();
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

 private:
  Answer accepted() {
    Answer answer;
    answer.digest = digest_.value();
    return answer;
  }

  static Answer rejected(int error, Stage stage) {
    return {.outcome = Outcome::rejected,
            .code = -error,
            .stage = stage,
            .detail = std::strerror(-error)};
  }

  bool open_parts() {
    const bool on_distilled = pair_.find(kDistilled) != nullptr;
    if (op_ == Op::check && on_distilled && pair_.find(kBase) != nullptr &&
        open(*pair_.find(kBase), Stage::base, nullptr) == nullptr)
      return false;
    const auto lowest = on_distilled ? kDistilled : kBase;
    if (pair_.find(lowest) != nullptr) {
      top_ = base_ =
          open(*pair_.find(lowest), on_distilled ? Stage::distilled : Stage::base, nullptr);
      if (top_ == nullptr) return false;
      for (const auto* bytes : pair_.splits()) {
        top_ = open(*bytes, Stage::split, top_);
        if (top_ == nullptr) return false;
      }
    }
    if (op_ != Op::find && op_ != Op::distill && op_ != Op::dedup &&
        pair_.find(kTarget) != nullptr) {
      target_ = open(*pair_.find(kTarget), Stage::target, nullptr);
      if (target_ == nullptr) return false;
    }
    if (op_ == Op::roundtrip && target_ == nullptr) target_ = base_;
    return true;
  }

  lb_btf* open(const std::vector<std::byte>& bytes, Stage stage, lb_btf* base) {
    lb_btf* opened = nullptr;
    if (const int error = parse(ops_, bytes, base, opened); error != 0) {
      refusal_ = rejected(error, stage);
      return nullptr;
    }
    layers_.push_back(LibbpfHandle(opened, LibbpfFreer{&ops_}));
    if (op_ == Op::check)
      digest_.add_wide(digest_of(library_, opened, base != nullptr ? ops_.type_count(base) : 1));
    return opened;
  }

  Answer find_all() {
    btf::Digest digest;
    const btf::BtfPtr names = read_top(pair_, library_.dialect);
    if (!names) return rejected(-EINVAL, Stage::find);
    const auto add = [&](int found) {
      digest.add(found >= 0 ? static_cast<std::uint32_t>(found) : 0xffffffff);
    };
    for (const auto& [name, kind] : names_to_find(*names)) {
      add(ops_.find(top_, name.c_str()));
      add(ops_.find_kind(top_, name.c_str(), static_cast<std::uint32_t>(kind)));
    }
    Answer answer;
    answer.digest = digest.value();
    return answer;
  }

  Answer distill() {
    lb_btf* new_base = nullptr;
    lb_btf* new_split = nullptr;
    if (const int error = ops_.distill(top_, &new_base, &new_split); error != 0) {
      Answer answer = rejected(error, Stage::distill);
      if (under_fault_) answer.input_preserved = is_as_parsed(top_);
      return answer;
    }
    layers_.push_back(LibbpfHandle(new_base, LibbpfFreer{&ops_}));
    layers_.push_back(LibbpfHandle(new_split, LibbpfFreer{&ops_}));
    Answer answer;
    answer.base_bytes = copy_of(raw_bytes(ops_, new_base));
    answer.bytes = copy_of(raw_bytes(ops_, new_split));
    // Only for want of memory are there no bytes.
    if (answer.base_bytes.empty() || answer.bytes.empty()) return rejected(-errno, Stage::distill);
    answer.digest = digest_of_distilled(answer.base_bytes, answer.bytes, library_.dialect);
    return answer;
  }

  Answer relocate(lb_btf* split, lb_btf* target, const std::vector<std::byte>* target_bytes) {
    if (const int error = ops_.relocate(split, target); error != 0) {
      Answer answer = rejected(error, Stage::relocate);
      // Only a relocation that had begun to write can have changed its input.
      if (op_ == Op::relocate && (under_fault_ || error == -ENOENT))
        answer.input_preserved = is_as_parsed(split);
      return answer;
    }
    Answer answer;
    answer.bytes = copy_of(raw_bytes(ops_, split));
    if (answer.bytes.empty()) return rejected(-errno, Stage::relocate);
    const auto base = btf::Btf::parse(*target_bytes, {.dialect = library_.dialect, .borrow = true});
    if (base) answer.digest = digest_of_result(answer.bytes, *base, library_.dialect);
    return answer;
  }

  // Compares with a layer parsed anew, since writing may normalise bytes by itself.
  bool is_as_parsed(const lb_btf* split) {
    ops_.memory->fail_at = 0;
    const std::vector<std::byte> after = copy_of(raw_bytes(ops_, split));
    lb_btf* again = base_;
    for (const auto* bytes : pair_.splits()) {
      again = open(*bytes, Stage::split, again);
      if (again == nullptr) return false;
    }
    return after == copy_of(raw_bytes(ops_, again));
  }

  Answer roundtrip() {
    Answer distilled = distill();
    if (distilled.outcome != Outcome::accepted) return distilled;
    lb_btf* base = open(distilled.base_bytes, Stage::distilled, nullptr);
    if (base == nullptr) return refusal_;
    lb_btf* split = open(distilled.bytes, Stage::split, base);
    if (split == nullptr) return refusal_;
    const auto* target = pair_.find(kTarget);
    return relocate(split, target_, target != nullptr ? target : pair_.find(kBase));
  }

  // What is deduplicated is our own copy of the top layer: it has witnesses.
  Answer dedup() {
    const btf::BtfPtr layer = read_top(pair_, library_.dialect);
    if (!layer) return rejected(-EINVAL, Stage::dedup);
    lb_btf* below = layers_.size() < 2 ? nullptr : layers_[layers_.size() - 2].get();
    lb_btf* witnessed = open(with_witnesses(*layer), Stage::dedup, below);
    if (witnessed == nullptr) return refusal_;
    if (const int error = ops_.dedup(witnessed); error != 0) return rejected(error, Stage::dedup);
    Answer answer;
    answer.bytes = copy_of(raw_bytes(ops_, witnessed));
    if (answer.bytes.empty()) return rejected(-errno, Stage::dedup);
    answer.digest = digest_of_result(answer.bytes, layer->base(), library_.dialect);
    return answer;
  }

  const Library& library_;
  const libbpf_ops& ops_;
  Op op_;
  const Pair& pair_;
  bool under_fault_;  ///< an allocation may fail, at any place
  std::vector<LibbpfHandle> layers_;
  lb_btf* top_ = nullptr;
  lb_btf* base_ = nullptr;
  lb_btf* target_ = nullptr;
  btf::Digest digest_;
  Answer refusal_;
};

}  // namespace

LibbpfOracle::LibbpfOracle(const libbpf_ops& ops)
    : name_("libbpf-" + std::string(ops.series)),
      library_{.ops = &ops, .dialect = dialect_of(ops)} {
  ops.init();
}

// What a release does not have yet it is not asked for, nor for a property of it.
bool LibbpfOracle::answers(Op op, const Pair& pair) const {
  if (op == Op::kernel) return false;
  if (library_.ops->distill != nullptr && library_.ops->relocate != nullptr) return true;
  switch (op) {
    case Op::distill:
    case Op::relocate:
    case Op::roundtrip:
      return false;
    case Op::laws:
    case Op::nomem:
    case Op::sequence:
    case Op::elf:
      return pair.find(kSplit) == nullptr && pair.find(kDistilled) == nullptr &&
             pair.find(kProgram) == nullptr;
    default:
      return true;
  }
}

// Counting costs nothing, so that no leak goes unseen.
Answer LibbpfOracle::answer(Op op, const Pair& pair) const {
  const std::int64_t live = library_.ops->memory->live;
  Answer answer = ask(op, pair);
  const std::int64_t kept = library_.ops->memory->live - live;
  if (kept == 0 || answer.outcome == Outcome::broken) return answer;
  return broken("no-leak", std::to_string(kept) + " allocations are not given back");
}

Answer LibbpfOracle::ask(Op op, const Pair& pair) const {
  switch (op) {
    case Op::laws:
      return check_laws([this](Op part, const Pair& variant) { return answer(part, variant); },
                        pair);
    case Op::sequence:
      return check_sequence(library_, pair);
    case Op::nomem:
      return check_nomem(library_, pair,
                         [&](Op part) { return LibbpfRun(library_, part, pair, true).answer(); });
    case Op::reparse:
      return check_reparse(library_, pair);
    case Op::dump:
      return check_dump(library_, pair);
    case Op::ext:
      return check_ext(library_, pair);
    case Op::elf:
      return check_elf(library_, pair);
    case Op::core:
      return check_core(library_, pair);
    case Op::kernel:
    case Op::check:
    case Op::find:
    case Op::distill:
    case Op::relocate:
    case Op::roundtrip:
    case Op::dedup:
      break;
  }
  return LibbpfRun(library_, op, pair).answer();
}

}  // namespace retort
