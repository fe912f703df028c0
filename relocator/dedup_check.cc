// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/dedup_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace btf {
namespace {

// VAR and DATASEC are what they are, not what they look like.
bool is_unique(Kind kind) {
  return kind == Kind::var || kind == Kind::datasec;
}

bool is_empty_enum(const Type& type) {
  return is_enumeration(type.kind()) && type.vlen() == 0;
}

Kind full_kind(const Type& fwd) {
  return fwd.kflag() ? Kind::union_ : Kind::struct_;
}

// Whether a declaration may have become this definition.
bool defines(const Type& declared, std::string_view declared_name, const Type& type,
             std::string_view name, Declarations declarations) {
  const bool freely = declarations != Declarations::become_definitions;
  if (declared_name != name || (declared_name.empty() && !freely)) return false;
  if (declared.kind() == Kind::fwd) {
    const bool other_fwd = type.kind() == Kind::fwd && type.kflag() == declared.kflag();
    return type.kind() == full_kind(declared) || (freely && other_fwd);
  }
  return is_empty_enum(declared) && is_enumeration(type.kind()) && (type.vlen() != 0 || freely);
}

std::string describe(const Btf& stack, std::uint32_t id) {
  const Type type = stack.type(id);
  return "type " + std::to_string(id) + " (" + std::string(kind_name(type.kind())) + " '" +
         std::string(stack.name(type)) + "')";
}

// The record without its ids, names by content.
std::string words_without_ids(const Btf& stack, const Type& type) {
  std::vector<std::uint32_t> words(type.words());
  for (std::size_t word = 0; word < words.size(); ++word) words[word] = type.word(word);
  std::string names;
  for_each_name(type, [&](std::size_t word) {
    names += stack.name(words[word]);
    names += '\0';
    words[word] = 0;
  });
  for_each_id(type, [&](std::size_t word) { words[word] = 0; });
  return names +
         std::string(reinterpret_cast<const char*>(words.data()), words.size() * kWordBytes);
}

// Classes of a stack's types by rounds: each round tells apart what the last round's classes of the
// referenced types tell apart, until a round finds nothing new.
std::vector<std::uint32_t> classes_of(const Btf& stack) {
  std::vector<std::uint32_t> classes(stack.end_id());
  for (std::size_t count = 0;;) {
    std::map<std::pair<std::string, std::vector<std::uint32_t>>, std::uint32_t> found;
    std::vector<std::uint32_t> refined(classes.size());
    for (std::uint32_t id = 0; id < classes.size(); ++id) {
      const Type type = stack.type(id);
      std::vector<std::uint32_t> children;
      if (is_unique(type.kind())) children.push_back(id);
      for_each_id(type, [&](std::size_t word) {
        const std::uint32_t child = type.word(word);
        children.push_back(child < classes.size() ? classes[child] : 0);
      });
      const auto next = static_cast<std::uint32_t>(found.size());
      refined[id] =
          found.try_emplace({words_without_ids(stack, type), children}, next).first->second;
    }
    classes = std::move(refined);
    if (found.size() == count) return classes;
    count = found.size();
  }
}

// What a declaration may become, or one that is there.
using Tag = std::pair<Kind, std::string_view>;

Tag tag_of(const Btf& stack, const Type& type) {
  const Kind kind = type.kind() == Kind::fwd      ? full_kind(type)
                    : is_enumeration(type.kind()) ? Kind::enum_
                                                  : type.kind();
  return {kind, stack.name(type)};
}

// The definitions that stood, in one of two types that have become the same, where the other has a
// declaration. A lower layer's declaration counts also where the types have not: it takes up a
// definition from any type that looks like the one that leads to it.
class Fitted {
 public:
  Fitted(const Btf& before, const Btf& after, std::span<const std::uint32_t> ids, bool only_enums)
      : before_(before),
        ids_(ids),
        old_classes_(classes_of(before)),
        new_classes_(classes_of(after)),
        only_enums_(only_enums) {
    std::map<std::uint32_t, std::uint32_t> first;
    std::multimap<std::string, std::uint32_t> lower;
    for (std::uint32_t id = 1; id < before.end_id(); ++id) {
      const Type type = before.type(id);
      if (!is_composite(type.kind()) && type.kind() != Kind::typedef_) continue;
      const auto [entry, is_first] = first.try_emplace(ids[id], id);
      if (!is_first) compare(entry->second, id, before.end_id());
      const std::string words = words_without_ids(before, type);
      if (id < before.start_id()) {
        lower.emplace(words, id);
        continue;
      }
      const auto [begin, end] = lower.equal_range(words);
      for (auto alike = begin; alike != end; ++alike) compare(alike->second, id, before.start_id());
    }
  }

  // Whether the definition is one of them, and something else that one of its declarations stood
  // beside, or was, became the new id. What unrolls to the same is the same here; and a declaration
  // without a name, once it stands for something, stands beside all that has none.
  [[nodiscard]] bool another_became(std::uint32_t id, std::uint32_t new_id) const {
    const Tag tag = tag_of(before_, before_.type(id));
    const auto others = tagged_.find(tag);
    if (others == tagged_.end()) return false;
    if (!tag.second.empty() && !definitions_.contains(old_classes_[id])) return false;
    const auto became = [&](std::uint32_t other) {
      return old_classes_[other] != old_classes_[id] &&
             new_classes_[ids_[other]] == new_classes_[new_id];
    };
    return std::ranges::any_of(others->second, became);
  }

 private:
  // Declarations count that are below the given id.
  void compare(std::uint32_t one, std::uint32_t other, std::uint32_t below) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> open = {{one, other}};
    while (!open.empty()) {
      const auto [a, b] = open.back();
      open.pop_back();
      if (a == b || !seen_.emplace(a, b, below).second) continue;
      if (fit(a, b, below) || fit(b, a, below)) continue;
      const Type a_type = before_.type(a);
      const Type b_type = before_.type(b);
      if (words_without_ids(before_, a_type) != words_without_ids(before_, b_type)) continue;
      for_each_id(a_type, [&](std::size_t word) {
        open.emplace_back(a_type.word(word), b_type.word(word));
      });
    }
  }

  bool fit(std::uint32_t declared_id, std::uint32_t id, std::uint32_t below) {
    const Type declared = before_.type(declared_id);
    const Type type = before_.type(id);
    if (type.kind() == Kind::fwd || is_empty_enum(type) ||
        !defines(declared, before_.name(declared), type, before_.name(type),
                 Declarations::merge_freely))
      return false;
    if (declared_id >= below || (only_enums_ && !is_enumeration(type.kind()))) return true;
    definitions_.insert(old_classes_[id]);
    tagged_[tag_of(before_, type)].insert({id, declared_id});
    return true;
  }

  const Btf& before_;
  std::span<const std::uint32_t> ids_;
  std::vector<std::uint32_t> old_classes_, new_classes_;
  bool only_enums_;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> seen_;
  std::set<std::uint32_t> definitions_;            // their old classes
  std::map<Tag, std::set<std::uint32_t>> tagged_;  // with their declarations
};

class Soundness {
 public:
  Soundness(const Btf& before, const Btf& after, std::span<const std::uint32_t> ids,
            Declarations declarations)
      : before_(before), after_(after), declarations_(declarations) {
    const bool only_enums = declarations == Declarations::fit_several_enums;
    if (only_enums || declarations == Declarations::fit_several)
      fitted_.emplace(before, after, ids, only_enums);
  }

  std::optional<std::string> check(std::uint32_t old_id, std::uint32_t new_id) {
    assume(old_id, new_id);
    while (!open_.empty()) {
      const auto [a, b] = open_.back();
      open_.pop_back();
      if (!same_record(a, b))
        return describe(before_, old_id) + " became " + describe(after_, new_id) +
               ", but below them " + describe(before_, a) + " is not " + describe(after_, b);
    }
    return {};
  }

 private:
  void assume(std::uint32_t a, std::uint32_t b) {
    if (a == b && a < before_.start_id()) return;
    if (assumed_.emplace(a, b).second) open_.emplace_back(a, b);
  }

  bool same_record(std::uint32_t a, std::uint32_t b) {
    const Type old_type = before_.type(a);
    const Type new_type = after_.type(b);
    if (defines(old_type, before_.name(old_type), new_type, after_.name(new_type), declarations_))
      return true;
    if (declarations_ == Declarations::swap_with_lower && b < before_.start_id() &&
        defines(new_type, after_.name(new_type), old_type, before_.name(old_type), declarations_))
      return true;
    if (fitted_ && fitted_->another_became(a, b)) return true;
    if (words_without_ids(before_, old_type) != words_without_ids(after_, new_type)) return false;
    if (declarations_ == Declarations::blur_arrays && old_type.kind() == Kind::array) return true;
    for_each_id(old_type,
                [&](std::size_t word) { assume(old_type.word(word), new_type.word(word)); });
    return true;
  }

  const Btf& before_;
  const Btf& after_;
  Declarations declarations_;
  std::optional<Fitted> fitted_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> assumed_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> open_;
};

std::optional<std::string> lost_variable(const Btf& before, const Btf& after,
                                         std::span<const std::uint32_t> ids) {
  std::vector<std::uint32_t> kept;
  for (std::uint32_t id = after.start_id(); id < after.end_id(); ++id)
    if (is_unique(after.type(id).kind())) kept.push_back(id);
  std::size_t next = 0;
  for (std::uint32_t id = before.start_id(); id < before.end_id(); ++id) {
    if (!is_unique(before.type(id).kind())) continue;
    if (next == kept.size() || ids[id] != kept[next++])
      return describe(before, id) + " is not in its place";
  }
  if (next != kept.size()) return describe(after, kept[next]) + " came from nowhere";
  return {};
}

std::optional<std::string> unresolved(const Btf& after, const std::vector<std::uint32_t>& classes) {
  std::map<std::pair<Kind, std::string_view>, std::set<std::uint32_t>> definitions;
  for (std::uint32_t id = 1; id < after.end_id(); ++id) {
    const Type type = after.type(id);
    if (is_composite(type.kind())) definitions[{type.kind(), after.name(type)}].insert(classes[id]);
  }
  for (std::uint32_t id = after.start_id(); id < after.end_id(); ++id) {
    const Type type = after.type(id);
    if (type.kind() != Kind::fwd || after.name(type).empty()) continue;
    const auto found = definitions.find({full_kind(type), after.name(type)});
    if (found != definitions.end() && found->second.size() == 1)
      return describe(after, id) + " has one full definition and is still there";
  }
  return {};
}

}  // namespace

std::optional<std::string> unsound(const Btf& before, const Btf& after,
                                   std::span<const std::uint32_t> ids, Declarations declarations) {
  if (ids.size() != before.end_id()) return "the map does not cover the input";
  for (std::uint32_t id = 1; id < before.end_id(); ++id) {
    if (ids[id] == 0 || ids[id] >= after.end_id())
      return describe(before, id) + " is mapped to no type";
    if (id < before.start_id() && ids[id] >= after.start_id())
      return describe(before, id) + " left the base";
  }
  Soundness soundness(before, after, ids, declarations);
  for (std::uint32_t id = 1; id < before.end_id(); ++id)
    if (auto wrong = soundness.check(id, ids[id])) return wrong;
  return lost_variable(before, after, ids);
}

std::optional<std::string> incomplete(const Btf& after) {
  const std::vector<std::uint32_t> classes = classes_of(after);
  std::map<std::uint32_t, std::uint32_t> first;
  for (std::uint32_t id = 1; id < after.end_id(); ++id) {
    const auto [entry, is_first] = first.try_emplace(classes[id], id);
    if (!is_first && id >= after.start_id())
      return describe(after, id) + " is the same as " + describe(after, entry->second);
  }
  return unresolved(after, classes);
}

}  // namespace btf
