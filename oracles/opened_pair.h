// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A pair with its parts read and checked, once for each way of reading them. Explaining a
// difference asks dozens of models about one pair; they differ in what they demand, hardly ever in
// how they read, so each layer remembers the first place where each check is not met.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oracles/pair.h"
#include "relocator/btf.h"
#include "relocator/index.h"
#include "relocator/rules.h"

namespace retort {

struct OpenedLayer {
  btf::BtfPtr btf;                 ///< null where it cannot be walked
  btf::Error error;                ///< why it cannot
  std::vector<btf::Error> unmet;   ///< the first place of each check that is not met, in order
  bool dialects_differ = false;    ///< the other dialect may read it otherwise
  bool has_fwd_with_type = false;  ///< a FWD's third word is not zero
  std::uint64_t digest = 0;        ///< over its canonical form

  /// The first of the demanded checks that is not met, or nullptr.
  [[nodiscard]] const btf::Error* first_unmet(btf::CheckSet demanded) const;
};

/// All layers of a pair as one policy reads them.
struct OpenedParts {
  std::optional<OpenedLayer> base;    ///< BASE, where it is not below the splits
  std::vector<OpenedLayer> stack;     ///< DIST or BASE, then each SPLT; ends at one without btf
  bool stack_is_distilled = false;    ///< the lowest of the stack is DIST
  std::optional<OpenedLayer> target;  ///< TRGT
};

class OpenedPair {
 public:
  /// Reads nothing yet. The pair is borrowed.
  explicit OpenedPair(const Pair& pair) : pair_(pair) {}
  OpenedPair(const OpenedPair&) = delete;
  OpenedPair& operator=(const OpenedPair&) = delete;

  [[nodiscard]] const Pair& pair() const { return pair_; }
  const OpenedParts& parts(const btf::Policy& policy);
  /// An index of a layer of this pair.
  const btf::NameIndex& index(const btf::BtfPtr& layer);

 private:
  const Pair& pair_;
  std::array<std::optional<OpenedParts>, 4> views_;  ///< by dialect and reading of FWDs
  std::vector<std::pair<btf::BtfPtr, std::unique_ptr<btf::NameIndex>>> indices_;
};

}  // namespace retort
