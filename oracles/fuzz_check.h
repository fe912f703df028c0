// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What every fuzz target does with a pair: its operations, as far as the parts allow, through the
// reference and every oracle that is linked in, in this process. An answer that nothing explains
// aborts, in a function that is named for the class of the difference, so that findings of one
// class look alike to whoever sorts crashes by their frames.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "oracles/entries.h"
#include "oracles/pair.h"

namespace retort {

/// Counters, and what is being done right now. They live in the file that the environment variable
/// RETORT_STATS names, mapped and shared, so that whoever started the target can read them while it
/// runs and after it died; without the variable they live in this process alone.
struct FuzzStats {
  std::uint64_t pairs = 0;
  std::uint64_t operations = 0;   ///< asked of an oracle or kept away from it
  std::uint64_t accepted = 0;     ///< operations that an oracle accepted
  std::uint64_t relocations = 0;  ///< relocations and round trips that an oracle accepted
  /// Answers, to the pairs that are looked at so, that were not the reference's. All are foretold;
  /// of these the smallest set of entries that explains is searched.
  std::uint64_t differences = 0;
  std::array<std::uint64_t, kMaxEntries> by_entry{};  ///< how often an entry was in that set
  std::array<std::uint64_t, kMaxEntries> alone{};     ///< how often it was the whole set
  std::array<std::uint64_t, kMaxEntries> guarded{};   ///< operations that a guard kept away
  std::uint64_t current_pair = 0;                     ///< digest of the pair in hand
  std::uint64_t current_op = 0;                       ///< as Op
  std::uint64_t current_oracle = 0;                   ///< index in oracle_table(), 0 between calls
};

/// Where the environment variable RETORT_SAMPLES names a folder, evidence is kept there: up to
/// kGuardSamples pairs that each guard took, as `guarded/ENTRY/NUMBER.pair`, to be run in children
/// later, and one pair that each entry explains alone, as `alone/ENTRY.pair`.
inline constexpr std::uint64_t kGuardSamples = 200;

/// The counters of this process.
FuzzStats& fuzz_stats();

/// One of so many pairs is looked at closely: where an answer to it is not the reference's, the
/// smallest explaining set is searched. All answers to all pairs are checked. The pair decides.
inline constexpr std::uint64_t kExplainEvery = 1024;

/// Of so many pairs one is put to the laws, which ask for a dozen answers; the pair decides.
inline constexpr std::uint64_t kLawsEvery = 1024;

/// Of so many pairs one is put to failing allocations, which repeat every operation a dozen times.
inline constexpr std::uint64_t kFaultsEvery = 8;

/// Asks those of `ops` that the pair allows. Aborts on the first answer that nothing explains.
void check_pair_or_abort(const Pair& pair, std::span<const Op> ops = kOps);

}  // namespace retort
