// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What is known of an object beside its types: in which of its two forms libbpf holds it, and
// whether somebody edited it. With that it can be said of a call whether it is one of the hazards,
// or breaks a precondition on the types themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "oracles/libbpf/ops.h"
#include "oracles/properties/hazards.h"
#include "oracles/properties/ledger.h"
#include "oracles/properties/program.h"
#include "oracles/properties/type_room.h"

namespace retort {

struct TrackedObject {
  lb_btf* handle = nullptr;
  lb_btf* base = nullptr;
  bool flat = true;                    ///< still in the one block that it was parsed from
  bool short_header = false;           ///< that block's header claims to be shorter than its fields
  bool edited = false;                 ///< by calls that take ids on trust
  bool made_empty = false;             ///< all strings came through libbpf
  std::uint64_t pointer_size = 0;      ///< as it was set; 0 where it was not
  std::vector<std::uint32_t> added{};  ///< the ids of what was appended, in order
  std::optional<TypeRoom> room{};      ///< once an edit has asked for it
};

struct Hazards {
  bool misuse = false;  ///< ids that somebody left dangling would be followed
  HazardSet set{};
};

/// How many bytes an appending call adds to the types of its subject, `id` being as below.
std::uint32_t appended_bytes(const libbpf_ops& ops, btf::Dialect dialect, const Call& call,
                             std::span<const TrackedObject> objects,
                             std::span<const ObjectId> subjects, std::uint32_t id);

/// Of one call on some of these objects; `id` is the first type that it names.
Hazards hazards_of(const libbpf_ops& ops, btf::Dialect dialect, const Call& call,
                   std::span<const TrackedObject> objects, std::span<const ObjectId> subjects,
                   std::uint32_t id);

}  // namespace retort
