// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Which types of lower layers deduplication of the top has to look at. A split uses little of a
// large base; what is equal to a type of the split has its names, its members' names, and leads to
// such names. So a look at names, which are tried by their first bytes before anything is hashed,
// tells for most of a base that it is of no concern. Never that of a type that is.
#pragma once

#include <cstdint>
#include <vector>

#include "relocator/btf.h"
#include "relocator/dedup_names.h"

namespace btf {

class TypesBelow {
 public:
  /// `names`: those of the top layer's types and members, or more.
  TypesBelow(const Btf& top, KnownNames names)
      : top_(top), names_(std::move(names)), named_(top.start_id()) {}

  /// False only for a type of a lower layer that is equal to none of the top, and that no name of
  /// the top can stand for.
  [[nodiscard]] bool may_matter(std::uint32_t id);

 private:
  enum class Named : std::uint8_t { unknown, otherwise, alike };
  bool is_named_alike(const Type& type);
  bool leads_to_known(std::uint32_t id);
  [[nodiscard]] bool elements_are_known(const Type& type);

  const Btf& top_;
  KnownNames names_;
  std::vector<Named> named_;  ///< by id
};

/// Whether all references and names of the lower layers stay where they belong, as far as parsing
/// saw: then nothing in types that are not looked at can be wrong.
bool references_below_are_met(const Btf& top);

}  // namespace btf
