// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The model: the reference under the agreed policy, changed by a set of entries. The empty set is
// the reference itself; the set that describes an oracle predicts what that oracle answers. While
// it answers, the model records which entries had anything to decide on this pair: only these can
// explain a difference.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oracles/answer.h"
#include "oracles/entries.h"
#include "oracles/opened_pair.h"
#include "relocator/btf.h"
#include "relocator/index.h"
#include "relocator/rules.h"

namespace retort {

/// The agreed policy with the rules and checks of the entries turned over.
btf::Policy policy_of(const EntrySet& entries);

/// A deviation that is part of a model, and the index of its entry.
struct ActiveDeviation {
  std::size_t entry;
  const Deviation* deviation;
};

/// The deviations of a model by the question that they answer: relocation asks some of them once
/// for each pair of types, and most deviations have nothing to say to most questions.
struct ActiveDeviations {
  std::vector<ActiveDeviation> read, overlooks, opened, asked_again, same_size, fits, find,
      distilled, answer;

  std::vector<const Deviation*> judges;  ///< of relocation, all of them

  void add(const ActiveDeviation& deviation);
};

struct Prediction {
  Answer answer;
  std::optional<std::size_t> guard;  ///< the guard that keeps the operation away
};

class Model {
 public:
  explicit Model(const EntrySet& entries);

  /// What is answered; entries that decided something are added to `fired` if it is given.
  Answer answer(Op op, OpenedPair& pair, EntrySet* fired = nullptr) const;
  Answer answer(Op op, const Pair& pair, EntrySet* fired = nullptr) const;

  /// The answer, and the entry of sort guard that keeps the operation away.
  Prediction predict(Op op, OpenedPair& pair) const;

  /// Whether the oracle that this model describes may answer so: as predicted, or off in the manner
  /// of one of its tolerances.
  bool allows(Op op, OpenedPair& pair, const Answer& answer) const;
  [[nodiscard]] const EntrySet& tolerances() const { return tolerances_; }

  [[nodiscard]] const btf::Policy& policy() const { return policy_; }

 private:
  [[nodiscard]] std::optional<Pair> as_read(const Pair& pair, EntrySet* fired) const;
  Answer answer_as_read(Op op, OpenedPair& pair, EntrySet* fired) const;
  [[nodiscard]] Prediction predict_as_read(Op op, OpenedPair& pair) const;
  bool allows_as_read(Op op, OpenedPair& pair, const Answer& answer) const;
  Answer answer_to_laws(const Pair& pair, EntrySet* fired) const;
  [[nodiscard]] Prediction predict_laws(OpenedPair& pair) const;
  [[nodiscard]] std::optional<std::size_t> guard_of_any(OpenedPair& pair) const;

  btf::Policy policy_;
  ActiveDeviations active_;
  std::vector<std::size_t> guards_;
  EntrySet tolerances_;
};

/// What the reference answers under a policy of its own, for `--policy`.
Answer answer_under(const btf::Policy& policy, Op op, const Pair& pair);

}  // namespace retort
