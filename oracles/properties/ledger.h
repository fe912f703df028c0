// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The ledger of a program's objects: which slot means which object, what lies on what, what was
// freed or spoiled. It knows the preconditions that libbpf documents for the life of an object, and
// says of a call whether it breaks one: such a call is never executed, since what it does is
// nobody's fault but the caller's. It needs no libbpf, so a program can be judged by its text.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/properties/program.h"

namespace retort {

/// An object's index in the ledger.
using ObjectId = std::size_t;

struct ObjectLife {
  std::optional<ObjectId> base{};
  bool freed = false;
  bool spoiled = false;  ///< a deduplication of it failed: it can be freed and nothing more
};

struct CallJudgement {
  bool applicable = false;           ///< every slot means an object that is there
  std::string_view misuse{};         ///< the precondition that is broken; empty where none is
  std::vector<ObjectId> subjects{};  ///< what the slots mean, in the order of the arguments
};

class Ledger {
 public:
  [[nodiscard]] CallJudgement judge(const Call& call) const;

  /// A new object under that slot's name. What the slot meant before lives on without a name.
  ObjectId create(const std::string& slot, std::optional<ObjectId> base);
  void free(ObjectId object) { objects_[object].freed = true; }
  void spoil(ObjectId object) { objects_[object].spoiled = true; }
  void rebase(ObjectId object, ObjectId base) { objects_[object].base = base; }

  [[nodiscard]] const ObjectLife& life(ObjectId object) const { return objects_[object]; }
  [[nodiscard]] std::size_t size() const { return objects_.size(); }
  /// Whether a live object lies on this one.
  [[nodiscard]] bool bears(ObjectId object) const;
  /// Whether `object` is `other`, or lies on it.
  [[nodiscard]] bool leans_on(ObjectId object, ObjectId other) const;

 private:
  [[nodiscard]] std::string_view misuse_of(const Call& call,
                                           const std::vector<ObjectId>& subjects) const;
  [[nodiscard]] bool any_spoiled(ObjectId object) const;

  std::vector<ObjectLife> objects_;
  std::map<std::string, ObjectId, std::less<>> slots_;
};

}  // namespace retort
