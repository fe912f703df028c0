// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/printed_layout.h"

#include <algorithm>
#include <vector>

#include "oracles/properties/libbpf_size.h"
#include "oracles/properties/walk.h"

namespace retort {
namespace {

constexpr std::uint32_t kPointerBytes = 8;
constexpr std::uint64_t kLongWalk = 100000;

// What a member takes up, in bits, as libbpf's int arithmetic has it.
struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool is_bit_field = false;
};

Span span_of(const btf::Btf& top, const btf::Type& composite, std::uint32_t index) {
  const std::uint32_t word = composite.element(index, 2);
  const auto begin = static_cast<std::int32_t>(btf::member_bit_offset(word, composite.kflag()));
  const std::uint32_t bits = btf::member_bit_size(word, composite.kflag());
  if (bits != 0) return {.begin = begin, .end = begin + std::int64_t{bits}, .is_bit_field = true};
  return {.begin = begin,
          .end = begin +
                 static_cast<std::int64_t>(size_in_libbpf(top, composite.element(index, 1))) * 8};
}

constexpr std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// Whether btf_dump_emit_bit_padding() comes to round up to the next member's alignment.
bool asks_for_alignment(std::int64_t from, std::int64_t to, bool in_bit_field) {
  if (from >= to) return false;
  std::int64_t reached = 0;
  for (const std::int64_t bits : {64, 32, 16, 8}) {
    reached = round_up(from, bits);
    if (reached <= to) break;
  }
  return reached > from && reached == to && !in_bit_field;
}

bool divides_by_zero(const btf::Btf& top, const btf::Type& composite, Alignments& alignments) {
  const bool is_packed = composite.kind() == btf::Kind::struct_ && alignments.is_packed(composite);
  Span last;
  for (std::uint32_t index = 0; index < composite.vlen(); ++index) {
    const Span next = span_of(top, composite, index);
    const bool in_bit_field = last.is_bit_field && next.is_bit_field;
    if (!is_packed && asks_for_alignment(last.end, next.begin, in_bit_field) &&
        alignments.of(composite.element(index, 1)) == 0)
      return true;
    last = next;
  }
  // What stands behind the last member is aligned as the whole is, packed or not.
  return composite.kind() == btf::Kind::struct_ && alignments.of(composite.id()) == 0 &&
         asks_for_alignment(last.end, std::int64_t{composite.size()} * 8, false);
}

}  // namespace

std::uint32_t Alignments::of(std::uint32_t id) {
  const auto [known, is_new] = known_.try_emplace(id, 0);
  if (!is_new) return known->second;
  const btf::Type type = top_.type(id);
  std::uint32_t alignment = 0;
  if (type.kind() == btf::Kind::ptr)
    alignment = kPointerBytes;
  else if (type.kind() == btf::Kind::array)
    alignment = of(type.fixed(0));
  else if (btf::is_modifier(type.kind()))
    alignment = of(type.type_id());
  else if (btf::is_composite(type.kind()))
    alignment = of_composite(type);
  else if (type.kind() == btf::Kind::int_ || type.kind() == btf::Kind::float_ ||
           btf::is_enumeration(type.kind()))
    alignment = std::min(kPointerBytes, type.size());
  return known_[id] = alignment;
}

std::uint32_t Alignments::of_composite(const btf::Type& type) {
  std::uint32_t most = 1;
  for (std::uint32_t index = 0; index < type.vlen(); ++index) {
    const std::uint32_t alignment = of(type.element(index, 1));
    if (alignment == 0) return 0;
    most = std::max(most, alignment);
    const std::uint32_t word = type.element(index, 2);
    if (btf::member_bit_size(word, type.kflag()) == 0 && word % (8 * alignment) != 0) return 1;
  }
  return type.size() % most == 0 ? most : 1;
}

bool Alignments::is_packed(const btf::Type& composite) {
  std::uint32_t most = 1;
  for (std::uint32_t index = 0; index < composite.vlen(); ++index) {
    const std::uint32_t alignment = of(composite.element(index, 1));
    const std::uint32_t word = composite.element(index, 2);
    if (alignment != 0 && btf::member_bit_size(word, composite.kflag()) == 0 &&
        word % (8 * alignment) != 0)
      return true;
    most = std::max(most, alignment);
  }
  return composite.size() % most != 0;
}

bool has_padding_before_unaligned(const btf::Btf& top) {
  const std::vector<std::uint64_t> walks = walk_lengths(top, steps_of_alignment);
  Alignments alignments(top);
  for (std::uint32_t id = 1; id < top.end_id(); ++id)
    if (walks[id] < kLongWalk && btf::is_composite(top.type(id).kind()) &&
        divides_by_zero(top, top.type(id), alignments))
      return true;
  return false;
}

}  // namespace retort
