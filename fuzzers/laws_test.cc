// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The laws hold for the reference on every pair that the generator or the corpus has, the model of
// each oracle foretells which of them the oracle breaks, and each law can be broken.
#include "oracles/properties/laws.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "fuzzers/generator.h"
#include "oracles/entries.h"
#include "oracles/model.h"
#include "oracles/oracle.h"
#include "relocator/builder.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

constexpr std::uint64_t kSeeds = 2000;

Pair generated(std::uint64_t seed) {
  Random random(seed);
  return generate_pair(random, {.base_types = 20, .split_types = 10});
}

std::map<std::string, Pair> committed_pairs() {
  std::map<std::string, Pair> pairs;
  for (const char* folder : {"/seeds", "/regressions"})
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(RETORT_TEST_DATA) + folder)) {
      std::ifstream stream(file.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(stream), {});
      const auto pair = parse_pair(std::as_bytes(std::span(bytes)));
      if (pair) pairs.emplace(file.path().filename(), *pair);
    }
  return pairs;
}

Answer reference_answer(Op op, const Pair& pair) {
  return oracle_table()[0]->answer(op, pair);
}

void expect_foretold(const Pair& pair, const std::string& what, std::map<std::string, int>& seen) {
  for (const auto& oracle : oracle_table().subspan(1)) {
    const Model model(probed_entries(oracle->name()));
    OpenedPair opened(pair);
    const Prediction prediction = model.predict(Op::laws, opened);
    if (prediction.guard) continue;
    const Answer answer = oracle->answer(Op::laws, pair);
    EXPECT_TRUE(same_answer(prediction.answer, answer) || model.allows(Op::laws, opened, answer))
        << oracle->name() << " on " << what << ": foretold '" << prediction.answer.property
        << "', answered '" << answer.property << "' " << answer.detail;
    ++seen[answer.property];
  }
}

TEST(Laws, HoldForTheReferenceOnGeneratedPairs) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Answer answer = reference_answer(Op::laws, generated(seed));
    ASSERT_EQ(answer.outcome, Outcome::accepted)
        << "seed " << seed << ": " << answer.property << ": " << answer.detail;
  }
}

TEST(Laws, HoldForTheReferenceOnCommittedPairs) {
  const auto pairs = committed_pairs();
  ASSERT_GT(pairs.size(), 100U);
  for (const auto& [name, pair] : pairs) {
    const Answer answer = reference_answer(Op::laws, pair);
    EXPECT_EQ(answer.outcome, Outcome::accepted)
        << name << ": " << answer.property << ": " << answer.detail;
  }
}

TEST(Laws, AreBrokenByAnOracleOnlyAsItsModelForetells) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed)
    expect_foretold(generated(seed), "seed " + std::to_string(seed), seen);
  for (const auto& [name, pair] : committed_pairs()) expect_foretold(pair, name, seen);
  for (const auto& [property, count] : seen)
    std::printf("%s: %d\n", property.empty() ? "all hold" : property.c_str(), count);
  EXPECT_GT(seen[""], 0);
}

// A base, a split that points into it and a target: every law has something to say.
Pair telling_pair() {
  Builder base;
  base.add_int("int", 4, 1);
  base.add_composite(Kind::struct_, "s", 4, {{.name = "m", .type_id = 1}});
  base.add_composite(Kind::struct_, "t", 8);
  Builder split(base, std::endian::native);
  split.add_reference(Kind::ptr, 2);
  split.add_reference(Kind::ptr, 3);
  Builder target;
  target.add_composite(Kind::struct_, "t", 8);
  target.add_composite(Kind::struct_, "s", 8);
  Pair pair;
  pair.append(kBase, base.finish());
  pair.append(kSplit, split.finish());
  pair.append(kTarget, target.finish());
  return pair;
}

std::string broken_law(const AskHere& ask) {
  return check_laws(ask, telling_pair()).property;
}

TEST(Laws, HoldWhereNothingIsChanged) {
  EXPECT_EQ(broken_law(reference_answer), "");
}

TEST(Laws, NoticeAnAnswerThatDependsOnTheByteOrder) {
  EXPECT_EQ(broken_law([](Op op, const Pair& pair) {
              Answer answer = reference_answer(op, pair);
              if (pair.find(kBase)->front() != telling_pair().find(kBase)->front())
                answer.digest ^= 1;
              return answer;
            }),
            "byte-order");
}

TEST(Laws, NoticeAnAnswerThatDependsOnStringOffsets) {
  EXPECT_EQ(broken_law([](Op op, const Pair& pair) {
              Answer answer = reference_answer(op, pair);
              if (pair.find(kBase)->size() != telling_pair().find(kBase)->size())
                answer.digest ^= 1;
              return answer;
            }),
            "idle-strings");
}

TEST(Laws, NoticeAnAnswerThatDependsOnTheOrderOfTheTarget) {
  EXPECT_EQ(broken_law([](Op op, const Pair& pair) {
              if (op == Op::roundtrip && pair.find(kTarget) != nullptr &&
                  pair.find(kTarget)->size() == telling_pair().find(kTarget)->size() &&
                  pair.find(kBase)->front() == telling_pair().find(kBase)->front() &&
                  *pair.find(kTarget) != *telling_pair().find(kTarget))
                return Answer{.outcome = Outcome::rejected, .code = 22, .stage = Stage::relocate};
              return reference_answer(op, pair);
            }),
            // The target with an idle string is another one of another length.
            "target-order");
}

TEST(Laws, NoticeARoundTripThatFailsWithoutAReason) {
  EXPECT_EQ(broken_law([](Op op, const Pair& pair) {
              if (op == Op::roundtrip && pair.find(kTarget) == nullptr)
                return Answer{.outcome = Outcome::rejected, .code = 22, .stage = Stage::relocate};
              return reference_answer(op, pair);
            }),
            "round-trip");
}

TEST(Laws, NoticeARoundTripThatComesBackAsAnotherGraph) {
  EXPECT_EQ(broken_law([](Op op, const Pair& pair) {
              if (op != Op::roundtrip || pair.find(kTarget) != nullptr)
                return reference_answer(op, pair);
              Pair other = pair;
              other.set(kTarget, *telling_pair().find(kBase));
              Answer answer = reference_answer(op, other);
              // The second pointer's target: the last word of the types.
              const std::size_t end = btf::kHeaderBytes + 2 * 3 * btf::kWordBytes;
              btf::store_word(answer.bytes.data() + end - btf::kWordBytes, 1);
              return answer;
            }),
            "round-trip");
}

TEST(Laws, NoticeADistillationThatDistilsFurtherTheSecondTime) {
  EXPECT_EQ(broken_law([](Op op, const Pair& pair) {
              Answer answer = reference_answer(op, pair);
              if (op == Op::distill && pair.find(kTarget) == nullptr) answer.digest ^= 1;
              return answer;
            }),
            "distilled-again");
}

TEST(Laws, NoticeAResultThatTheCheckRefuses) {
  EXPECT_EQ(broken_law([](Op op, const Pair& pair) {
              if (op == Op::check && pair.find(kTarget) == nullptr)
                return Answer{.outcome = Outcome::rejected, .code = 22, .stage = Stage::split};
              return reference_answer(op, pair);
            }),
            "results-are-valid");
}

TEST(Laws, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Law& law : laws()) names.insert(law.name);
  EXPECT_EQ(names.size(), laws().size());
}

}  // namespace
}  // namespace retort
