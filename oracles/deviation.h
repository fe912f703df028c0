// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A deviation: an upstream defect, described as a change to what the reference would answer. Each
// lives in a small file of its own in oracles/deviations/ and fills in the one or two questions
// that the defect answers differently; where the answer changed, the deviation has fired.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "oracles/answer.h"
#include "relocator/btf.h"
#include "relocator/distill.h"
#include "relocator/relocate.h"

namespace retort {

/// What the model has in hand when an operation is over.
struct Evaluation {
  Op op;
  const Pair& pair;
  btf::BtfPtr source;  ///< the top layer as the pair holds it, where it could be opened
  btf::BtfPtr split;  ///< the layer to relocate: the source, or in a round trip the distilled split
  btf::BtfPtr target;      ///< of a relocation
  bool distilled = false;  ///< distillation took place and succeeded
  const btf::Policy* policy = nullptr;
  const btf::RelocationFailure* failure = nullptr;  ///< of a relocation that failed

  [[nodiscard]] btf::Dialect dialect() const {
    return policy->follows(btf::Rule::wide_vlen) ? btf::Dialect::wide : btf::Dialect::narrow;
  }
};

using FindResult = std::optional<std::uint32_t>;

class OpenedLayer;

struct Deviation {
  /// Of a part: what is read of it, where some of it is overlooked.
  std::optional<std::vector<std::byte>> (*read)(btf::Bytes part, Stage stage) = nullptr;
  /// Of a check that a part does not meet: whether every place where it is not met is passed over.
  bool (*overlooks)(const OpenedLayer& layer, btf::Check check) = nullptr;
  /// Of a part that is opened: the errno with which it is refused, or 0 where it is accepted.
  int (*opened)(const OpenedLayer& layer, int reference) = nullptr;
  /// Of relocation: the question itself, where the distilled type fitted an earlier type of the
  /// target already.
  btf::Match (*asked_again)(const btf::Match& match) = nullptr;
  /// Of relocation: whether the two types of the match have the same size.
  bool (*same_size)(const btf::Match& match, bool reference) = nullptr;
  /// Of relocation: whether the target's type fits. `same_size` is the answer to the above.
  bool (*fits)(const btf::Match& match, bool same_size, bool reference) = nullptr;
  /// Of lookup: what is found under a name, of one kind if it is given.
  FindResult (*find)(const btf::Btf& top, std::string_view name, std::optional<btf::Kind> kind,
                     FindResult reference) = nullptr;
  /// Of distillation that succeeds: what it returns.
  void (*distilled)(const btf::Btf& source, btf::Distilled& result) = nullptr;
  /// The complete answer, after everything else.
  void (*answer)(const Evaluation& evaluation, Answer& answer) = nullptr;
};

// One for each file in oracles/deviations/; entries.cc says what they are.
extern const Deviation kEmbeddedMarkLost;
extern const Deviation kStructMatchesAnyKind;
extern const Deviation kFwdSortFromTarget;
extern const Deviation kFwdNeedsSizeOfNamesakes;
extern const Deviation kSizeLosesTopBit;
extern const Deviation kEmptyTargetName;
extern const Deviation kHalfRewritten;
extern const Deviation kGapLostWhenSwapped;
extern const Deviation kLostWithEmptyBase;
extern const Deviation kFindVoid;
extern const Deviation kFindEmptyName;
extern const Deviation kLongHeaderSwapped;
extern const Deviation kCoreFloat;
extern const Deviation kElfExtLost;
extern const Deviation kDeclarationLoop;
extern const Deviation kDataBitFieldOverread;
extern const Deviation kDataWholeBitField;
extern const Deviation kDataZeroCheckOverread;
extern const Deviation kDataArrayErrorLost;
extern const Deviation kDataEmptyElements;
extern const Deviation kDataZeroByFirstMember;
extern const Deviation kDeepReferences;
extern const Deviation kEmptyIntName;
extern const Deviation kForeignOrderRefused;
extern const Deviation kKernelErrno;
extern const Deviation kLatin1Names;
extern const Deviation kTagKflagRefused;
extern const Deviation kTypeTagsFirst;

}  // namespace retort
