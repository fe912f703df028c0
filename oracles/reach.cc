// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/reach.h"

#include <array>
#include <utility>

#include "oracles/properties/elf_maker.h"
#include "oracles/properties/ext_records.h"
#include "oracles/properties/sequence.h"
#include "relocator/check.h"

namespace retort {
namespace {

// All checks of rules.h at once: more than any one implementation makes.
const btf::Policy& strictest_policy() {
  static const btf::Policy policy = [] {
    btf::Policy strict = btf::agreed_policy();
    strict.name = "strictest";
    strict.checks = btf::CheckSet::all();
    return strict;
  }();
  return policy;
}

class PartsJudge {
 public:
  explicit PartsJudge(const Pair& pair) : pair_(pair) {}

  ReachJudgement judge() {
    judge_ext(open_stack());
    judge_elf();
    if (pair_.find(kDistilled) != nullptr) open(kBase, pair_.find(kBase), nullptr);
    open(kTarget, pair_.find(kTarget), nullptr);
    if (why_.empty()) return {};
    return {.reach = Reach::malformed, .why = why_};
  }

 private:
  btf::BtfPtr open_stack() {
    const std::string_view lowest = pair_.find(kDistilled) != nullptr ? kDistilled : kBase;
    btf::BtfPtr below = open(lowest, pair_.find(lowest), nullptr);
    for (const auto* split : pair_.splits()) {
      if (!why_.empty()) return nullptr;
      below = open(kSplit, split, below);
    }
    return below;
  }

  // Every id and string of .BTF.ext has to be one of the BTF that it belongs to.
  void judge_ext(const btf::BtfPtr& top) {
    const std::vector<std::byte>* bytes = pair_.find(kExt);
    if (bytes == nullptr || !top || btf::is_foreign(*bytes)) return;
    const auto words = read_ext(*bytes);
    if (!words) {
      why_ = "BEXT: it cannot be walked";
      return;
    }
    for (const ExtWord& word : *words) {
      const std::uint32_t value = btf::load_word(bytes->data() + word.at);
      if (value < (word.is_id ? top->end_id() : top->end_string())) continue;
      why_ = std::string("BEXT: the ") + (word.is_id ? "type id " : "string offset ") +
             std::to_string(value) + " at byte " + std::to_string(word.at) + " is out of range";
      return;
    }
  }

  void judge_elf() {
    const std::vector<std::byte>* file = pair_.find(kElf);
    if (file == nullptr || !why_.empty()) return;
    for (const std::string_view section : {".BTF", ".BTF.base", ".BTF.ext"})
      if (has_section_without_bytes(*file, section))
        why_ = "ELFF: the section " + std::string(section) + " has no bytes in the file";
  }

  btf::BtfPtr open(std::string_view tag, const std::vector<std::byte>* bytes, btf::BtfPtr base) {
    if (bytes == nullptr || !why_.empty()) return nullptr;
    auto opened = btf::open(*bytes, strictest_policy(), std::move(base), true);
    if (opened) return *opened;
    why_ = std::string(tag) + ": " + btf::sentence(opened.error());
    return nullptr;
  }

  const Pair& pair_;
  std::string why_;
};

}  // namespace

std::string_view reach_name(Reach reach) {
  static constexpr std::array<std::string_view, 4> names = {"valid", "malformed", "call order",
                                                            "misuse"};
  return names[static_cast<std::size_t>(reach)];
}

std::string_view reach_sentence(Reach reach) {
  static constexpr std::array<std::string_view, 4> sentences = {
      "every part meets every check that any implementation makes",
      "a part breaks a check that some implementation makes",
      "the calls come in an order that nobody needs",
      "a documented precondition of a call is broken: no defect"};
  return sentences[static_cast<std::size_t>(reach)];
}

ReachJudgement reach_of(const Pair& pair) {
  ReachJudgement parts = PartsJudge(pair).judge();
  const std::vector<std::byte>* program = pair.find(kProgram);
  if (program == nullptr) return parts;
  ReachJudgement calls = reach_of_program(
      std::string_view(reinterpret_cast<const char*>(program->data()), program->size()));
  return calls.reach > parts.reach ? calls : parts;
}

ReachJudgement reach_of_program(std::string_view program) {
  ProgramJudgement judged = judge_program(program);
  switch (judged.reach) {
    case ProgramReach::valid:
      return {};
    case ProgramReach::call_order:
      return {.reach = Reach::call_order, .why = std::move(judged.why)};
    case ProgramReach::misuse:
      return {.reach = Reach::misuse, .why = std::move(judged.why)};
  }
  return {};
}

}  // namespace retort
