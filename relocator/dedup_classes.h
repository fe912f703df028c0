// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Loose classes of types: types that are equal as long as a name stands for what it names. A
// reference to a named STRUCT, UNION, ENUM or FWD is cut there: only sort and name count, as a
// group. Everything else is compared down to those cuts, bottom up, each record once. Types that
// lead into a loop without such a name are cut as well, by their own record.
//
// Bisimilar types are always in one loose class; the refinement takes apart what is not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "relocator/btf.h"
#include "relocator/dedup_names.h"
#include "relocator/error.h"

namespace btf {

/// Records of a stack by id, without the cost of a Type where the top layer is meant.
class Records {
 public:
  explicit Records(const Btf& top) : top_(top), image_(top.image().data()) {}
  [[nodiscard]] const std::byte* at(std::uint32_t id) const {
    if (id >= top_.start_id()) return image_ + top_.record_offset(id);
    const Btf& layer = top_.layer_of(id);
    return layer.image().data() + layer.record_offset(id);
  }
  [[nodiscard]] Info info(const std::byte* record) const {
    return unpack_info(load_word(record + kWordBytes), top_.dialect());
  }
  [[nodiscard]] std::uint32_t word(std::uint32_t id, std::uint32_t index) const {
    return load_word(at(id) + std::size_t{index} * kWordBytes);
  }
  [[nodiscard]] Dialect dialect() const { return top_.dialect(); }

 private:
  const Btf& top_;
  const std::byte* image_;
};

/// What a reference comes to: the class of a type without a cut, else a group.
using Token = std::uint32_t;
inline constexpr Token kVoidToken = 0x7ffffffe;
inline constexpr Token kGroupBit = 0x80000000;
inline constexpr Token kLoopBit = 0x40000000;  ///< with kGroupBit: a cut in a nameless loop
constexpr bool is_group(Token token) {
  return (token & kGroupBit) != 0;
}
constexpr std::uint32_t group_of(Token token) {
  return token & ~(kGroupBit | kLoopBit);
}

struct LooseClass {
  std::uint32_t first = 0;  ///< lowest id
  std::uint32_t head = 0;   ///< a member; the others follow through LooseClasses::next
  std::uint32_t size = 0;
  Token group = 0;  ///< the members' token where they are cut, else 0
};

class LooseClasses {
 public:
  LooseClasses(const Btf& top, CanonicalNames& names);

  /// EINVAL where a kind is unknown, or an id or a name out of range.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  [[nodiscard]] const Records& records() const { return records_; }
  [[nodiscard]] std::uint32_t end_id() const { return end_id_; }
  [[nodiscard]] std::uint32_t class_of(std::uint32_t id) const { return class_of_[id]; }
  [[nodiscard]] Token token(std::uint32_t id) const { return tokens_[id]; }
  [[nodiscard]] std::uint32_t next(std::uint32_t id) const { return next_[id]; }
  /// By class; 0 is no class.
  [[nodiscard]] std::span<const LooseClass> classes() const { return classes_; }
  [[nodiscard]] std::uint32_t group_count() const {
    return static_cast<std::uint32_t>(group_keys_.size());
  }
  /// The record that all members share: names canonical, ids as tokens. Empty for VAR and DATASEC.
  [[nodiscard]] std::span<const std::uint32_t> key(std::uint32_t of_class) const {
    return {keys_.data() + key_ends_[of_class - 1], keys_.data() + key_ends_[of_class]};
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t value = 0;
  };
  enum class Built : std::uint8_t { complete, looping, missing, failed };

  /// The classes of the types that came after members of a class, by id.
  struct Followers {
    std::uint32_t last = 0;
    std::uint32_t before = 0;
  };
  enum class Match : std::uint8_t { equal, missing, differs };

  void visit_from(std::uint32_t begin);
  void visit_below();
  void visit(std::uint32_t id);
  bool settle(std::uint32_t id, std::uint32_t guess, std::uint32_t other);
  bool settle_slowly(std::uint32_t id, const std::byte* record);
  Match matches(std::uint32_t id, const std::byte* record, std::uint32_t guess);
  void announce(std::uint32_t id, std::uint32_t guess);
  Match match_child(std::uint32_t child, Token expected);
  Match match_unknown_child(std::uint32_t child, Token expected);
  Built build(std::uint32_t id, const std::byte* record);
  Token token_without_descent(std::uint32_t id, Token expected);
  Token token_of_its_own(std::uint32_t id, const std::byte* record);
  Token loop_token(std::uint32_t id);
  std::uint32_t canonical(std::uint32_t id, std::uint32_t word, std::uint32_t offset);
  void make_names_canonical(std::uint32_t id, std::span<std::uint32_t> words);
  std::uint32_t intern(std::span<const std::uint32_t> words);
  std::uint32_t new_class(std::span<const std::uint32_t> words);
  void add_member(std::uint32_t of_class, std::uint32_t id);
  Token group(std::uint32_t name, std::uint32_t sort);
  void grow();
  void fail(std::uint32_t id, std::uint32_t word, Check check, std::uint32_t value);

  const Btf& top_;
  CanonicalNames& names_;
  Records records_;
  std::uint32_t end_id_;
  std::optional<Error> error_;
  LazyArray class_of_, tokens_, next_;  ///< by id
  std::vector<LooseClass> classes_;
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint64_t> key_ends_;  ///< by class: where its key ends in keys_
  std::vector<Followers> followers_;     ///< by class
  std::vector<Slot> slots_;
  struct GroupSlot {
    std::uint64_t key = 0;
    std::uint32_t group = 0;
  };
  std::vector<GroupSlot> group_slots_;
  std::vector<std::uint64_t> group_keys_;  ///< by group: name and sort
  std::vector<std::uint32_t> buffer_;
  std::span<std::uint32_t> words_;   ///< the record being looked at, in buffer_
  std::vector<std::uint32_t> open_;  ///< what is left to visit
  std::uint32_t depth_ = 0;
};

}  // namespace btf
