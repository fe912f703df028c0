// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/fuzz_check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "oracles/compare.h"
#include "oracles/model.h"
#include "oracles/oracle.h"

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
               answer.input_preserved ? "preserved" : "changed", answer.detail.c_str());
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

[[noreturn]] void report_finding(const Oracle& oracle, Op op, const Answer& predicted,
                                 const Answer& answer) {
  std::fprintf(stderr, "retort: %s of %s is not explained\n", std::string(op_name(op)).c_str(),
               std::string(oracle.name()).c_str());
  print_answer("predicted", predicted);
  print_answer("answered", answer);
  if (predicted.outcome != answer.outcome)
    answer.outcome == Outcome::accepted ? finding_oracle_accepts() : finding_oracle_rejects();
  if (answer.outcome == Outcome::accepted) finding_other_result();
  if (predicted.input_preserved != answer.input_preserved) finding_input_changed();
  finding_other_error();
}

std::uint64_t digest_of(const Pair& pair) {
  btf::Digest digest;
  for (const Part& part : pair.parts) {
    digest.add(part.tag);
    digest.add(
        std::string_view(reinterpret_cast<const char*>(part.bytes.data()), part.bytes.size()));
  }
  return digest.value();
}

void count_explanation(const Described& described, Op op, const Pair& pair, const Answer& reference,
                       const Answer& answer) {
  OracleAnswer explained{.oracle = described.oracle, .answer = answer, .entries = {}};
  explain(op, pair, reference, described.known, explained);
  FuzzStats& stats = fuzz_stats();
  ++stats.explained;
  for (const std::size_t entry : explained.entries) ++stats.by_entry[entry];
  if (explained.entries.size() == 1) ++stats.alone[explained.entries[0]];
}

void check_operation(const Described& described, Op op, const Pair& pair,
                     std::optional<Answer>& reference) {
  FuzzStats& stats = fuzz_stats();
  ++stats.operations;
  const Prediction prediction = described.model.predict(op, pair);
  if (prediction.guard) {
    ++stats.guarded[*prediction.guard];
    return;
  }
  stats.current_op = static_cast<std::uint64_t>(op);
  stats.current_oracle = described.index;
  const Answer answer = described.oracle->answer(op, pair);
  stats.current_oracle = 0;
  if (answer.outcome == Outcome::accepted) {
    ++stats.accepted;
    if (op == Op::relocate || op == Op::roundtrip) ++stats.relocations;
  }
  if (!same_answer(prediction.answer, answer) && !described.model.allows(op, pair, answer))
    report_finding(*described.oracle, op, prediction.answer, answer);
  // Where no entry had anything to decide, the prediction is the reference's own answer.
  if (prediction.fired.none()) return;
  if (!reference) reference = Model(EntrySet{}).answer(op, pair);
  if (same_answer(*reference, answer)) return;
  if (stats.differences++ % kExplainEvery == 0)
    count_explanation(described, op, pair, *reference, answer);
}

}  // namespace

FuzzStats& fuzz_stats() {
  static FuzzStats* const stats = map_stats();
  return *stats;
}

void check_pair_or_abort(const Pair& pair) {
  FuzzStats& stats = fuzz_stats();
  ++stats.pairs;
  stats.current_pair = digest_of(pair);
  for (const Op op : ops_of(pair)) {
    std::optional<Answer> reference;
    for (const Described& described : described_oracles())
      check_operation(described, op, pair, reference);
  }
}

}  // namespace retort
