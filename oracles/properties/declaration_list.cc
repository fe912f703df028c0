// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/declaration_list.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "oracles/properties/dump.h"

namespace retort {
namespace {

constexpr std::uint32_t kFirstCapacity = 16;
constexpr std::uint32_t kLongestChain = 1000;
constexpr std::uint32_t kDeepest = 3000;         // more than fits any text
constexpr std::uint32_t kMostPrinted = 1 << 17;  // declarations, which no text holds either

bool is_qualifier(btf::Kind kind) {
  return kind == btf::Kind::const_ || kind == btf::Kind::volatile_ || kind == btf::Kind::restrict_;
}

bool goes_on(btf::Kind kind) {
  return is_qualifier(kind) || kind == btf::Kind::ptr || kind == btf::Kind::type_tag ||
         kind == btf::Kind::array || kind == btf::Kind::func_proto;
}

bool is_inlined(const btf::Type& type) {
  return btf::is_composite(type.kind()) && type.name_offset() == 0;
}

// The list of one dumper. A declaration that prints more than is taken from it is left, and its
// dumper with it. How much it prints is known roughly: at least so much, and at most.
class DeclarationList {
 public:
  DeclarationList(const btf::Btf& top, std::size_t most_text) : top_(top), most_text_(most_text) {}

  /// Whether the list is moved under one who is in the middle of it.
  bool declare(std::uint32_t id, bool strips) {
    strips_ = strips;
    begin();
    push_and_print(id, 0);
    return stale_;
  }

  bool define(const btf::Type& composite) {
    begin();
    print_members(composite, 0);
    return stale_;
  }

  [[nodiscard]] bool may_have_ended() const { return ended_ || most_ >= most_text_; }
  [[nodiscard]] std::uint32_t printed() const { return printed_; }

 private:
  [[nodiscard]] bool is_over() const { return stale_ || ended_; }

  void begin() {
    least_ = most_ = 0;
    printed_ = count_ = 0;
    ended_ = false;
  }

  void print(std::size_t least, std::size_t most) {
    least_ += least;
    most_ += most;
    ended_ = ended_ || least_ >= most_text_;
  }

  void push() {
    if (count_++ < capacity_) return;
    capacity_ = std::max(kFirstCapacity, capacity_ * 3 / 2);
    ++moves_;
  }

  [[nodiscard]] bool is_stripped(btf::Kind kind) const {
    return strips_ && (is_qualifier(kind) || kind == btf::Kind::type_tag);
  }

  // Those on the list; the last is what they lead to.
  std::vector<btf::Type> push_chain(std::uint32_t id) {
    std::vector<btf::Type> chain;
    for (std::uint32_t link = 0; link < kLongestChain; ++link) {
      if (id == 0) {
        push();
        return chain;
      }
      const btf::Type type = top_.type(id);
      if (!is_stripped(type.kind())) {
        push();
        chain.push_back(type);
      }
      if (!goes_on(type.kind())) return chain;
      id = type.kind() == btf::Kind::array ? type.fixed(0) : type.type_id();
    }
    ended_ = true;
    return chain;
  }

  void push_and_print(std::uint32_t id, std::uint32_t depth) {
    ++printed_;
    ended_ = ended_ || depth > kDeepest;
    if (is_over()) return;
    const std::uint32_t before = count_;
    const std::vector<btf::Type> chain = push_chain(id);
    if (!is_over() && !chain.empty()) print_chain(chain, depth);
    count_ = before;
  }

  // Prototypes have their parameters printed from the name outwards, after all has been looked up.
  void print_chain(const std::vector<btf::Type>& chain, std::uint32_t depth) {
    const btf::Type& last = chain.back();
    if (is_inlined(last)) {
      const std::uint32_t moves = moves_;
      print_members(last, depth);
      if (is_over()) return;
      stale_ = moves != moves_ && is_looked_up_behind(chain);
    }
    for (const btf::Type& type : chain) print(1, most_of(type));
    for (const btf::Type& type : chain)
      if (type.kind() == btf::Kind::func_proto) print_parameters(type, depth);
  }

  // Qualifiers in front of what is printed are looked up before that.
  static bool is_looked_up_behind(const std::vector<btf::Type>& chain) {
    return std::any_of(chain.begin(), chain.end() - 1,
                       [](const btf::Type& type) { return !is_qualifier(type.kind()); });
  }

  // Without what is declared within. An anonymous enumeration is printed with all that it names.
  [[nodiscard]] std::size_t most_of(const btf::Type& type) const {
    constexpr std::size_t kMostAround = 64;
    std::size_t most = kMostAround * (1 + type.vlen());
    btf::for_each_name(type, [&](std::size_t word) { most += top_.name(type.word(word)).size(); });
    return most;
  }

  // As much padding as there may be.
  static std::size_t most_padding(const btf::Type& composite) {
    std::size_t bits = std::size_t{composite.size()} * 8;
    for (std::uint32_t index = 0; index < composite.vlen(); ++index)
      bits += btf::member_bit_offset(composite.element(index, 2), composite.kflag());
    return bits;
  }

  void print_members(const btf::Type& composite, std::uint32_t depth) {
    constexpr std::uint32_t kMostTabs = 13;
    constexpr std::uint32_t kFrame = 9;  // "union {", and "\n}" at the end
    print(kFrame, most_of(composite) + most_padding(composite));
    for (std::uint32_t index = 0; index < composite.vlen() && !is_over(); ++index) {
      print(2 + std::min(depth, kMostTabs), 0);
      push_and_print(composite.element(index, 1), depth + 1);
    }
  }

  void print_parameters(const btf::Type& prototype, std::uint32_t depth) {
    for (std::uint32_t index = 0; index < prototype.vlen() && !is_over(); ++index) {
      const std::uint32_t id = prototype.element(index, 1);
      const bool is_dots = id == 0 && index + 1 == prototype.vlen();
      print(2, 0);
      if (!is_dots) push_and_print(id, depth + 1);
    }
  }

  const btf::Btf& top_;
  std::size_t most_text_;
  std::uint32_t capacity_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t moves_ = 0;
  std::uint32_t printed_ = 0;
  std::size_t least_ = 0;
  std::size_t most_ = 0;
  bool strips_ = false;
  bool ended_ = false;
  bool stale_ = false;
};

}  // namespace

bool has_list_moved_while_in_use(const btf::Btf& top) {
  // One dumper prints all declarations, until it has to be left.
  std::optional<DeclarationList> shared(std::in_place, top, kMostDeclText);
  for (std::uint32_t id = 0; id < std::min(top.end_id(), kMaxDecls); ++id) {
    if (shared->declare(id, strips_modifiers(id))) return true;
    if (shared->may_have_ended()) shared.emplace(top, kMostDeclText);
  }
  // Another prints definitions, in an order that is not followed here: with a list that has not
  // grown yet it is moved wherever it would be with a longer one, and more often.
  std::uint32_t printed = 0;
  for (std::uint32_t id = 1; id < top.end_id() && printed < kMostPrinted; ++id) {
    const btf::Type type = top.type(id);
    DeclarationList own(top, kMostTypeText);
    if (type.kind() == btf::Kind::typedef_ && own.declare(type.type_id(), false)) return true;
    if (btf::is_composite(type.kind()) && type.name_offset() != 0 && own.define(type)) return true;
    printed += 1 + own.printed();
  }
  return false;
}

}  // namespace retort
