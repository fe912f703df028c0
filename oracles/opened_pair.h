// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A pair with its parts read and checked, once for each way of reading them. Explaining a
// difference asks dozens of models about one pair; they differ in what they demand, hardly ever in
// how they read, so each layer remembers the first place where each check is not met.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oracles/pair.h"
#include "relocator/btf.h"
#include "relocator/index.h"
#include "relocator/relocate.h"
#include "relocator/rules.h"

namespace retort {

class KernelWalk;

/// Where a kernel refuses a part before it follows any reference, and with what.
struct OwnFault {
  std::uint32_t id = 0;  ///< of the type, or 0 for header and sections
  int code = 0;
};

/// One part. What only few models ask about it is found when it is first asked.
class OpenedLayer {
 public:
  OpenedLayer(const std::vector<std::byte>& part, btf::ParseOptions options, btf::BtfPtr base);

  btf::Bytes bytes;  ///< as the pair holds them
  btf::BtfPtr btf;   ///< null where it cannot be walked
  btf::Error error;  ///< why it cannot

  /// The first place of each check that is not met, in order.
  [[nodiscard]] const std::vector<btf::Error>& unmet() const;
  /// The first of the demanded checks that is not met, or nullptr.
  [[nodiscard]] const btf::Error* first_unmet(btf::CheckSet demanded) const;
  /// Whether the other dialect may read it otherwise.
  [[nodiscard]] bool dialects_differ() const;
  /// Whether a FWD's third word is not zero.
  [[nodiscard]] bool has_fwd_with_type() const;
  /// What a kernel finds that looks at header, sections and each type by itself.
  [[nodiscard]] const std::optional<OwnFault>& own_fault() const;
  /// What a kernel finds that walks its references; its types have to be in order by themselves.
  [[nodiscard]] const KernelWalk& kernel_walk() const;
  /// Over its canonical form; 0 where it cannot be walked.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  struct Answered {
    btf::CheckSet demanded;
    std::optional<btf::Error> first;
  };

  bool empty_;
  mutable std::optional<std::vector<btf::Error>> unmet_;
  mutable std::vector<std::unique_ptr<Answered>> answered_;  ///< errors that were handed out stay
  mutable std::optional<std::optional<OwnFault>> own_fault_;
  mutable std::shared_ptr<const KernelWalk> walk_;
  mutable std::optional<std::uint64_t> digest_;
};

/// All layers of a pair as one policy reads them.
struct OpenedParts {
  std::optional<OpenedLayer> base;    ///< BASE, where it is not below the splits
  std::vector<OpenedLayer> stack;     ///< DIST or BASE, then each SPLT; ends at one without btf
  bool stack_is_distilled = false;    ///< the lowest of the stack is DIST
  std::optional<OpenedLayer> target;  ///< TRGT
};

struct Deviation;

/// What decides how a relocation goes, beside what is relocated.
struct Manner {
  btf::RuleSet rules;                    ///< those that relocation asks
  std::vector<const Deviation*> judges;  ///< that overrule which types fit
  bool operator==(const Manner&) const = default;
};

struct KnownRelocation {
  Manner manner;
  btf::BtfPtr split, target;
  std::expected<btf::Relocated, btf::RelocationFailure> result;
  std::uint64_t digest = 0;  ///< of what was relocated
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
  /// Relocates once for each manner: of many versions most relocate alike.
  const KnownRelocation& relocation(const btf::BtfPtr& split, const btf::BtfPtr& target,
                                    const btf::Policy& policy, const Manner& manner,
                                    const btf::Judge& judge);

 private:
  [[nodiscard]] const OpenedParts* view_alike(unsigned wanted) const;

  const Pair& pair_;
  std::vector<std::unique_ptr<OpenedParts>> opened_;
  std::array<const OpenedParts*, 4>
      views_{};  ///< by dialect and reading of FWDs; some are the same
  std::vector<std::pair<btf::BtfPtr, std::unique_ptr<btf::NameIndex>>> indices_;
  std::vector<std::unique_ptr<KnownRelocation>> relocations_;
};

}  // namespace retort
