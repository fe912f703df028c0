// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/ledger.h"

#include <algorithm>

namespace retort {

ObjectId Ledger::create(const std::string& slot, std::optional<ObjectId> base) {
  objects_.push_back({.base = base});
  slots_[slot] = objects_.size() - 1;
  return objects_.size() - 1;
}

bool Ledger::bears(ObjectId object) const {
  return std::ranges::any_of(
      objects_, [object](const ObjectLife& life) { return !life.freed && life.base == object; });
}

bool Ledger::leans_on(ObjectId object, ObjectId other) const {
  std::optional<ObjectId> at = object;
  while (at && *at != other) at = objects_[*at].base;
  return at.has_value();
}

bool Ledger::any_spoiled(ObjectId object) const {
  for (std::optional<ObjectId> at = object; at; at = objects_[*at].base)
    if (objects_[*at].spoiled) return true;
  return false;
}

std::string_view Ledger::misuse_of(const Call& call, const std::vector<ObjectId>& subjects) const {
  for (const ObjectId subject : subjects) {
    if (objects_[subject].freed) return "an object is used after it was freed";
    if (call.verb != Verb::free && any_spoiled(subject))
      return "an object is used after its deduplication failed";
  }
  if (subjects.empty()) return {};
  const ObjectId subject = subjects[0];
  if (call.verb == Verb::free && bears(subject)) return "a base is freed before what lies on it";
  if (edits(call.verb) && bears(subject)) return "a base is changed while something lies on it";
  if (call.verb == Verb::relocate) {
    if (!objects_[subject].base) return "what is relocated is no split BTF";
    if (leans_on(subjects[1], subject)) return "an object is relocated onto itself";
  }
  for (std::size_t index = 0; index < call.arguments.size(); ++index)
    if (text_of(call.verb).arguments[index] == 'n' && !call.arguments[index].text &&
        (call.verb == Verb::add_str || !edits(call.verb)))
      return "a string is asked for by a null pointer";
  return {};
}

CallJudgement Ledger::judge(const Call& call) const {
  CallJudgement judgement{.applicable = true};
  for (std::size_t index = 0; index < call.arguments.size(); ++index) {
    const ArgumentSort sort = sort_of(text_of(call.verb).arguments[index]);
    if (sort != ArgumentSort::slot && sort != ArgumentSort::base) continue;
    const auto found = slots_.find(call.arguments[index].text.value_or(""));
    if (found == slots_.end()) return {};
    judgement.subjects.push_back(found->second);
  }
  judgement.misuse = misuse_of(call, judgement.subjects);
  return judgement;
}

}  // namespace retort
