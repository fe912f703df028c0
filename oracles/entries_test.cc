// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The table and what it says of the oracles that were built: each entry that the probes found must
// explain its own regression pair.
#include "oracles/entries.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "oracles/child.h"
#include "oracles/compare.h"
#include "oracles/model.h"

namespace retort {
namespace {

Pair load(const Entry& entry) {
  const std::filesystem::path path = std::filesystem::path(RETORT_TEST_DATA) / entry.pair_file();
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto pair = parse_pair(std::as_bytes(std::span(text)));
  EXPECT_TRUE(pair) << path;
  return pair.value_or(Pair{});
}

Answer ask_in_child(const Oracle& oracle, Op op, const Pair& pair) {
  return answer_in_child(oracle, op, pair, {.seconds = 3});
}

std::vector<const Oracle*> upstream_oracles() {
  std::vector<const Oracle*> oracles;
  for (const auto& oracle : oracle_table())
    if (oracle->name() != "reference") oracles.push_back(oracle.get());
  return oracles;
}

TEST(Entries, HaveNamesOfTheirOwnAndSentences) {
  std::set<std::string> names;
  for (const Entry& entry : entries()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.sentence.empty()) << entry.name;
    EXPECT_EQ(find_entry(entry.name), &entry - entries().data());
  }
  EXPECT_LT(entries().size(), kMaxEntries);
}

TEST(Entries, HaveARegressionPairThatAllowsTheirOperation) {
  for (const Entry& entry : entries()) {
    EXPECT_TRUE(allows_op(load(entry), entry.op)) << entry.name;
  }
}

TEST(Entries, OfTheTableAreFoundByTheProbesOrReportedAsDifferent) {
  for (const Oracle* oracle : upstream_oracles()) {
    const EntrySet probed = probed_entries(oracle->name());
    const EntrySet differing = probed ^ documented_entries(oracle->name());
    for (const std::string& name : names_of(differing))
      std::cout << "documented otherwise than " << oracle->name() << " (" << oracle->version()
                << ") shows: " << name << '\n';
    EXPECT_GT(probed.count(), differing.count()) << "the table describes another library";
  }
}

TEST(Entries, ThatHoldExplainTheirOwnRegressionPair) {
  for (const Oracle* oracle : upstream_oracles()) {
    const EntrySet probed = probed_entries(oracle->name());
    for (std::size_t index = 0; index < entries().size(); ++index) {
      if (!probed.test(index)) continue;
      const Entry& entry = entries()[index];
      const OpComparison comparison =
          compare(entry.op, load(entry), std::span(&oracle, 1), ask_in_child);
      const std::vector<std::string> names = comparison.entry_names();
      EXPECT_NE(comparison.verdict(), Verdict::finding) << entry.name;
      // Without a sanitizer, writing beyond an allocation does not always end in a crash.
      if (entry.guard != nullptr && !is_death(comparison.answers.back().answer.outcome)) continue;
      EXPECT_NE(std::ranges::find(names, entry.name), names.end()) << entry.name;
    }
  }
}

TEST(Entries, OfSortGuardFireOnTheirOwnPairAndOnNoPairOfARuleOrDeviation) {
  for (const Oracle* oracle : upstream_oracles()) {
    const Model model(probed_entries(oracle->name()));
    for (const Entry& entry : entries()) {
      const Pair pair = load(entry);
      OpenedPair opened(pair);
      const auto fired = model.predict(entry.op, opened).guard;
      const bool expected =
          entry.guard != nullptr && probed_entries(oracle->name()).test(*find_entry(entry.name));
      EXPECT_EQ(fired.has_value(), expected) << entry.name;
      if (fired && expected) EXPECT_EQ(entries()[*fired].name, entry.name);
    }
  }
}

}  // namespace
}  // namespace retort
