// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/sequence_entries.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>

#include "oracles/inspection_guards.h"
#include "oracles/properties/nomem.h"
#include "oracles/properties/program.h"
#include "oracles/properties/sequence.h"

namespace retort {
namespace {

constexpr std::uint32_t kMostElements = 0xffff;
constexpr std::uint64_t kMostBits = 0xffffff;  // of an offset beside bit fields

bool reaches_in_sequence(const Evaluation& evaluation, Hazard hazard) {
  return (evaluation.op == Op::nomem || evaluation.op == Op::sequence) &&
         reaches_by(evaluation.op, evaluation.pair, evaluation.dialect(), hazard);
}

Program program_of(const Pair& pair) {
  const auto* bytes = pair.find(kProgram);
  return bytes == nullptr ? Program{} : parse_program(program_text(*bytes));
}

// The program up to the call at which the promise was seen to be broken, that one included; the
// whole program where it was seen at the end.
Program up_to_break(const Evaluation& evaluation, const Answer& answer) {
  Program program = program_of(evaluation.pair);
  constexpr std::string_view marker = "call ";
  const std::size_t at = answer.detail.find(marker);
  if (at == std::string::npos) return program;
  std::size_t calls = 0;
  const char* const end = answer.detail.data() + answer.detail.size();
  std::from_chars(answer.detail.data() + at + marker.size(), end, calls);
  program.resize(std::min(calls, program.size()));
  return program;
}

bool breaks_one_of(const Evaluation& evaluation, const Answer& answer,
                   std::initializer_list<std::string_view> properties) {
  const bool runs_program = evaluation.op == Op::sequence || evaluation.op == Op::nomem;
  return runs_program && answer.outcome == Outcome::broken &&
         std::ranges::find(properties, answer.property) != properties.end();
}

template <class Wanted>
bool any_part(const Pair& pair, Wanted&& wanted) {
  return std::ranges::any_of(pair.parts, [&](const Part& part) {
    if (part.tag == kProgram || part.bytes.size() < btf::kHeaderBytes) return false;
    const bool foreign = btf::is_foreign(part.bytes);
    const auto word = [&](std::size_t index) {
      const std::uint32_t value = btf::load_word(part.bytes.data() + index * btf::kWordBytes);
      return foreign ? btf::swap_bytes(value) : value;
    };
    return wanted(part, foreign, word);
  });
}

bool is_any_foreign(const Pair& pair) {
  return any_part(pair, [](const Part&, bool foreign, auto&&) { return foreign; });
}

// Something between header, types and strings, which only the bytes that were parsed have.
bool has_gap(const Pair& pair) {
  return any_part(pair, [](const Part&, bool, auto&& word) {
    return word(2) != 0 || word(4) != word(2) + word(3);
  });
}

bool has_more_than_sections(const Pair& pair) {
  return any_part(pair, [](const Part& part, bool, auto&& word) {
    return std::uint64_t{word(1)} + word(3) + word(5) != part.bytes.size();
  });
}

bool has_call(const Program& program, std::initializer_list<Verb> verbs) {
  return std::ranges::any_of(program, [&](const Call& call) {
    return std::ranges::find(verbs, call.verb) != verbs.end();
  });
}

// Strings of the top layer are looked up in those below it, which makes these modifiable.
bool dedups_on_short_header(const Evaluation& evaluation) {
  if (evaluation.op != Op::dedup || !evaluation.split) return false;
  for (btf::BtfPtr below = evaluation.split->base(); below; below = below->base())
    if (below->header().hdr_len < btf::kHeaderBytes) return true;
  return false;
}

}  // namespace

bool reads_own_bytes(const Evaluation& evaluation, const Answer&) {
  return reaches_in_sequence(evaluation, Hazard::own_bytes);
}

bool aligns_missing_type(const Evaluation& evaluation, const Answer&) {
  return reaches_in_sequence(evaluation, Hazard::align_of_missing);
}

bool modifies_short_header(const Evaluation& evaluation, const Answer&) {
  return dedups_on_short_header(evaluation) ||
         reaches_in_sequence(evaluation, Hazard::short_header) ||
         adds_string_behind_short_header(evaluation);
}

bool relocates_onto_stack(const Evaluation& evaluation, const Answer&) {
  return reaches_in_sequence(evaluation, Hazard::stacked_target);
}

bool appends_beyond_permuted(const Evaluation& evaluation, const Answer&) {
  return reaches_in_sequence(evaluation, Hazard::stale_room);
}

bool rolls_back_strings(const Evaluation& evaluation, const Answer&) {
  return evaluation.op == Op::nomem && reaches_in_sequence(evaluation, Hazard::rollback);
}

bool dedup_hides_want_of_memory(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (evaluation.op != Op::nomem) return false;
  if (breaks_one_of(evaluation, answer, {"nomem-is-told"}))
    return answer.detail.starts_with("dedup ") && answer.detail.contains("rejected 22 at");
  if (!breaks_one_of(evaluation, answer, {"errors-are-told"})) return false;
  const Program program = up_to_break(evaluation, answer);
  return !program.empty() &&
         (program.back().verb == Verb::dedup || program.back().verb == Verb::dedup_colliding);
}

bool appends_nothing_to_nothing(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  const Program program = up_to_break(evaluation, answer);
  return breaks_one_of(evaluation, answer, {"parsed-anew-is-the-same", "getters-change-nothing"}) &&
         !program.empty() && program.back().verb == Verb::add_btf && answer.detail.contains("-12");
}

bool long_header_turned(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  return breaks_one_of(evaluation, answer, {"raw-data-says-the-same", "parsed-anew-is-the-same"}) &&
         has_call(up_to_break(evaluation, answer), {Verb::set_endianness}) &&
         any_part(evaluation.pair,
                  [](const Part&, bool, auto&& word) { return word(1) != btf::kHeaderBytes; });
}

bool gap_lost(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  return breaks_one_of(evaluation, answer,
                       {"raw-data-says-the-same", "parsed-anew-is-the-same", "byte-order-twice"}) &&
         has_gap(evaluation.pair);
}

bool gap_lost_when_turned(const Evaluation& evaluation, const Answer& predicted,
                          const Answer& answer) {
  const bool turned = is_any_foreign(evaluation.pair) ||
                      has_call(up_to_break(evaluation, answer), {Verb::set_endianness});
  return turned && gap_lost(evaluation, predicted, answer);
}

bool gap_lost_when_modified(const Evaluation& evaluation, const Answer& predicted,
                            const Answer& answer) {
  const bool modified = std::ranges::any_of(up_to_break(evaluation, answer), [](const Call& call) {
    constexpr Verb kKeepBytes[] = {Verb::set_endianness, Verb::set_pointer_size, Verb::relocate};
    const bool keeps = std::ranges::find(kKeepBytes, call.verb) != std::end(kKeepBytes);
    return (edits(call.verb) && !keeps) || call.verb == Verb::find_str ||
           call.verb == Verb::find_name;
  });
  return evaluation.op == Op::sequence && modified && gap_lost(evaluation, predicted, answer);
}

bool length_of_other_order(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (!has_more_than_sections(evaluation.pair)) return false;
  if (breaks_one_of(evaluation, answer, {"byte-order-twice"})) return true;
  return has_call(up_to_break(evaluation, answer), {Verb::set_endianness}) &&
         breaks_one_of(
             evaluation, answer,
             {"raw-data-says-the-same", "parsed-anew-is-the-same", "getters-change-nothing"});
}

bool stale_after_relocation(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (!breaks_one_of(evaluation, answer,
                     {"raw-data-says-the-same", "parsed-anew-is-the-same", "getters-change-nothing",
                      "byte-order-twice"}))
    return false;
  const Program program = up_to_break(evaluation, answer);
  // Only what is no longer the block that it was parsed from keeps its bytes apart.
  const bool apart =
      is_any_foreign(evaluation.pair) || std::ranges::any_of(program, [](const Call& call) {
        return (edits(call.verb) && call.verb != Verb::relocate) ||
               call.verb == Verb::set_endianness || call.verb == Verb::find_str ||
               call.verb == Verb::find_name || call.verb == Verb::distill;
      });
  return apart && has_call(program, {Verb::relocate});
}

bool strings_left_by_dedup(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (!breaks_one_of(evaluation, answer, {"parsed-anew-is-the-same"}) ||
      !answer.detail.contains(": the result is "))
    return false;
  const Program program = up_to_break(evaluation, answer);
  // Of what does not depend on the strings' places the result is the same.
  constexpr Verb kPlaces[] = {Verb::raw_data,     Verb::add_str,   Verb::add_name,
                              Verb::find_str,     Verb::find_name, Verb::name_by_offset,
                              Verb::str_by_offset};
  return !program.empty() && has_call(program, {Verb::dedup, Verb::dedup_colliding}) &&
         std::ranges::find(kPlaces, program.back().verb) != std::end(kPlaces);
}

bool half_relocated(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (!breaks_one_of(evaluation, answer, {"failure-changes-nothing"})) return false;
  const Program program = up_to_break(evaluation, answer);
  return !program.empty() && program.back().verb == Verb::relocate;
}

bool guess_of_pointers_kept(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (!breaks_one_of(evaluation, answer, {"getters-change-nothing", "parsed-anew-is-the-same"}))
    return false;
  const Program program = up_to_break(evaluation, answer);
  return !program.empty() &&
         (program.back().verb == Verb::pointer_size || program.back().verb == Verb::resolve_size ||
          program.back().verb == Verb::align_of);
}

bool offset_taken_for_bit_field(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (!breaks_one_of(evaluation, answer, {"appending-keeps-the-rest", "reads-back"})) return false;
  const Program program = up_to_break(evaluation, answer);
  return !program.empty() && program.back().verb == Verb::add_field &&
         (program.back().arguments[3].number > kMostBits ||
          program.back().arguments[4].number != 0);
}

bool vlen_wraps(const Evaluation& evaluation, const Answer&, const Answer& answer) {
  if (!breaks_one_of(evaluation, answer,
                     {"appending-keeps-the-rest", "next-id", "reads-back", "raw-data-says-the-same",
                      "parsed-anew-is-the-same"}))
    return false;
  std::uint64_t appended = 0;
  for (const Call& call : up_to_break(evaluation, answer))
    if (appends_element(call.verb)) appended += call.times;
  return appended > kMostElements;
}

}  // namespace retort
