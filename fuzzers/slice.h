// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Slicing: from a pair of megabytes to one of kilobytes that gets the same answers. Distillation
// and relocation look at a base only through what the split refers to and through names, so the
// slice keeps the types that the split layers reach and every type that shares a name with one that
// is, or would be, distilled. A named struct or union keeps its kind, name and size, and of its
// members only those whose types are kept anyway.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "oracles/answer.h"
#include "oracles/pair.h"

namespace retort {

/// The sliced pair. Split layers and a distilled base stay whole, apart from ids and string
/// offsets; BEXT, which counts in ids of the old base, is left out. Fails with a sentence if a part
/// cannot be read or there is nothing to slice by.
std::expected<Pair, std::string> slice(const Pair& pair);

/// An operation whose answer a slice would change.
struct ChangedAnswer {
  Op op = Op::check;
  std::string_view policy;
  Answer before;
  Answer after;
};
/// Asks the reference under every policy whether both pairs get the same answers: accepted, or
/// rejected with the same errno at the same stage; of a distillation, which knows nothing of the
/// base's size, the same content. Returns the first that differs.
std::optional<ChangedAnswer> changed_answer(const Pair& before, const Pair& after);

}  // namespace retort
