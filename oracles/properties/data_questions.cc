// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/data_questions.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <set>

#include "oracles/properties/fence.h"
#include "oracles/properties/libbpf_size.h"
#include "oracles/properties/walk.h"
#include "relocator/resolve.h"

namespace retort {
namespace {

// Each question costs microseconds, and the pattern repeats itself anyway.
constexpr std::uint32_t kMaxTypes = 48;
constexpr std::uint64_t kMaxWalk = 200;
constexpr std::uint64_t kMaxBytes = 1024;
constexpr std::uint32_t kStep = 8;  // data that is cut off begins as aligned as all of it

class Leaves {
 public:
  Leaves(const btf::Btf& top, btf::Resolver& resolver) : top_(top), resolver_(resolver) {}

  std::vector<Leaf> of(std::uint32_t id) {
    visit(id, {.first = true}, 0);
    return std::move(leaves_);
  }

  /// Whether libbpf takes all that was visited for as large as it is.
  [[nodiscard]] bool are_sized_alike() const { return sized_alike_; }

 private:
  // The walk is short: whoever asks has measured it.
  void visit(std::uint32_t id, Leaf at, std::uint32_t depth) {
    const btf::Resolved resolved = resolver_.resolve(id);
    const btf::Type type = top_.type(resolved.id);
    const btf::Kind kind = type.kind();
    at.id = resolved.id;
    at.size = static_cast<std::uint32_t>(resolved.sized ? resolved.size : 0);
    // An array without elements has a size even where they have none; not so for libbpf.
    sized_alike_ = sized_alike_ && resolved_in_libbpf(top_, id) == at.size;
    const bool holds_more = kind == btf::Kind::array || btf::is_composite(kind);
    // A bit field that is no number is a leaf too: nobody says how it is to be shown.
    if (holds_more && at.bits != 0) leaves_.push_back(at);
    if (kind == btf::Kind::array) return visit_elements(type, at, depth);
    if (btf::is_composite(kind)) return visit_members(type, at, depth);
    if (kind == btf::Kind::var) return visit(type.type_id(), at, depth);
    if (kind == btf::Kind::datasec) return visit_variables(type, at);
    leaves_.push_back(at);
  }

  void visit_elements(const btf::Type& array, const Leaf& at, std::uint32_t depth) {
    // libbpf takes even its own error for a size, when it looks for zeroes.
    const auto size = static_cast<std::uint32_t>(resolved_in_libbpf(top_, array.fixed(0)));
    for (std::uint32_t index = 0; index < array.fixed(2); ++index) {
      Leaf element = at;
      element.byte += std::uint64_t{size} * index;
      element.bit = element.bits = 0;
      element.in_array = true;
      element.first = at.first && index == 0;
      visit(array.fixed(0), element, depth + 1);
    }
  }

  void visit_members(const btf::Type& composite, const Leaf& at, std::uint32_t depth) {
    for (std::uint32_t index = 0; index < composite.vlen(); ++index) {
      const std::uint32_t word = composite.element(index, 2);
      const std::uint32_t offset = btf::member_bit_offset(word, composite.kflag());
      Leaf member = at;
      member.byte += offset / 8;
      member.bit = offset % 8;
      member.bits = btf::member_bit_size(word, composite.kflag());
      if (depth == 0) {
        const std::uint32_t held = resolver_.resolve(composite.element(index, 1)).id;
        member.member = index;
        member.in_composite = btf::is_composite(top_.type(held).kind());
        member.first = true;
      } else {
        member.first = at.first && index == 0;
      }
      visit(composite.element(index, 1), member, depth + 1);
    }
  }

  void visit_variables(const btf::Type& section, const Leaf& at) {
    for (std::uint32_t index = 0; index < section.vlen(); ++index) {
      Leaf variable = at;
      variable.byte += section.element(index, 1);
      visit(section.element(index, 0), variable, 1);
    }
  }

  const btf::Btf& top_;
  btf::Resolver& resolver_;
  std::vector<Leaf> leaves_;
  bool sized_alike_ = true;
};

// libbpf takes pointers for as long as the first "long" that it meets.
bool has_short_long(const btf::Btf& top) {
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    if (type.kind() == btf::Kind::int_ && type.size() == 4 && top.name(type).contains("long"))
      return true;
  }
  return false;
}

// The names of the members of whatever the type holds; the walk is short.
void collect_names(const btf::Btf& top, std::uint32_t id, btf::Resolver& resolver,
                   std::multiset<std::string_view>& names) {
  const btf::Type type = top.type(resolver.resolve(id).id);
  if (type.kind() == btf::Kind::array) {
    // Without elements it may be one of what holds it.
    if (type.fixed(2) != 0) collect_names(top, type.fixed(0), resolver, names);
    return;
  }
  if (!btf::is_composite(type.kind())) return;
  for (std::uint32_t index = 0; index < type.vlen(); ++index) {
    names.insert(top.name(type.element(index, 0)));
    collect_names(top, type.element(index, 1), resolver, names);
  }
}

bool is_regular(const btf::Btf& top, const Leaf& leaf) {
  const btf::Kind kind = top.type(leaf.id).kind();
  if (leaf.bits != 0)
    return kind == btf::Kind::int_ && std::has_single_bit(leaf.size) && leaf.size <= 8 &&
           leaf.bits + leaf.bit <= leaf.size * 8;
  return leaf.bit == 0 && (kind == btf::Kind::ptr || is_printable(kind, leaf.size));
}

bool is_regular(const btf::Btf& top, const DataQuestion& question) {
  const btf::Kind kind = top.type(question.id).kind();
  if (kind == btf::Kind::var || kind == btf::Kind::datasec) return false;
  return std::ranges::all_of(question.leaves, [&](const Leaf& leaf) {
    return is_regular(top, leaf) && leaf.byte + leaf.size <= question.size;
  });
}

// Whether it can be told what showing it reads: the fence reaches so far, and it does not depend on
// the address's remainder by an odd number.
bool is_askable(const btf::Btf& top, const Leaf& leaf) {
  constexpr std::uint64_t kLongestRead = 4096;
  if (leaf.byte + kLongestRead > LB_FENCE_DEPTH) return false;
  const bool is_float = top.type(leaf.id).kind() == btf::Kind::float_;
  return !is_float || leaf.bits == 0 || std::has_single_bit(leaf.size);
}

// The size as an accessor gives it; nothing where the type has none or is too large.
std::optional<std::uint32_t> size_of(const btf::Btf& top, std::uint32_t id,
                                     btf::Resolver& resolver) {
  const btf::Type type = top.type(id);
  if (type.kind() == btf::Kind::datasec) return std::min<std::uint32_t>(type.size(), kMaxBytes);
  const btf::Resolved resolved =
      resolver.resolve(type.kind() == btf::Kind::var ? type.type_id() : id);
  if (!resolved.sized || resolved.size > kMaxBytes) return {};
  return static_cast<std::uint32_t>(resolved.size);
}

}  // namespace

std::vector<DataQuestion> data_questions(const btf::Btf& top) {
  std::vector<DataQuestion> questions;
  btf::Resolver resolver(top);
  const std::vector<std::uint64_t> walks = walk_lengths(top, steps_of_data);
  const bool pointers_are_short = has_short_long(top);
  const auto is_pointer = [&](const Leaf& leaf) {
    return top.type(leaf.id).kind() == btf::Kind::ptr;
  };
  for (std::uint32_t id = 1; id < std::min(top.end_id(), kMaxTypes); ++id) {
    if (walks[id] > kMaxWalk || (top.type(id).kind() == btf::Kind::decl_tag)) continue;
    const auto size = size_of(top, id, resolver);
    // Where libbpf takes the type for another size nothing is known of the data.
    if (!size || resolved_in_libbpf(top, id) != *size) continue;
    DataQuestion question{.id = id, .size = *size, .given = *size, .options = id % kAllOptions};
    Leaves leaves(top, resolver);
    question.leaves = leaves.of(id);
    if (pointers_are_short && std::ranges::any_of(question.leaves, is_pointer)) continue;
    if (!std::ranges::all_of(question.leaves,
                             [&](const Leaf& leaf) { return is_askable(top, leaf); }))
      continue;
    question.regular = leaves.are_sized_alike() && is_regular(top, question);
    questions.push_back(question);
    if (*size == 0) continue;
    // Every second time a multiple of the step that depends on the type.
    const std::uint32_t most = (*size - 1) / kStep;
    question.given = kStep * (id % 2 == 0 ? most : id % (most + 1));
    question.options = (id * 5 + 4) % kAllOptions;
    questions.push_back(std::move(question));
  }
  return questions;
}

void fill_data(const Pair& pair, const DataQuestion& question, std::span<std::byte> bytes) {
  const std::vector<std::byte>* part = pair.find(kData);
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    if (part != nullptr && !part->empty())
      bytes[index] = (*part)[index % part->size()];
    else
      bytes[index] = static_cast<std::byte>(
          (index / 4 + question.id) % 3 == 0 ? 0 : (index * 29 + question.id * 7) | 1);
  }
}

std::vector<std::string_view> shown_members(const btf::Btf& top, const DataQuestion& question,
                                            Bytes data) {
  btf::Resolver resolver(top);
  const btf::Type whole = top.type(resolver.resolve(question.id).id);
  if (!btf::is_composite(whole.kind())) return {};
  // In the text nothing tells a member from another one of its name further in.
  std::multiset<std::string_view> all_names;
  collect_names(top, whole.id(), resolver, all_names);
  std::vector<bool> shown(whole.vlen()), doubtful(whole.vlen());
  for (const Leaf& leaf : question.leaves) {
    if (!leaf.in_composite || leaf.bits != 0 || (leaf.in_array && leaf.size == 1))
      doubtful[leaf.member] = true;
    // The bytes of a bit field's type need not all be there.
    if (doubtful[leaf.member]) continue;
    const Bytes bytes = data.subspan(leaf.byte, leaf.size);
    if (std::ranges::any_of(bytes, [](std::byte byte) { return byte != std::byte{}; }))
      shown[leaf.member] = true;
  }
  std::vector<std::string_view> names;
  for (std::uint32_t member = 0; member < whole.vlen(); ++member) {
    const std::string_view name = top.name(whole.element(member, 0));
    if (shown[member] && !doubtful[member] && !name.empty() && all_names.count(name) == 1)
      names.push_back(name);
  }
  return names;
}

bool is_printable(btf::Kind kind, std::uint32_t size) {
  if (!std::has_single_bit(size)) return false;
  switch (kind) {
    case btf::Kind::int_:
      return size <= 16;
    case btf::Kind::float_:
      return size >= 4 && size <= 16;
    case btf::Kind::enum_:
    case btf::Kind::enum64:
      return size <= 8;
    default:
      return false;
  }
}

bool is_too_short(const DataQuestion& question) {
  return std::ranges::any_of(question.leaves, [&](const Leaf& leaf) {
    const std::uint64_t bytes = leaf.bits != 0 ? (leaf.bit + leaf.bits + 7) / 8 : leaf.size;
    return leaf.byte + bytes > question.given;
  });
}

}  // namespace retort
