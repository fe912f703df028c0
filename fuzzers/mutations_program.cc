// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/mutations_program.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fuzzers/program_maker.h"
#include "oracles/properties/program.h"

namespace retort {
namespace {

// Longer programs run slower and show no more.
constexpr std::size_t kMostCalls = 48;

Flavour the_flavour = Flavour::parts;

Program program_of(Draft& draft) {
  const auto* bytes = draft.pair().find(kProgram);
  return bytes == nullptr ? Program{} : parse_program(program_text(*bytes));
}

void store(Draft& draft, const Program& program) {
  const std::string text = to_text(program);
  const auto bytes = std::as_bytes(std::span(text));
  draft.pair().set(kProgram, {bytes.begin(), bytes.end()});
}

// Changes a program that has at least one call.
template <class Edit>
bool edit(Draft& draft, Edit&& edit_it) {
  Program program = program_of(draft);
  if (program.empty() || !edit_it(program)) return false;
  store(draft, program);
  return true;
}

bool insert_call(Draft& draft, Random& random) {
  Program program = program_of(draft);
  if (program.size() >= kMostCalls) return false;
  ProgramMaker maker(draft, random);
  const std::size_t at = random.index(program.size() + 1);
  program.insert(program.begin() + static_cast<std::ptrdiff_t>(at),
                 maker.any_call(slots_before(program, at)));
  store(draft, program);
  return true;
}

bool remove_call(Draft& draft, Random& random) {
  return edit(draft, [&](Program& program) {
    program.erase(program.begin() + static_cast<std::ptrdiff_t>(random.index(program.size())));
    return true;
  });
}

bool repeat_call(Draft& draft, Random& random) {
  return edit(draft, [&](Program& program) {
    if (program.size() >= kMostCalls) return false;
    const Call call = random.pick(program);
    program.insert(program.begin() + static_cast<std::ptrdiff_t>(random.index(program.size() + 1)),
                   call);
    return true;
  });
}

bool swap_calls(Draft& draft, Random& random) {
  return edit(draft, [&](Program& program) {
    Call& one = random.pick(program);
    Call& other = random.pick(program);
    if (one == other) return false;
    std::swap(one, other);
    return true;
  });
}

bool change_argument(Draft& draft, Random& random) {
  ProgramMaker maker(draft, random);
  return edit(draft, [&](Program& program) {
    const std::size_t at = random.index(program.size());
    Call& call = program[at];
    if (call.arguments.empty()) return false;
    const std::size_t which = random.index(call.arguments.size());
    const Argument old = call.arguments[which];
    call.arguments[which] =
        maker.any_argument(sort_of(text_of(call.verb).arguments[which]), slots_before(program, at));
    return !(call.arguments[which] == old);
  });
}

// A verb with the same arguments does something else with them.
bool change_verb(Draft& draft, Random& random) {
  return edit(draft, [&](Program& program) {
    Call& call = random.pick(program);
    const VerbText& old = text_of(call.verb);
    std::vector<Verb> alike;
    for (std::size_t verb = 0; verb < kVerbCount; ++verb) {
      const VerbText& text = text_of(static_cast<Verb>(verb));
      if (text.results == old.results && text.arguments == old.arguments && text.name != old.name)
        alike.push_back(static_cast<Verb>(verb));
    }
    if (alike.empty()) return false;
    call.verb = random.pick(alike);
    return true;
  });
}

bool replace_program(Draft& draft, Random& random) {
  store(draft, ProgramMaker(draft, random).make());
  return true;
}

bool append_program(Draft& draft, Random& random) {
  Program program = program_of(draft);
  Program more = ProgramMaker(draft, random).make();
  if (program.size() + more.size() > kMostCalls) return false;
  program.insert(program.end(), more.begin(), more.end());
  store(draft, program);
  return true;
}

constexpr Mutation kTable[] = {
    {"insert-call", 14, insert_call},         {"remove-call", 6, remove_call},
    {"repeat-call", 4, repeat_call},          {"swap-calls", 4, swap_calls},
    {"change-argument", 14, change_argument}, {"change-verb", 6, change_verb},
    {"replace-program", 1, replace_program},  {"append-program", 1, append_program},
};

}  // namespace

void set_flavour(Flavour flavour) {
  the_flavour = flavour;
}
Flavour flavour() {
  return the_flavour;
}

std::span<const Mutation> program_mutations() {
  return kTable;
}

const Mutation& any_program_mutation(Random& random) {
  std::uint32_t total = 0;
  for (const Mutation& mutation : kTable) total += mutation.weight;
  std::uint32_t left = random.below(total);
  for (const Mutation& mutation : kTable) {
    if (left < mutation.weight) return mutation;
    left -= mutation.weight;
  }
  return kTable[0];
}

void ensure_program(Draft& draft, Random& random) {
  if (draft.pair().find(kProgram) == nullptr) replace_program(draft, random);
}

}  // namespace retort
