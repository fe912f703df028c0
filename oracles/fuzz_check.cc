// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/fuzz_check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "oracles/compare.h"
#include "oracles/digest.h"
#include "oracles/model.h"
#include "oracles/oracle.h"
#include "oracles/properties/nomem.h"

namespace retort {
namespace {

FuzzStats* map_stats() {
  static FuzzStats own;
  // The target is told where to count by whoever started it; nobody else sets this.
  const char* path = std::getenv("RETORT_STATS");
  if (path == nullptr) return &own;
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0 || ftruncate(file, sizeof(FuzzStats)) != 0) return &own;
  void* mapped = mmap(nullptr, sizeof(FuzzStats), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return mapped == MAP_FAILED ? &own : static_cast<FuzzStats*>(mapped);
}

struct Described {
  const Oracle* oracle;
  std::size_t index;
  EntrySet known;
  Model model;
};

const std::vector<Described>& described_oracles() {
  static const std::vector<Described> all = [] {
    std::vector<Described> list;
    const auto table = oracle_table();
    for (std::size_t index = 1; index < table.size(); ++index) {
      const EntrySet known = probed_entries(table[index]->name());
      list.push_back({table[index].get(), index, known, Model(known)});
    }
    return list;
  }();
  return all;
}

void print_answer(const char* who, const Answer& answer) {
  std::fprintf(stderr, "  %s: %s, errno %d, stage %s, digest %016llx, input %s %s\n", who,
               std::string(outcome_name(answer.outcome)).c_str(), answer.code,
               std::string(stage_name(answer.stage)).c_str(),
               static_cast<unsigned long long>(answer.digest),
               answer.input_preserved ? "preserved" : "changed",
               (answer.property + " " + answer.detail).c_str());
}

#define RETORT_FINDING [[noreturn]] __attribute__((noinline))

RETORT_FINDING void finding_oracle_accepts() {
  std::abort();
}
RETORT_FINDING void finding_oracle_rejects() {
  std::abort();
}
RETORT_FINDING void finding_other_error() {
  std::abort();
}
RETORT_FINDING void finding_input_changed() {
  std::abort();
}
RETORT_FINDING void finding_other_result() {
  std::abort();
}
RETORT_FINDING void finding_broken_property() {
  std::abort();
}

[[noreturn]] void report_finding(const Oracle& oracle, Op op, const Answer& predicted,
                                 const Answer& answer) {
  std::fprintf(stderr, "retort: %s of %s is not explained\n", std::string(op_name(op)).c_str(),
               std::string(oracle.name()).c_str());
  print_answer("predicted", predicted);
  print_answer("answered", answer);
  if (answer.outcome == Outcome::broken) finding_broken_property();
  if (predicted.outcome != answer.outcome)
    answer.outcome == Outcome::accepted ? finding_oracle_accepts() : finding_oracle_rejects();
  if (answer.outcome == Outcome::accepted) finding_other_result();
  if (predicted.input_preserved != answer.input_preserved) finding_input_changed();
  finding_other_error();
}

// ---- evidence ----

std::filesystem::path samples_folder() {
  const char* path = std::getenv("RETORT_SAMPLES");
  return path == nullptr ? std::filesystem::path{} : std::filesystem::path{path};
}

// "check:version" as in the name of its regression pair, without the ending.
std::string file_stem(std::size_t entry) {
  return std::filesystem::path(entries()[entry].pair_file()).stem();
}

void keep_sample(const std::filesystem::path& path, const Pair& pair) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  const std::vector<std::byte> bytes = serialize(pair);
  // Another process may be at the same sample: whole files only, the last one wins.
  const std::string temporary = path.string() + "." + std::to_string(getpid());
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) return;
  const bool whole = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (std::fclose(file) == 0 && whole) std::rename(temporary.c_str(), path.c_str());
}

// The slot of the `nth` pair in a sample of all so far that is fair to each (a reservoir), or
// nothing. The first pairs of a guard come from the seeds alike: they alone would tell little.
std::optional<std::uint64_t> sample_slot(std::uint64_t nth) {
  if (nth <= kGuardSamples) return nth - 1;
  btf::Digest digest;
  digest.add(static_cast<std::uint32_t>(nth));
  const std::uint64_t slot = digest.value() % nth;
  return slot < kGuardSamples ? std::optional(slot) : std::nullopt;
}

void keep_guarded(std::size_t entry, std::uint64_t nth, const Pair& pair) {
  static const std::filesystem::path folder = samples_folder();
  if (folder.empty()) return;
  if (const auto slot = sample_slot(nth))
    keep_sample(folder / "guarded" / file_stem(entry) / (std::to_string(*slot) + ".pair"), pair);
}

void keep_alone(std::size_t entry, const Pair& pair) {
  static const std::filesystem::path folder = samples_folder();
  if (!folder.empty()) keep_sample(folder / "alone" / (file_stem(entry) + ".pair"), pair);
}

void count_explanation(const Described& described, Op op, OpenedPair& pair, const Answer& reference,
                       const Answer& answer) {
  OracleAnswer explained{.oracle = described.oracle, .answer = answer, .entries = {}};
  explain(op, pair, reference, described.known, explained);
  FuzzStats& stats = fuzz_stats();
  ++stats.differences;
  for (const std::size_t entry : explained.entries) ++stats.by_entry[entry];
  if (explained.entries.size() != 1) return;
  if (stats.alone[explained.entries[0]]++ == 0) keep_alone(explained.entries[0], pair.pair());
}

// A pair and its digest. What is sampled follows the digest, never the one on the page of counters:
// processes that fuzz side by side share that page, and a run's path must depend on its input
// alone.
struct Checked {
  OpenedPair opened;
  std::uint64_t digest;
  [[nodiscard]] bool is_one_of(std::uint64_t every) const { return digest % every == 0; }
};

void check_operation(const Described& described, Op op, Checked& checked,
                     std::optional<Answer>& reference) {
  OpenedPair& pair = checked.opened;
  if (!described.oracle->answers(op, pair.pair())) return;
  FuzzStats& stats = fuzz_stats();
  ++stats.operations;
  const Prediction prediction = described.model.predict(op, pair);
  if (prediction.guard) {
    keep_guarded(*prediction.guard, ++stats.guarded[*prediction.guard], pair.pair());
    return;
  }
  if (described.model.blinded_by(op, pair)) return;
  stats.current_op = static_cast<std::uint64_t>(op);
  stats.current_oracle = described.index;
  const Answer answer = described.oracle->answer(op, pair.pair());
  stats.current_oracle = 0;
  if (answer.outcome == Outcome::accepted) {
    ++stats.accepted;
    if (op == Op::relocate || op == Op::roundtrip) ++stats.relocations;
  }
  if (!same_answer(prediction.answer, answer) && !described.model.allows(op, pair, answer))
    report_finding(*described.oracle, op, prediction.answer, answer);
  if (!checked.is_one_of(kExplainEvery)) return;
  if (!reference) reference = Model(EntrySet{}).answer(op, pair);
  if (same_answer(*reference, answer)) return;
  count_explanation(described, op, pair, *reference, answer);
}

}  // namespace

FuzzStats& fuzz_stats() {
  static FuzzStats* const stats = map_stats();
  return *stats;
}

void check_pair_or_abort(const Pair& pair, std::span<const Op> ops) {
  FuzzStats& stats = fuzz_stats();
  ++stats.pairs;
  Checked checked{.opened = OpenedPair(pair), .digest = digest_of(pair)};
  stats.current_pair = checked.digest;
  for (const Op op : ops) {
    if (!allows_op(pair, op)) continue;
    if (!is_thorough() && op == Op::laws && !checked.is_one_of(kLawsEvery)) continue;
    if (!is_thorough() && op == Op::nomem && !checked.is_one_of(kFaultsEvery)) continue;
    std::optional<Answer> reference;
    for (const Described& described : described_oracles())
      check_operation(described, op, checked, reference);
  }
}

}  // namespace retort
