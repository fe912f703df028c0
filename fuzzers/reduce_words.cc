// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Making what is left plainer: the header and what lies between the sections, names (few, short and
// shared between parts), and numbers (sizes, offsets, ids), each only ever to something smaller.
#include <array>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzzers/reduce_steps.h"

namespace retort {
namespace {

// ---- headers ----

using LayerEdit = bool (*)(Layer& layer);

bool clear_gaps(Layer& layer) {
  bool changed = false;
  for (PlacedSection& placed : layer.sections) {
    changed = changed || !placed.gap.empty();
    placed.gap.clear();
  }
  return changed;
}

bool clear_trailing(Layer& layer) {
  const bool changed = !layer.trailing.empty();
  layer.trailing.clear();
  return changed;
}

bool drop_layout(Layer& layer) {
  if (!layer.has_layout) return false;
  layer.set_layout(false);
  return true;
}

bool plain_header(Layer& layer) {
  const std::uint32_t plain = layer.has_layout ? btf::kLayoutHeaderBytes : btf::kHeaderBytes;
  const bool changed = layer.header_len != plain || !layer.header_rest.empty();
  layer.header_len = plain;
  layer.header_rest.clear();
  return changed;
}

bool plain_version_and_flags(Layer& layer) {
  const bool changed = layer.version != 1 || layer.flags != 0;
  layer.version = 1;
  layer.flags = 0;
  return changed;
}

bool plain_order(Layer& layer) {
  const bool changed = layer.order != std::endian::native;
  layer.order = std::endian::native;
  return changed;
}

bool types_before_strings(Layer& layer) {
  for (std::size_t index = 0; index < layer.sections.size(); ++index)
    if (layer.sections[index].section != static_cast<Section>(index)) {
      layer.sections = Layer{}.sections;
      return true;
    }
  return false;
}

bool edit_layers(Stack& stack, LayerEdit edit) {
  bool changed = false;
  for (Layer& layer : stack.layers) changed = edit(layer) || changed;
  return changed;
}

// ---- names ----

using Names = std::map<std::string, std::string, std::less<>>;

bool rename(Stack& stack, const Names& names) {
  bool changed = false;
  for (std::size_t layer = 0; layer < stack.layers.size(); ++layer)
    for (EditType& type : stack.layers[layer].types)
      for_each_name(type, [&](std::uint32_t& name) {
        const auto text = stack.text(name);
        if (!text) return;
        const auto found = names.find(*text);
        if (found == names.end()) return;
        const std::string shorter = found->second;
        name = stack.intern(layer, shorter);
        changed = true;
      });
  return changed;
}

bool compact(Stack& stack) {
  std::size_t before = 0;
  std::size_t after = 0;
  for (const Layer& layer : stack.layers) before += layer.strings.size();
  stack.compact_strings();
  for (const Layer& layer : stack.layers) after += layer.strings.size();
  return after < before;
}

// The names of all stacks, in the order of their first use.
std::vector<std::string> names_of(const Pair& pair) {
  Draft draft(pair);
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  for (const Where where : kWheres) {
    Stack* stack = draft.open(where);
    if (stack == nullptr) continue;
    stack->for_each_type([&](std::uint32_t, EditType& type) {
      for_each_name(type, [&](std::uint32_t& name) {
        const auto text = stack->text(name);
        if (text && !text->empty() && seen.insert(*text).second) names.emplace_back(*text);
      });
    });
  }
  return names;
}

// "a" to "z", then "aa" and so on.
std::string short_name(std::size_t index) {
  std::string name(1, static_cast<char>('a' + index % 26));
  return index < 26 ? name : short_name(index / 26 - 1) + name;
}

bool attempt_names(Reducing& reducing, const Names& names) {
  // Compacting may itself lose what is looked for: an odd offset, a string that nothing names.
  return reducing.attempt_edit_of_all([&](Stack& stack) {
    const bool changed = rename(stack, names);
    if (changed) stack.compact_strings();
    return changed;
  }) || reducing.attempt_edit_of_all([&](Stack& stack) { return rename(stack, names); });
}

void shorten_names(Reducing& reducing) {
  const std::vector<std::string> names = names_of(reducing.pair());
  Names all;
  for (std::size_t index = 0; index < names.size(); ++index)
    if (names[index] != short_name(index)) all[names[index]] = short_name(index);
  if (all.empty() || attempt_names(reducing, all)) return;
  for (std::size_t index = 0; index < names.size(); ++index)
    if (names[index].size() > short_name(index).size())
      attempt_names(reducing, {{names[index], short_name(index)}});
}

// Fewer names: none where it goes, else one that is there already.
void share_names(Reducing& reducing) {
  const std::vector<std::string> names = names_of(reducing.pair());
  for (std::size_t index = names.size(); index-- > 0;) {
    if (attempt_names(reducing, {{names[index], ""}})) continue;
    if (index > 0) attempt_names(reducing, {{names[index], names[0]}});
  }
}

// ---- values ----

constexpr std::array<std::uint32_t, 4> kPlainValues = {0, 1, 4, 8};
constexpr std::uint32_t kPlainIntBytes = 4;
constexpr std::uint32_t kPlainIntData = 32;

template <class Edit>
bool attempt_type(Reducing& reducing, Where where, std::uint32_t id, Edit&& edit) {
  return reducing.attempt_edit(where, [&](Stack& stack) { return edit(*stack.type(id)); });
}

void reduce_word(Reducing& reducing, Where where, std::uint32_t id, std::size_t word) {
  for (const std::uint32_t value : kPlainValues)
    if (attempt_type(reducing, where, id, [&](EditType& type) {
          if (type.words[word] <= value) return false;
          type.words[word] = value;
          return true;
        }))
      return;
}

// The words of a record that can be made smaller by themselves: all but names and the info word.
std::vector<std::size_t> plain_words(const EditType& type) {
  std::vector<bool> is_name(type.words.size());
  btf::for_each_name(type.view(), [&](std::size_t word) { is_name[word] = true; });
  std::vector<std::size_t> words;
  for (std::size_t word = 2; word < type.words.size(); ++word)
    if (!is_name[word] && type.words[word] != 0) words.push_back(word);
  return words;
}

bool plain_int(EditType& type) {
  if (type.kind() != Kind::int_) return false;
  const bool changed = type.third() != kPlainIntBytes || type.fixed(0) != kPlainIntData;
  type.third() = kPlainIntBytes;
  type.fixed(0) = kPlainIntData;
  return changed;
}

bool without_kflag(EditType& type) {
  const bool changed = type.kflag();
  type.set_kflag(false);
  return changed;
}

bool without_vlen(EditType& type) {
  if (type.shape.element != 0 || type.vlen() == 0) return false;
  type.set_vlen(0);
  return true;
}

void reduce_type_values(Reducing& reducing, Where where, std::uint32_t id) {
  for (const auto edit : {plain_int, without_kflag, without_vlen})
    attempt_type(reducing, where, id, edit);
  Draft draft(reducing.pair());
  const Stack* stack = draft.open(where);
  if (stack == nullptr || stack->type(id) == nullptr) return;
  for (const std::size_t word : plain_words(*stack->type(id)))
    reduce_word(reducing, where, id, word);
}

// Sizes that have to stay equal, in one part and another, become smaller together.
void reduce_shared_sizes(Reducing& reducing) {
  std::vector<std::uint32_t> sizes;
  Draft draft(reducing.pair());
  for (const Where where : kWheres)
    if (Stack* stack = draft.open(where))
      stack->for_each_type([&](std::uint32_t, const EditType& type) {
        const bool sized = type.shape.third == btf::ThirdWord::size;
        if (sized && std::ranges::find(sizes, type.third()) == sizes.end())
          sizes.push_back(type.third());
      });
  for (const std::uint32_t size : sizes)
    for (const std::uint32_t plain : kPlainValues) {
      const bool smaller = plain < size && reducing.attempt_edit_of_all([&](Stack& stack) {
        bool changed = false;
        stack.for_each_type([&](std::uint32_t, EditType& type) {
          if (type.shape.third != btf::ThirdWord::size || type.third() != size) return;
          type.third() = plain;
          if (type.kind() == Kind::int_) type.fixed(0) = plain * 8;
          changed = true;
        });
        return changed;
      });
      if (smaller) break;
    }
}

}  // namespace

void reduce_headers(Reducing& reducing) {
  static constexpr std::array<LayerEdit, 7> edits = {
      clear_gaps,   clear_trailing,          drop_layout, types_before_strings,
      plain_header, plain_version_and_flags, plain_order};
  for (const LayerEdit edit : edits) {
    const auto edit_stack = [&](Stack& stack) { return edit_layers(stack, edit); };
    if (reducing.attempt_edit_of_all(edit_stack)) continue;
    for (const Where where : kWheres) reducing.attempt_edit(where, edit_stack);
  }
}

void reduce_names(Reducing& reducing) {
  reducing.attempt_edit_of_all(compact);
  for (const Where where : kWheres) reducing.attempt_edit(where, compact);
  share_names(reducing);
  shorten_names(reducing);
}

void reduce_values(Reducing& reducing) {
  reduce_shared_sizes(reducing);
  for (const Where where : kWheres) {
    Draft draft(reducing.pair());
    const Stack* stack = draft.open(where);
    const std::uint32_t end_id = stack == nullptr ? 0 : stack->end_id();
    for (std::uint32_t id = end_id; id-- > 1 && !reducing.is_over();)
      reduce_type_values(reducing, where, id);
  }
}

}  // namespace retort
