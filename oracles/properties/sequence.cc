// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/sequence.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "oracles/properties/ledger.h"
#include "oracles/properties/program.h"

namespace retort {
namespace {

constexpr Law kProperties[] = {
    {.name = "errors-are-told",
     .sentence =
         "a call that fails returns a negative code or nothing, and sets errno to it; where "
         "memory ran out, to ENOMEM"},
    {.name = "failure-changes-nothing",
     .sentence = "a call that fails leaves the types of the object as they were"},
    {.name = "next-id",
     .sentence = "what appends a type returns the next id, and appends that one"},
    {.name = "reads-back", .sentence = "what was appended or set reads back as it was asked for"},
    {.name = "appending-keeps-the-rest",
     .sentence = "appending changes neither the ids nor the strings nor the content of what was "
                 "there"},
    {.name = "strings-once",
     .sentence = "an object that was made empty holds no string twice, nor one that its base has"},
    {.name = "finds-the-first",
     .sentence = "a lookup gives the lowest id of that name and kind that the accessors show"},
    {.name = "setters-are-heard", .sentence = "what was set is what the getter says"},
    {.name = "raw-data-says-the-same",
     .sentence = "the bytes of an object hold the types that its accessors show"},
    {.name = "getters-change-nothing",
     .sentence = "answers do not depend on what was asked before"},
    {.name = "parsed-anew-is-the-same",
     .sentence = "answers do not depend on whether an object was parsed anew from its bytes"},
    {.name = "byte-order-twice",
     .sentence = "setting the other byte order and the former again gives the same bytes"},
};

constexpr Between kRuns[] = {Between::nothing, Between::getters, Between::parse_anew};

Program program_of(const Pair& pair) {
  const auto* bytes = pair.find(kProgram);
  return bytes == nullptr ? Program{} : parse_program(program_text(*bytes));
}

// Guards are asked without an oracle: versions of one dialect get to the same calls, as far as is
// known.
HazardSet find_hazards(const Pair& pair, btf::Dialect dialect) {
  const Program program = program_of(pair);
  HazardSet hazards;
  for (const Between between : kRuns)
    hazards |= run_program(version_reading(dialect), dialect, pair, program,
                           {.between = between, .avoid_hazards = true})
                   .hazards;
  return hazards;
}

// Judges by the text alone: every call that can be made is taken for one that succeeds.
class TextJudge {
 public:
  ProgramJudgement judge(const Program& program) {
    for (std::size_t call = 0; call < program.size(); ++call) {
      const CallJudgement judged = ledger_.judge(program[call]);
      if (!judged.applicable) continue;
      if (!judged.misuse.empty())
        note(ProgramReach::misuse, at_call(program, call, std::string(judged.misuse)));
      else
        pretend(program, call, judged.subjects);
    }
    return std::move(judgement_);
  }

 private:
  void note(ProgramReach reach, std::string why) {
    if (reach > judgement_.reach) judgement_ = {reach, std::move(why)};
  }

  void pretend(const Program& program, std::size_t index, const std::vector<ObjectId>& subjects) {
    const Call& call = program[index];
    if (edits(call.verb) && used_.contains(subjects[0]))
      note(ProgramReach::call_order, at_call(program, index, "the object was used before"));
    switch (call.verb) {
      case Verb::empty:
      case Verb::parse:
        ledger_.create(call.results[0],
                       subjects.empty() ? std::nullopt : std::optional(subjects[0]));
        break;
      case Verb::copy:
        used_.insert(subjects[0]);
        ledger_.create(call.results[0], ledger_.life(subjects[0]).base);
        break;
      case Verb::distill:
        used_.insert(subjects[0]);
        ledger_.create(call.results[1], ledger_.create(call.results[0], {}));
        break;
      case Verb::free:
        ledger_.free(subjects[0]);
        break;
      case Verb::relocate:
        ledger_.rebase(subjects[0], subjects[1]);
        used_.insert(subjects[0]);
        break;
      case Verb::raw_data:
        used_.insert(subjects[0]);
        break;
      default:
        break;
    }
  }

  Ledger ledger_;
  std::set<ObjectId> used_;
  ProgramJudgement judgement_;
};

// The first call that did not do the same in both runs.
std::optional<Answer> difference(const Program& program, const ProgramRun& plain,
                                 const ProgramRun& other, Promise promise) {
  for (std::size_t call = 0; call < plain.steps.size(); ++call) {
    const Step& a = plain.steps[call];
    const Step& b = other.steps[call];
    if (a == b) continue;
    const std::string what = a.result == b.result ? "the types are others"
                                                  : "the result is " + std::to_string(b.result) +
                                                        " for " + std::to_string(a.result);
    return broken(property_of(promise).name, at_call(program, call, what));
  }
  return {};
}

}  // namespace

std::span<const Law> sequence_properties() {
  return kProperties;
}

const Law& property_of(Promise promise) {
  return kProperties[static_cast<std::size_t>(promise)];
}

Answer check_sequence(const Library& library, const Pair& pair) {
  const Program program = program_of(pair);
  std::vector<ProgramRun> runs;
  for (const Between between : kRuns) {
    runs.push_back(run_program(*library.ops, library.dialect, pair, program, {.between = between}));
    if (runs.back().broken) return std::move(*runs.back().broken);
  }
  if (auto answer = difference(program, runs[0], runs[1], Promise::getters_change_nothing))
    return std::move(*answer);
  if (auto answer = difference(program, runs[0], runs[2], Promise::parsed_anew_is_the_same))
    return std::move(*answer);
  return {};
}

const libbpf_ops& version_reading(btf::Dialect dialect) {
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops)
    if (((*ops)->most_elements > 0xffff) == (dialect == btf::Dialect::wide) &&
        (*ops)->relocate != nullptr)
      return **ops;
  return **retort_libbpf_all;
}

// Every guard asks about the same pair, one after the other.
HazardSet sequence_hazards(const Pair& pair, btf::Dialect dialect) {
  static Pair last;
  static std::optional<btf::Dialect> last_dialect;
  static HazardSet hazards;
  if (last_dialect == dialect && last == pair) return hazards;
  hazards = find_hazards(pair, dialect);
  last = pair;
  last_dialect = dialect;
  return hazards;
}

bool reaches(const Pair& pair, btf::Dialect dialect, Hazard hazard) {
  return (sequence_hazards(pair, dialect) & set_of(hazard)).any();
}

ProgramJudgement judge_program(std::string_view program) {
  return TextJudge().judge(parse_program(program));
}

}  // namespace retort
