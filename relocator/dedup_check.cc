// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/dedup_check.h"

#include <map>
#include <set>
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

class Soundness {
 public:
  Soundness(const Btf& before, const Btf& after, Declarations declarations)
      : before_(before), after_(after), declarations_(declarations) {}

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
    if (words_without_ids(before_, old_type) != words_without_ids(after_, new_type)) return false;
    if (declarations_ == Declarations::blur_arrays && old_type.kind() == Kind::array) return true;
    for_each_id(old_type,
                [&](std::size_t word) { assume(old_type.word(word), new_type.word(word)); });
    return true;
  }

  const Btf& before_;
  const Btf& after_;
  Declarations declarations_;
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
  Soundness soundness(before, after, declarations);
  for (std::uint32_t id = 1; id < before.end_id(); ++id) {
    if (ids[id] == 0 || ids[id] >= after.end_id())
      return describe(before, id) + " is mapped to no type";
    if (id < before.start_id() && ids[id] >= after.start_id())
      return describe(before, id) + " left the base";
    if (auto wrong = soundness.check(id, ids[id])) return wrong;
  }
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
