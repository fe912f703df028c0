// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/shown_types.h"

#include "relocator/resolve.h"

namespace retort {
namespace {

constexpr std::size_t kMostTypes = 32;
constexpr std::uint32_t kMostBytes = 256;
constexpr std::uint32_t kMostSteps = 4096;
constexpr std::uint32_t kMostDepth = 40;

constexpr std::uint32_t kByteBits = 8;
constexpr std::uint32_t kCopiedBits = 128;

constexpr std::size_t kElementWord = 0;
constexpr std::size_t kCountWord = 2;

// Counts what showing visits; each value inside another is visited by itself.
class Steps {
 public:
  explicit Steps(const btf::Btf& layer) : layer_(layer), resolver_(layer) {}

  bool fit(std::uint32_t id, std::uint32_t depth = 0) {
    if (++taken_ > kMostSteps || depth > kMostDepth) return false;
    const btf::Type type = layer_.type(resolver_.resolve(id).id);
    if (type.kind() == btf::Kind::array) {
      for (std::uint32_t index = 0; index < type.fixed(kCountWord); ++index)
        if (!fit(type.fixed(kElementWord), depth + 1)) return false;
      return true;
    }
    if (!btf::is_composite(type.kind())) return true;
    for (std::uint32_t index = 0; index < type.vlen(); ++index)
      if (!fit(type.element(index, 1), depth + 1)) return false;
    return true;
  }

 private:
  const btf::Btf& layer_;
  btf::Resolver resolver_;
  std::uint32_t taken_ = 0;
};

bool is_unknown_to_core(btf::Kind kind) {
  return kind == btf::Kind::float_ || kind == btf::Kind::func || kind == btf::Kind::var ||
         kind == btf::Kind::datasec || kind == btf::Kind::decl_tag;
}

// Whether the test holds for the type and for all that it leads to, by way of types that lead on.
template <class Test, class LeadsOn>
bool all_reached(const btf::Btf& layer, std::uint32_t id, Test&& test, LeadsOn&& leads_on) {
  std::vector<bool> seen(layer.end_id());
  std::vector<std::uint32_t> left = {id};
  while (!left.empty()) {
    const std::uint32_t next = left.back();
    left.pop_back();
    if (next >= layer.end_id() || seen[next]) continue;
    seen[next] = true;
    const btf::Type type = layer.type(next);
    if (!test(type)) return false;
    if (leads_on(type))
      btf::for_each_id(type, [&](std::size_t word) { left.push_back(type.word(word)); });
  }
  return true;
}

// A bit field is copied to 128 bits and shifted to their end, then back.
bool fits_shift(std::uint32_t begin, std::uint32_t bits) {
  return bits != 0 && begin + bits < kCopiedBits;
}

// Those of whole words are read as they are.
bool int_fits_shift(const btf::Type& type, std::uint32_t begin) {
  const std::uint32_t bits = btf::int_bits(type.fixed(0));
  const std::uint32_t offset = btf::int_bit_offset(type.fixed(0));
  const bool whole = bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == kCopiedBits;
  if (begin == 0 && offset == 0 && whole) return true;
  return fits_shift((begin + offset) % kByteBits, bits);
}

}  // namespace

std::vector<ShownType> types_to_show(const btf::Btf& layer) {
  std::vector<ShownType> shown;
  btf::Resolver resolver(layer);
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    if (shown.size() == kMostTypes) break;
    const btf::Resolved resolved = resolver.resolve(id);
    if (resolved.sized && resolved.size != 0 && resolved.size <= kMostBytes)
      shown.push_back({id, static_cast<std::uint32_t>(resolved.size)});
  }
  return shown;
}

bool is_known_to_core(const btf::Btf& layer, std::uint32_t id) {
  return all_reached(
      layer, id, [](const btf::Type& type) { return !is_unknown_to_core(type.kind()); },
      [](const btf::Type&) { return true; });
}

bool is_read_within(const btf::Btf& layer, std::uint32_t id) {
  const auto is_long_enough = [](const btf::Type& type) {
    return !btf::is_enumeration(type.kind()) ||
           type.size() >= (type.kind() == btf::Kind::enum64 ? 8U : 4U);
  };
  // Behind a pointer nothing is read.
  return all_reached(layer, id, is_long_enough,
                     [](const btf::Type& type) { return type.kind() != btf::Kind::ptr; });
}

bool is_shifted_within(const btf::Btf& layer, std::uint32_t id) {
  btf::Resolver resolver(layer);
  const auto fits = [&](const btf::Type& type) {
    if (type.kind() == btf::Kind::int_) return int_fits_shift(type, 0);
    if (!btf::is_composite(type.kind())) return true;
    for (std::uint32_t index = 0; index < type.vlen(); ++index) {
      const std::uint32_t word = type.element(index, 2);
      const std::uint32_t bits = type.kflag() ? btf::member_bit_size(word, true) : 0;
      const std::uint32_t begin = btf::member_bit_offset(word, type.kflag()) % kByteBits;
      const btf::Type member = layer.type(resolver.resolve(type.element(index, 1)).id);
      if (bits != 0 && !fits_shift(begin, bits)) return false;
      if (bits == 0 && member.kind() == btf::Kind::int_ && !int_fits_shift(member, begin))
        return false;
    }
    return true;
  };
  return all_reached(layer, id, fits,
                     [](const btf::Type& type) { return type.kind() != btf::Kind::ptr; });
}

bool is_shown_in_time(const btf::Btf& layer, std::uint32_t id) {
  return Steps(layer).fit(id);
}

bool tells_elements_apart(const btf::Btf& layer, std::uint32_t id) {
  btf::Resolver resolver(layer);
  btf::Type type = layer.type(id);
  if (type.kind() != btf::Kind::array || type.fixed(kCountWord) < 2) return false;
  for (std::uint32_t depth = 0; type.kind() == btf::Kind::array && depth < kMostDepth; ++depth)
    type = layer.type(resolver.resolve(type.fixed(kElementWord)).id);
  if (type.kind() == btf::Kind::ptr) return true;
  // A character may be shown as what it stands for, or not at all.
  return type.kind() == btf::Kind::int_ && type.size() > 1 && type.size() <= 8 &&
         btf::int_bits(type.fixed(0)) == type.size() * 8 && btf::int_encoding(type.fixed(0)) == 0;
}

bool has_unsized_elements(const btf::Btf& layer, std::uint32_t id) {
  btf::Resolver resolver(layer);
  const btf::Kind element = resolver.resolve(layer.type(id).fixed(kElementWord)).kind;
  return element == btf::Kind::ptr || element == btf::Kind::array;
}

}  // namespace retort
