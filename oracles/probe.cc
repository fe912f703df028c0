// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/probe.h"

#include <algorithm>

#include "oracles/child.h"
#include "oracles/model.h"

namespace retort {
namespace {

// A hang is one after this long; the pairs are small.
constexpr ChildLimits kProbeLimits = {.seconds = 1, .bytes = std::size_t{1} << 30};

// Whether `answer` is what the model says with the entry, given what else holds, and not without.
bool shows(std::size_t index, const Pair& pair, const Answer& answer, EntrySet others) {
  const Entry& entry = entries()[index];
  if (entry.guard != nullptr) return is_death(answer.outcome);
  if (is_death(answer.outcome)) return false;
  others.reset(index);
  EntrySet with = others;
  with.set(index);
  OpenedPair opened(pair);
  return Model(with).allows(entry.op, opened, answer) &&
         !Model(others).allows(entry.op, opened, answer);
}

}  // namespace

EntrySet probe(const Oracle& oracle, const std::map<std::string, Pair>& pairs) {
  const auto all = entries();
  std::map<std::size_t, Answer> answers;
  for (std::size_t index = 0; index < all.size(); ++index)
    if (const auto pair = pairs.find(all[index].name); pair != pairs.end() &&
                                                       allows_op(pair->second, all[index].op) &&
                                                       oracle.answers(all[index].op, pair->second))
      answers.emplace(index, answer_in_child(oracle, all[index].op, pair->second, kProbeLimits));
  // What it cannot be asked for cannot be seen either: that stands as it is documented.
  EntrySet unseen;
  for (const auto& [name, pair] : pairs)
    if (const auto index = find_entry(name);
        index && !oracle.answers(all[*index].op, pair) && all[*index].documented_for(oracle.name()))
      unseen.set(*index);
  // What else holds is first taken from the documentation, then from what was found.
  EntrySet shown = documented_entries(oracle.name());
  for (int round = 0; round < 2; ++round) {
    EntrySet next = unseen;
    for (const auto& [index, answer] : answers)
      if (shows(index, pairs.at(all[index].name), answer, shown)) next.set(index);
    shown = next;
  }
  return shown;
}

std::vector<std::string> disagreements(const Oracle& oracle, const EntrySet& shown,
                                       const std::map<std::string, Pair>& pairs) {
  std::vector<std::string> lines;
  const EntrySet documented = documented_entries(oracle.name());
  const auto all = entries();
  const std::string where = std::string(oracle.name()) + " (" + std::string(oracle.version()) + ")";
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (shown.test(index) == documented.test(index)) continue;
    const auto pair = pairs.find(all[index].name);
    if (pair == pairs.end() || !allows_op(pair->second, all[index].op))
      lines.push_back(all[index].name + ": no regression pair that allows its operation");
    else
      lines.push_back(all[index].name + (shown.test(index) ? ": new in " : ": fixed in ") + where);
  }
  return lines;
}

}  // namespace retort
