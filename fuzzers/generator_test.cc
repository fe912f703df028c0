// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Generated pairs are valid, and between them they hold whatever a pair can hold.
#include "fuzzers/generator.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "fuzzers/acceptance.h"
#include "relocator/relocate.h"

namespace retort {
namespace {

constexpr std::uint64_t kSeeds = 3000;

Pair pair_of(std::uint64_t seed, const GeneratorLimits& limits = {}) {
  Random random(seed);
  return generate_pair(random, limits);
}

std::string form_of(const Pair& pair) {
  std::string form;
  for (const Part& part : pair.parts) form += (form.empty() ? "" : " ") + part.tag;
  return form;
}

TEST(Generator, EveryPartIsAcceptedByTheAgreedPolicy) {
  std::map<std::string, unsigned> forms;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Pair pair = pair_of(seed);
    const auto why = refusal(pair, btf::agreed_policy());
    ASSERT_FALSE(why) << "seed " << seed << ": " << why.value_or("");
    ++forms[form_of(pair)];
  }
  for (const auto& [form, count] : forms)
    std::printf("%s: %.1f %%\n", form.c_str(), 100.0 * count / static_cast<double>(kSeeds));
  for (const char* form :
       {"BASE SPLT", "BASE SPLT SPLT", "BASE SPLT TRGT", "BASE SPLT SPLT TRGT", "DIST SPLT TRGT"})
    EXPECT_GT(forms[form], kSeeds / 100) << form;
}

TEST(Generator, SmallPairsAreValidToo) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto why = refusal(pair_of(seed, kSmallPair), btf::agreed_policy());
    ASSERT_FALSE(why) << "seed " << seed << ": " << why.value_or("");
  }
}

TEST(Generator, ASeedDecidesThePair) {
  EXPECT_EQ(pair_of(7), pair_of(7));
  EXPECT_NE(pair_of(7), pair_of(8));
}

TEST(Generator, AllKindsOccurInBasesAndInSplits) {
  std::set<Kind> in_bases;
  std::set<Kind> in_splits;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto top = open_stack(pair_of(seed), btf::agreed_policy());
    ASSERT_TRUE(top);
    for (std::uint32_t id = 1; id < (*top)->end_id(); ++id)
      (id < (*top)->start_id() ? in_bases : in_splits).insert((*top)->type(id).kind());
  }
  EXPECT_EQ(in_bases.size(), btf::kKindCount - 1);
  EXPECT_EQ(in_splits.size(), btf::kKindCount - 1);
}

TEST(Generator, TypesOfTheSplitReferToTheBaseThroughEveryKindOfReference) {
  std::set<std::pair<Kind, std::size_t>> seen;  // kind and which of its groups of words
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto top = open_stack(pair_of(seed), btf::agreed_policy());
    ASSERT_TRUE(top);
    for (std::uint32_t id = (*top)->start_id(); id < (*top)->end_id(); ++id) {
      const btf::Type type = (*top)->type(id);
      const std::size_t elements = btf::kHeadWords + type.shape().fixed;
      btf::for_each_id(type, [&](std::size_t word) {
        if (type.word(word) != 0 && type.word(word) < (*top)->start_id())
          seen.insert({type.kind(), std::min(word, elements)});
      });
    }
  }
  std::set<std::pair<Kind, std::size_t>> all;
  for (unsigned kind = 1; kind < btf::kKindCount; ++kind) {
    const btf::Shape shape = btf::shape_of(static_cast<Kind>(kind));
    const std::size_t elements = btf::kHeadWords + shape.fixed;
    if (shape.third == btf::ThirdWord::type) all.insert({static_cast<Kind>(kind), 2});
    for (std::size_t word = 0; word < shape.fixed; ++word)
      if ((shape.fixed_ids >> word & 1) != 0)
        all.insert({static_cast<Kind>(kind), btf::kHeadWords + word});
    if (shape.element_ids != 0) all.insert({static_cast<Kind>(kind), elements});
  }
  EXPECT_EQ(seen, all);
}

TEST(Generator, BothByteOrdersAndLayoutSectionsOccur) {
  std::set<std::endian> orders;
  unsigned layouts = 0;
  std::size_t most_types = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto top = open_stack(pair_of(seed), btf::agreed_policy());
    ASSERT_TRUE(top);
    orders.insert((*top)->byte_order());
    if ((*top)->header().layout_len != 0) ++layouts;
    most_types = std::max<std::size_t>(most_types, (*top)->start_id() - 1);
  }
  EXPECT_EQ(orders.size(), 2U);
  EXPECT_GT(layouts, 0U);
  EXPECT_GE(most_types, 45U);
  EXPECT_LE(most_types, 90U);
}

TEST(Generator, SomePairsRelocateAndOthersFailForVariousReasons) {
  unsigned asked = 0;
  unsigned relocated = 0;
  std::map<std::string, unsigned> reasons;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Pair pair = pair_of(seed);
    if (pair.find(kDistilled) == nullptr) continue;
    const auto top = open_stack(pair, btf::agreed_policy());
    const auto target = btf::open(*pair.find(kTarget), btf::agreed_policy());
    ASSERT_TRUE(top && target);
    const btf::NameIndex index(**target);
    const auto result = btf::relocate(**top, index, btf::agreed_policy());
    ++asked;
    if (result) {
      ++relocated;
      continue;
    }
    for (const btf::Mismatch& mismatch : result.error().mismatches)
      ++reasons[std::string(btf::mismatch_name(mismatch.reason))];
  }
  std::printf("%u of %u distilled pairs relocate\n", relocated, asked);
  for (const auto& [reason, count] : reasons) std::printf("%s: %u\n", reason.c_str(), count);
  EXPECT_GT(relocated, asked / 4);
  EXPECT_LT(relocated, asked * 3 / 4);
  for (const char* reason : {"no-such-name", "other-kind", "other-size", "several-fit"})
    EXPECT_GT(reasons[reason], 0U) << reason;
}

}  // namespace
}  // namespace retort
