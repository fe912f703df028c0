// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// How libbpf compares types for CO-RE, told of one stack with itself: what it knows no answer for
// is no match, and what is too deep has none. Each question is answered once, so that this stays
// quick where libbpf, which remembers nothing, does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "relocator/btf.h"

namespace retort {

/// The name without what follows the last three underscores in it: a flavour of a type counts as
/// the type.
std::string_view essential_name(std::string_view name);

/// What stands behind typedefs and qualifiers; nothing where that does not exist, or never ends.
std::optional<std::uint32_t> stripped(const btf::Btf& top, std::uint32_t id);

/// Whether the kinds go together: both sorts of enumerations do.
bool same_kind_for_core(const btf::Type& local, const btf::Type& target);

class CoreComparison {
 public:
  enum class Verdict : std::uint8_t { no, yes, too_deep };

  explicit CoreComparison(const btf::Btf& top) : top_(top) {}

  /// Whether the type is compatible with itself: members do not count, and names neither.
  Verdict compatible(std::uint32_t id) { return compatible({id, id}, kLevels); }
  /// Whether it matches itself, by names and members.
  Verdict matches(std::uint32_t id) { return matches({id, id}, false, kLevels); }

 private:
  static constexpr int kLevels = 32;

  struct Two {
    std::uint32_t local;
    std::uint32_t target;
  };
  using Known = std::unordered_map<std::uint64_t, Verdict>;

  Verdict compatible(Two ids, int level);
  Verdict compare(Two ids, int level);
  Verdict parameters_are_compatible(const btf::Type& local, const btf::Type& target, int level);
  Verdict matches(Two ids, bool behind_pointer, int level);
  Verdict match(Two ids, bool behind_pointer, int level);
  Verdict members_match(const btf::Type& local, const btf::Type& target, bool behind_pointer,
                        int level);
  Verdict parameters_match(const btf::Type& local, const btf::Type& target, bool behind_pointer,
                           int level);
  bool values_match(const btf::Type& local, const btf::Type& target) const;

  /// Puts in the place of both what stands behind them; false where one of them has nothing there.
  bool strip(Two& ids) const;
  [[nodiscard]] bool same_name(std::uint32_t local_offset, std::uint32_t target_offset) const;

  const btf::Btf& top_;
  Known compatible_, matching_;
};

}  // namespace retort
