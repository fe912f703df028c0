// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/program_maker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fuzzers/choice.h"

namespace retort {
namespace {

constexpr std::array kSlots = {"a", "b", "c", "d", "e", "f"};
constexpr std::array kNames = {"int", "long", "unsigned long", "s", "u",
                               "x",   "y",    "void",          "",  "a b"};
constexpr std::size_t kUsedNames = 6;
constexpr std::uint32_t kManyOdds = 400;

struct Weighted {
  Verb verb;
  std::uint32_t weight;
};
// What edits comes most often: everything else only shows what edits did.
constexpr auto kWeights = std::to_array<Weighted>({
    {Verb::empty, 2},
    {Verb::parse, 4},
    {Verb::copy, 2},
    {Verb::distill, 6},
    {Verb::free, 3},
    {Verb::add_int, 3},
    {Verb::add_float, 1},
    {Verb::add_ptr, 4},
    {Verb::add_array, 2},
    {Verb::add_struct, 5},
    {Verb::add_union, 2},
    {Verb::add_enum, 2},
    {Verb::add_enum64, 2},
    {Verb::add_fwd, 3},
    {Verb::add_typedef, 3},
    {Verb::add_volatile, 1},
    {Verb::add_const, 2},
    {Verb::add_restrict, 1},
    {Verb::add_type_tag, 1},
    {Verb::add_func, 2},
    {Verb::add_func_proto, 2},
    {Verb::add_var, 2},
    {Verb::add_datasec, 2},
    {Verb::add_decl_tag, 2},
    {Verb::add_field, 8},
    {Verb::add_enum_value, 3},
    {Verb::add_enum64_value, 3},
    {Verb::add_func_param, 3},
    {Verb::add_datasec_var_info, 2},
    {Verb::add_type, 4},
    {Verb::add_btf, 4},
    {Verb::add_str, 3},
    {Verb::add_name, 1},
    {Verb::dedup, 6},
    {Verb::dedup_colliding, 2},
    {Verb::permute, 4},
    {Verb::relocate, 8},
    {Verb::set_pointer_size, 1},
    {Verb::set_endianness, 4},
    {Verb::find_str, 2},
    {Verb::find_name, 1},
    {Verb::type_by_id, 1},
    {Verb::name_by_offset, 1},
    {Verb::str_by_offset, 1},
    {Verb::find_by_name, 2},
    {Verb::find_by_name_kind, 2},
    {Verb::resolve_size, 2},
    {Verb::resolve_type, 2},
    {Verb::align_of, 2},
    {Verb::pointer_size, 1},
    {Verb::endianness, 1},
    {Verb::type_cnt, 1},
    {Verb::base_btf, 1},
    {Verb::raw_data, 6},
});

Verb any_verb(Random& random) {
  static constexpr std::uint32_t total = [] {
    std::uint32_t sum = 0;
    for (const Weighted& each : kWeights) sum += each.weight;
    return sum;
  }();
  std::uint32_t left = random.below(total);
  for (const Weighted& each : kWeights) {
    if (left < each.weight) return each.verb;
    left -= each.weight;
  }
  return Verb::raw_data;
}

}  // namespace

ProgramMaker::ProgramMaker(Draft& draft, Random& random) : random_(random) {
  for (std::size_t name = 0; name < kUsedNames; ++name) names_.push_back(used_name(draft, random));
  for (const char* name : kNames) names_.emplace_back(name);
  const Pair& pair = draft.pair();
  for (const std::string_view tag : {kBase, kDistilled, kTarget})
    if (pair.find(tag) != nullptr) parts_.emplace_back(tag);
  const std::size_t splits = std::min<std::size_t>(pair.splits().size(), 9);
  for (std::size_t nth = 0; nth < splits; ++nth)
    parts_.push_back(nth == 0 ? std::string(kSplit)
                              : std::string(kSplit) + std::to_string(nth + 1));
}

std::string ProgramMaker::any_slot(const std::vector<std::string>& slots) {
  if (slots.empty() || random_.one_in(40)) return random_.pick(kSlots);
  // The one bound last is mostly the one to go on with.
  return random_.one_in(2) ? slots.back() : random_.pick(slots);
}

std::string ProgramMaker::any_name() {
  return random_.one_in(8) ? retort::fresh_name(random_) : random_.pick(names_);
}

TypeRef ProgramMaker::any_type() {
  using Sort = TypeRef::Sort;
  static constexpr std::array kSorts = {Sort::all,  Sort::all,  Sort::all,  Sort::own,  Sort::own,
                                        Sort::new_, Sort::new_, Sort::new_, Sort::void_};
  if (random_.one_in(25)) return {Sort::beyond, random_.below(3)};
  const Sort sort = random_.pick(kSorts);
  if (sort == Sort::void_) return {};
  return {sort, sort == Sort::new_ ? random_.below(3) : random_.below(64)};
}

std::uint64_t ProgramMaker::any_number() {
  static constexpr auto kNumbers = std::to_array<std::uint64_t>(
      {0,         0,          1,          1,          2,
       4,         4,          8,          8,          16,
       32,        64,         255,        0xffff,     0xffffff,
       0x1000000, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffffffffffff});
  if (random_.one_in(3)) return random_.below(40);
  return random_.one_in(4) ? random_.pick(kNumbers) : random_.pick(std::span(kNumbers).first(12));
}

Argument ProgramMaker::any_argument(ArgumentSort sort, const std::vector<std::string>& slots) {
  switch (sort) {
    case ArgumentSort::slot:
    case ArgumentSort::base:
      return {.text = any_slot(slots)};
    case ArgumentSort::part:
      return {.text = parts_.empty() ? std::string(kBase) : random_.pick(parts_)};
    case ArgumentSort::type:
    case ArgumentSort::from_type:
      return {.type = any_type()};
    case ArgumentSort::name:
      if (random_.one_in(50)) return {};
      return {.text = any_name()};
    case ArgumentSort::number:
      return {.number = any_number()};
    case ArgumentSort::kind:
      return {.number = random_.below(btf::kKindCount)};
  }
  return {};
}

Call ProgramMaker::call_of(Verb verb, const std::vector<std::string>& slots) {
  Call call{.verb = verb};
  const VerbText& text = text_of(verb);
  for (unsigned result = 0; result < text.results; ++result)
    call.results.emplace_back(random_.pick(kSlots));
  if (call.results.size() == 2 && call.results[0] == call.results[1]) call.results[1] += "2";
  for (const char letter : text.arguments) {
    const ArgumentSort sort = sort_of(letter);
    if (sort == ArgumentSort::base && (slots.empty() || random_.one_in(3))) break;
    call.arguments.push_back(any_argument(sort, slots));
  }
  if (appends_element(verb) && random_.one_in(kManyOdds)) call.times = 65536;
  return call;
}

Call ProgramMaker::any_call(const std::vector<std::string>& slots) {
  return call_of(any_verb(random_), slots);
}

// The parts as they belong together.
void ProgramMaker::bind_pair(Program& program) {
  const auto has = [&](std::string_view part) {
    return std::ranges::find(parts_, part) != parts_.end();
  };
  const auto bind = [&](const char* slot, std::string_view part, const char* base) {
    Call call{.verb = Verb::parse, .results = {slot}, .arguments = {{.text = std::string(part)}}};
    if (base != nullptr) call.arguments.push_back({.text = base});
    program.push_back(std::move(call));
  };
  const std::string_view lowest = has(kDistilled) ? kDistilled : kBase;
  if (has(kTarget)) bind("t", kTarget, nullptr);
  if (!has(lowest)) return;
  bind("a", lowest, nullptr);
  if (has(kSplit) && !random_.one_in(6)) bind("b", kSplit, "a");
}

// A type and what is appended to it, as it is documented.
void ProgramMaker::append_composite(Program& program, const std::string& slot) {
  static constexpr std::array<std::pair<Verb, Verb>, 6> kFamilies = {
      {{Verb::add_struct, Verb::add_field},
       {Verb::add_union, Verb::add_field},
       {Verb::add_enum, Verb::add_enum_value},
       {Verb::add_enum64, Verb::add_enum64_value},
       {Verb::add_func_proto, Verb::add_func_param},
       {Verb::add_datasec, Verb::add_datasec_var_info}}};
  const auto [verb, element] = random_.pick(kFamilies);
  const std::vector<std::string> slots = {slot};
  program.push_back(call_of(verb, slots));
  for (std::uint32_t left = random_.below(4); left > 0; --left)
    program.push_back(call_of(element, slots));
}

Program ProgramMaker::make() {
  Program program;
  if (!random_.one_in(5)) bind_pair(program);
  if (program.empty() || random_.one_in(4))
    program.push_back({.verb = Verb::empty, .results = {random_.pick(kSlots)}});
  for (std::uint32_t left = random_.between(2, 12); left > 0; --left) {
    const std::vector<std::string> slots = slots_before(program, program.size());
    if (random_.one_in(5))
      append_composite(program, any_slot(slots));
    else
      program.push_back(any_call(slots));
  }
  return program;
}

std::vector<std::string> slots_before(const Program& program, std::size_t call) {
  std::vector<std::string> slots;
  for (std::size_t index = 0; index < call; ++index)
    for (const std::string& slot : program[index].results) {
      std::erase(slots, slot);
      slots.push_back(slot);
    }
  return slots;
}

}  // namespace retort
