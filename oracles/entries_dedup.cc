// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include <algorithm>
#include <cerrno>
#include <map>
#include <string_view>
#include <vector>

#include "oracles/dedup_defects.h"
#include "oracles/entry_makers.h"
#include "oracles/witnesses.h"
#include "relocator/dedup_check.h"

namespace retort {
namespace {

using btf::Kind;

// What the last but one phase walks: everything that refers but STRUCT, UNION, VAR and DATASEC.
bool is_reference(Kind kind) {
  return btf::is_modifier(kind) || kind == Kind::ptr || kind == Kind::func ||
         kind == Kind::func_proto || kind == Kind::array || kind == Kind::decl_tag;
}

// Whether a walk over types of this layer, through what `follows` tells, comes back to where it
// was.
template <class Follows>
bool has_loop(const btf::Btf& layer, std::uint32_t begin, Follows&& follows) {
  enum : std::uint8_t { unseen, open, done };
  std::vector<std::uint8_t> state(layer.end_id(), unseen);
  std::vector<std::uint32_t> stack;
  for (std::uint32_t root = begin; root < layer.end_id(); ++root) {
    stack.assign(1, root);
    while (!stack.empty()) {
      const std::uint32_t id = stack.back();
      if (state[id] != unseen) {
        state[id] = done;
        stack.pop_back();
        continue;
      }
      state[id] = open;
      const btf::Type type = layer.type(id);
      bool loop = false;
      btf::for_each_id(type, [&](std::size_t word) {
        const std::uint32_t child = type.word(word);
        if (child < begin || child >= layer.end_id() || !follows(type, layer.type(child))) return;
        if (state[child] == open) loop = true;
        if (state[child] == unseen) stack.push_back(child);
      });
      if (loop) return true;
    }
  }
  return false;
}

bool has_reference_loop(const btf::Btf& layer, bool through_typedefs) {
  return has_loop(layer, layer.start_id(), [&](const btf::Type& type, const btf::Type& child) {
    const bool typedefs = type.kind() == Kind::typedef_ || child.kind() == Kind::typedef_;
    return is_reference(type.kind()) && is_reference(child.kind()) &&
           (through_typedefs || !typedefs);
  });
}

void refuse_loop(const Evaluation& evaluation, Answer& answer, bool through_typedefs) {
  if (evaluation.op != Op::dedup || answer.outcome != Outcome::accepted || !evaluation.split)
    return;
  const btf::Btf& layer = *evaluation.split;
  const bool without = has_reference_loop(layer, false);
  const bool loop = through_typedefs ? !without && has_reference_loop(layer, true) : without;
  if (!loop) return;
  answer = {};
  answer.outcome = Outcome::rejected;
  answer.code = ELOOP;
  answer.stage = Stage::dedup;
}

constexpr Deviation kDedupRefusesLoops = {
    .answer = [](const Evaluation& evaluation, Answer& answer) {
      refuse_loop(evaluation, answer, false);
    }};
constexpr Deviation kDedupRefusesTypedefLoops = {
    .answer = [](const Evaluation& evaluation, Answer& answer) {
      refuse_loop(evaluation, answer, true);
    }};

bool holds_itself(const Evaluation& evaluation, const Answer& /*predicted*/) {
  if (evaluation.op != Op::dedup || !evaluation.split) return false;
  return has_loop(*evaluation.split, 1, [](const btf::Type& type, const btf::Type& child) {
    return btf::is_composite(type.kind()) && btf::is_composite(child.kind());
  });
}

// A FWD's third word is taken for an id too.
bool has_unchecked_id(const Evaluation& evaluation, const Answer& /*predicted*/) {
  if (evaluation.op != Op::dedup || !evaluation.split) return false;
  const btf::Btf& stack = *evaluation.split;
  for (std::uint32_t id = 1; id < stack.end_id(); ++id) {
    const btf::Type type = stack.type(id);
    const bool unchecked = type.kind() == Kind::func_proto || type.kind() == Kind::fwd;
    if (unchecked && type.word(2) >= stack.end_id()) return true;
  }
  return false;
}

// Whether something other than a DATASEC or a DECL_TAG refers to what nothing else can refer to.
bool has_odd_reference(const btf::Btf& stack) {
  bool odd = false;
  for (std::uint32_t id = 1; id < stack.end_id() && !odd; ++id) {
    const btf::Type type = stack.type(id);
    if (type.kind() == Kind::datasec || type.kind() == Kind::decl_tag || type.kind() == Kind::var)
      continue;
    btf::for_each_id(type, [&](std::size_t word) {
      const Kind kind = stack.type(type.word(word)).kind();
      odd = odd || kind == Kind::var || kind == Kind::datasec || kind == Kind::decl_tag;
    });
  }
  return odd;
}

bool refuses_odd_reference(const Evaluation& evaluation, const Answer& /*predicted*/,
                           const Answer& answer) {
  return evaluation.op == Op::dedup && evaluation.split && answer.outcome == Outcome::rejected &&
         answer.stage == Stage::dedup && answer.code == EINVAL &&
         has_odd_reference(*evaluation.split);
}

// Both results where the oracle's is sound: how many types they have.
struct Counts {
  std::uint32_t predicted;
  std::uint32_t answered;
};
std::optional<Counts> counts_if_sound(
    const Evaluation& evaluation, const Answer& predicted, const Answer& answer,
    btf::Declarations declarations = btf::Declarations::become_definitions) {
  if (evaluation.op != Op::dedup || !evaluation.split || predicted.outcome != Outcome::accepted ||
      answer.outcome != Outcome::accepted)
    return {};
  const auto count = [&](const Answer& of) -> std::uint32_t {
    const auto layer = btf::Btf::parse(
        of.bytes,
        {.base = evaluation.split->base(), .dialect = evaluation.split->dialect(), .borrow = true});
    return layer ? (*layer)->end_id() : 0;
  };
  if (unsound_result(evaluation.split, answer.bytes, declarations)) return {};
  return Counts{.predicted = count(predicted), .answered = count(answer)};
}

// How names are compared: libbpf does so by offset. It gives equal strings one offset where the top
// layer holds one of them, unless the lower layers' is the end of a longer string.
enum class Names : std::uint8_t { by_content, apart_below };

bool is_same_name(const btf::Btf& layer, const btf::Type& one, const btf::Type& other,
                  Names names) {
  const auto [low, high] = std::minmax({one.name_offset(), other.name_offset()});
  const bool moves = high >= layer.start_string() && layer.name(low - 1).empty();
  return names == Names::by_content || low == high || moves;
}

// Whether a FWD is left although the stack defines its name once, and as the FWD's own sort: the
// phase that is there for these leaves none.
bool leaves_resolvable_fwd(const Evaluation& evaluation, const Answer& answer, Names names) {
  const auto parsed = btf::Btf::parse(
      answer.bytes,
      {.base = evaluation.split->base(), .dialect = evaluation.split->dialect(), .borrow = true});
  if (!parsed) return false;
  const btf::Btf& layer = **parsed;
  std::map<std::string_view, std::vector<btf::Type>> definitions;
  for (std::uint32_t id = 1; id < layer.end_id(); ++id)
    if (const btf::Type type = layer.type(id); btf::is_composite(type.kind()))
      definitions[layer.name(type)].push_back(type);
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    if (type.kind() != Kind::fwd || layer.name(type).empty()) continue;
    const Kind sort = type.kflag() ? Kind::union_ : Kind::struct_;
    std::vector<Kind> found;
    for (const btf::Type& definition : definitions[layer.name(type)])
      if (is_same_name(layer, type, definition, names)) found.push_back(definition.kind());
    if (found == std::vector{sort}) return true;
  }
  return false;
}

bool leaves_more(const Evaluation& evaluation, const Answer& predicted, const Answer& answer) {
  const auto counts = counts_if_sound(evaluation, predicted, answer);
  return counts && counts->answered > counts->predicted &&
         !leaves_resolvable_fwd(evaluation, answer, Names::by_content);
}

// Whether two types have one name at two places that stay apart.
bool has_names_apart(const btf::Btf& top) {
  std::map<std::string_view, btf::Type> first;
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    if (type.name_offset() == 0 || top.name(type).empty()) continue;
    const auto [known, is_new] = first.emplace(top.name(type), type);
    if (!is_new && !is_same_name(top, known->second, type, Names::apart_below)) return true;
  }
  return false;
}

// A law writes the pair anew, with each name at one place, and dedup goes another way there.
bool breaks_law_by_strings_below(const Evaluation& evaluation, const Answer& answer) {
  const bool rewritten = answer.property == "byte-order" || answer.property == "idle-strings";
  return answer.outcome == Outcome::broken && rewritten && answer.detail.starts_with("dedup:") &&
         evaluation.split && has_names_apart(*evaluation.split);
}

// Leaves a FWD whose definition has its name at another place, and one is in lower layers' strings.
bool trusts_strings_below(const Evaluation& evaluation, const Answer& predicted,
                          const Answer& answer) {
  if (evaluation.op == Op::laws) return breaks_law_by_strings_below(evaluation, answer);
  const auto counts = counts_if_sound(evaluation, predicted, answer);
  return counts && counts->answered > counts->predicted &&
         leaves_resolvable_fwd(evaluation, answer, Names::by_content) &&
         !leaves_resolvable_fwd(evaluation, answer, Names::apart_below);
}

bool chooses_otherwise(const Evaluation& evaluation, const Answer& predicted,
                       const Answer& answer) {
  const auto counts = counts_if_sound(evaluation, predicted, answer);
  return counts && counts->answered == counts->predicted;
}

// Whether there is a declaration to choose a definition for.
bool has_declaration(const btf::Btf& stack) {
  for (std::uint32_t id = 1; id < stack.end_id(); ++id) {
    const btf::Type type = stack.type(id);
    if (type.kind() == Kind::fwd || (btf::is_enumeration(type.kind()) && type.vlen() == 0))
      return true;
  }
  return false;
}

bool merges_across_fwd(const Evaluation& evaluation, const Answer& predicted,
                       const Answer& answer) {
  const auto counts = counts_if_sound(evaluation, predicted, answer);
  return counts && counts->answered < counts->predicted && has_declaration(*evaluation.split);
}

// What is unsound but for what becomes of declarations.
bool merges_declarations(const Evaluation& evaluation, const Answer& predicted,
                         const Answer& answer) {
  return counts_if_sound(evaluation, predicted, answer, btf::Declarations::merge_freely) &&
         !counts_if_sound(evaluation, predicted, answer);
}

// What is unsound because a type of a lower layer, with a FWD below it, stands for a full one.
bool loses_definition(const Evaluation& evaluation, const Answer& predicted, const Answer& answer) {
  return counts_if_sound(evaluation, predicted, answer, btf::Declarations::swap_with_lower) &&
         !counts_if_sound(evaluation, predicted, answer, btf::Declarations::merge_freely);
}

// What is unsound but for what arrays hold.
bool merges_arrays(const Evaluation& evaluation, const Answer& predicted, const Answer& answer) {
  return counts_if_sound(evaluation, predicted, answer, btf::Declarations::blur_arrays) &&
         !counts_if_sound(evaluation, predicted, answer, btf::Declarations::merge_freely);
}

// What is unsound because an ENUM without values stood for several others.
bool swaps_enums(const Evaluation& evaluation, const Answer& predicted, const Answer& answer) {
  return !counts_if_sound(evaluation, predicted, answer, btf::Declarations::merge_freely) &&
         counts_if_sound(evaluation, predicted, answer, btf::Declarations::fit_several_enums);
}

// What is unsound because a FWD stood for several definitions.
bool swaps_definitions(const Evaluation& evaluation, const Answer& predicted,
                       const Answer& answer) {
  return !counts_if_sound(evaluation, predicted, answer, btf::Declarations::fit_several_enums) &&
         !counts_if_sound(evaluation, predicted, answer, btf::Declarations::swap_with_lower) &&
         counts_if_sound(evaluation, predicted, answer, btf::Declarations::fit_several);
}

}  // namespace

void append_dedup_defects(std::vector<Entry>& table) {
  table.push_back(with(
      Severity::refusal,
      deviation("dedup-refuses-loops", Op::dedup,
                "types that refer to each other in a loop without a struct or typedef make "
                "deduplication fail",
                "btf_dedup_ref_type() returns -ELOOP for BTF_IN_PROGRESS_ID", kDedupRefusesLoops)));
  table.push_back(with(
      Severity::refusal,
      deviation("dedup-refuses-typedef-loops", Op::dedup,
                "types that refer to each other in a loop through a typedef make deduplication "
                "fail",
                "btf_dedup_ref_type() before typedefs were compared as structs are",
                kDedupRefusesTypedefLoops)));
  table.push_back(with(
      Severity::refusal,
      tolerance("dedup-refuses-odd-references", Op::dedup,
                "a struct that leads to a VAR, DATASEC or DECL_TAG makes deduplication fail as "
                "soon as it is compared with another",
                "btf_dedup_is_equiv() returns -EINVAL for these kinds", refuses_odd_reference)));
  table.push_back(tolerance(
      "dedup-leaves-more", Op::dedup,
      "of types that are the same more than one is left, or a FWD with one definition",
      "btf_dedup_is_equiv() maps each canonical type to one candidate; "
      "btf_dedup_fill_unique_names_map() takes a struct and a union of one name for a conflict",
      leaves_more));
  table.push_back(with(
      Severity::none,
      tolerance("dedup-trusts-strings-below", Op::dedup,
                "a FWD is left beside its definition where lower layers hold its name twice, or as "
                "the end of another",
                "strs_dedup_remap_str_off() leaves offsets into the base as they are, and names "
                "are compared by offset",
                trusts_strings_below)));
  table.push_back(with(
      Severity::none,
      tolerance("dedup-chooses-otherwise", Op::dedup,
                "another one of several equal types is left than the first, or a declaration with "
                "several definitions becomes another one of them",
                "btf_dedup_ref_type() gives ids in the order of its walk; btf_dedup_prim_type() "
                "resolves an empty enum again for each definition that follows",
                chooses_otherwise)));
  table.push_back(with(
      Severity::none,
      tolerance("dedup-merges-across-fwd", Op::dedup,
                "types that differ in a FWD with several definitions are merged with the first "
                "that has one of these in its place",
                "btf_dedup_is_equiv() takes a FWD for equal to any struct of its name",
                merges_across_fwd)));
  table.push_back(tolerance(
      "dedup-merges-declarations", Op::dedup,
      "a declaration without a name becomes any type without one, an ENUM without values any "
      "other of its name, whatever its size, and the third word of a FWD is mapped like an id",
      "btf_compat_enum() and btf_dedup_is_equiv() compare nothing but name_off; "
      "btf_field_iter_init() lists BTF_KIND_FWD among the kinds with a type id",
      merges_declarations));
  table.push_back(tolerance(
      "dedup-loses-definition", Op::dedup,
      "a split type whose struct is defined is replaced by the base's type, which has a FWD there",
      "btf_dedup_merge_hypot_map() maps the base's FWD to the split's struct, and "
      "btf_dedup_is_equiv() takes them for the same from then on without hypot_adjust_canon",
      loses_definition));
  table.push_back(tolerance(
      "dedup-swaps-enums", Op::dedup,
      "an ENUM in a struct is replaced by another of its name, where a struct of that name has one "
      "without values there",
      "btf_dedup_is_equiv() takes enums of one name for equal where one has no values; "
      "btf_dedup_prim_type() resolves that one to the last of its name",
      swaps_enums));
  table.push_back(tolerance(
      "dedup-swaps-definitions", Op::dedup,
      "where a FWD fits several definitions of its name, one of these is replaced by another",
      "btf_dedup_is_equiv() does not ask what the candidate's FWD was resolved to; "
      "btf_dedup_merge_hypot_map() then maps that definition to the canonical type's",
      swaps_definitions));
  table.push_back(tolerance(
      "dedup-merges-unlike-arrays", Op::dedup,
      "structs are merged although an array in one of them has other elements",
      "btf_dedup_identical_types(), case BTF_KIND_ARRAY: a2 = btf_array(t1)", merges_arrays));
  table.back().oracles = {};
  table.push_back(guard("dedup-id-crash", Op::dedup,
                        "a return type or a FWD's third word that is no type id is read beyond the "
                        "map of ids",
                        "btf_validate_type() checks neither, btf_dedup_ref_type() and "
                        "btf_dedup_remap_types() use both",
                        has_unchecked_id));
  table.push_back(guard("dedup-struct-loop-crash", Op::dedup,
                        "a struct that holds itself by value exhausts the stack",
                        "btf_dedup_identical_structs() calls itself for each member",
                        holds_itself));
}

}  // namespace retort
