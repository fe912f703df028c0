// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The text of a dump: anonymous structs are printed where they are used, and if one leads back to
// itself there is no end to it; a number is put behind a name that was used before, without a look
// at whether that makes the name of another type.
#include <algorithm>
#include <map>
#include <span>
#include <string>

#include "oracles/deviation.h"
#include "oracles/properties/dump.h"
#include "oracles/properties/walk.h"
#include "oracles/tolerances.h"

namespace retort {
namespace {

void declaration_loop(const Evaluation& evaluation, Answer& answer) {
  if (evaluation.op != Op::dump || !evaluation.source) return;
  const std::vector<std::uint64_t> walks = walk_lengths(*evaluation.source, steps_of_declaration);
  const auto printed = std::span(walks).first(std::min<std::size_t>(walks.size(), kMaxDecls));
  if (std::ranges::find(printed, kEndless) != printed.end()) foretell_dump(answer, "decl-ends");
}

// "name" of "name___2", or nothing.
std::string_view without_number(std::string_view name) {
  const std::size_t digits = name.find_last_not_of("0123456789");
  if (digits == std::string_view::npos || digits + 1 == name.size()) return {};
  const std::string_view front = name.substr(0, digits + 1);
  return front.ends_with("___") ? front.substr(0, front.size() - 3) : std::string_view{};
}

}  // namespace

const Deviation kDeclarationLoop = {.answer = declaration_loop};

bool has_suffix_clash(const Evaluation& evaluation, const Answer& predicted, const Answer& answer) {
  if (evaluation.op != Op::dump || !evaluation.source || answer.property != "dump-unique")
    return false;
  if (predicted.outcome == Outcome::broken && !is_before(answer.property, predicted.property))
    return false;
  std::map<std::string_view, int> names;
  const btf::Btf& top = *evaluation.source;
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const btf::Kind kind = top.type(id).kind();
    if (btf::is_composite(kind) || btf::is_enumeration(kind)) ++names[top.name(top.type(id))];
  }
  return std::ranges::any_of(names, [&](const auto& entry) {
    const auto plain = names.find(without_number(entry.first));
    return plain != names.end() && plain->second > 1;
  });
}

}  // namespace retort
