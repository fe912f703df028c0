// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Rules as decisions: for each there is an input on which following it changes the outcome, and
// then the trace notes it on both sides; and a neighbour which it leaves alone.
#include "relocator/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <regex>
#include <set>

#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/test_support.h"
#include "relocator/text.h"

namespace btf {
namespace {

using testing::agreed_with;
using testing::Build;
using ::testing::ElementsAre;
using testing::names;
using testing::outcome_of;
using testing::RawLayer;
using testing::RelocationInput;

// --- The sets

TEST(RuleSet, HoldsWhatIsInserted) {
  RuleSet set = {Rule::wide_vlen};
  EXPECT_TRUE(set.has(Rule::wide_vlen));
  EXPECT_FALSE(set.has(Rule::size_always));
  set.insert(Rule::size_always);
  EXPECT_THAT(names(set), ElementsAre("wide-vlen", "size-always"));
  set.erase(Rule::wide_vlen);
  EXPECT_THAT(names(set), ElementsAre("size-always"));
  EXPECT_FALSE(set.empty());
  EXPECT_TRUE(RuleSet().empty());
}

TEST(RuleSet, CombinesLikeASet) {
  const RuleSet a = {Rule::wide_vlen, Rule::size_always};
  const RuleSet b = {Rule::size_always, Rule::distill_fwd};
  RuleSet either = a;
  either |= b;
  EXPECT_THAT(names(either), ElementsAre("wide-vlen", "distill-fwd", "size-always"));
  EXPECT_THAT(names(a & b), ElementsAre("size-always"));
  EXPECT_THAT(names(a ^ b), ElementsAre("wide-vlen", "distill-fwd"));
  EXPECT_NE(a, b);
}

TEST(RuleSet, AllHoldsEveryMemberAndNoMore) {
  EXPECT_EQ(names(RuleSet::all()).size(), kRuleCount);
  EXPECT_EQ(names(CheckSet::all()).size(), kCheckCount);
  RuleSet set = RuleSet::all();
  for (std::size_t rule = 0; rule < kRuleCount; ++rule) set.erase(static_cast<Rule>(rule));
  EXPECT_TRUE(set.empty());
}

// --- The words

TEST(RuleWords, EveryRuleAndCheckHasANameAndASentenceOfItsOwn) {
  const std::regex kebab("[a-z]+(-[a-z]+)*");
  std::set<std::string_view> seen;
  const auto expect_text = [&](std::string_view name, std::string_view sentence) {
    EXPECT_TRUE(std::regex_match(std::string(name), kebab)) << name;
    EXPECT_TRUE(seen.insert(name).second) << name;
    EXPECT_TRUE(seen.insert(sentence).second) << sentence;
    EXPECT_GT(sentence.size(), 15U) << name;
    EXPECT_FALSE(sentence.ends_with('.')) << name;
  };
  for (std::size_t rule = 0; rule < kRuleCount; ++rule) {
    const RuleText& text = text_of(static_cast<Rule>(rule));
    expect_text(text.name, text.sentence);
    EXPECT_GT(text.otherwise.size(), 15U) << text.name;
    EXPECT_NE(text.otherwise, text.sentence) << text.name;
  }
  for (std::size_t check = 0; check < kCheckCount; ++check)
    expect_text(text_of(static_cast<Check>(check)).name,
                text_of(static_cast<Check>(check)).sentence);
}

// --- The policies

TEST(Policies, AreFoundByName) {
  std::set<std::string_view> seen;
  for (const Policy& policy : policies()) {
    EXPECT_EQ(find_policy(policy.name), &policy);
    EXPECT_TRUE(seen.insert(policy.name).second);
  }
  for (const std::string_view name : {"agreed", "v2", "v3", "libbpf-6.12"})
    EXPECT_TRUE(seen.contains(name)) << name;
  EXPECT_EQ(find_policy("agreed"), &agreed_policy());
  EXPECT_EQ(find_policy(""), nullptr);
  EXPECT_EQ(find_policy("Agreed"), nullptr);
}

TEST(Policies, TheEarlierDesignsDifferFromTheAgreedOneInDistillationAndSizeOnly) {
  EXPECT_THAT(names(agreed_policy().rules ^ find_policy("v2")->rules),
              ElementsAre("distill-fwd", "size-always"));
  EXPECT_THAT(names(agreed_policy().rules ^ find_policy("v3")->rules),
              ElementsAre("distill-fwd", "distill-sized-if-ambiguous", "size-always"));
}

TEST(Policies, AgreedDemandsEveryCheck) {
  EXPECT_EQ(agreed_policy().checks, CheckSet::all());
}

TEST(Trace, NotesOnlyWhereTheSidesDiffer) {
  Trace trace;
  trace.note(Rule::size_always, false);
  EXPECT_TRUE(trace.rules.empty());
  trace.note(Rule::size_always, true);
  trace.note(Rule::size_always, false);
  EXPECT_THAT(names(trace.rules), ElementsAre("size-always"));
}

// --- Each rule decides

using Outcome = std::function<std::string(const Policy&, Trace&)>;

struct Decision {
  Rule rule;
  RuleSet also;  ///< rules that both sides follow beside the agreed ones
  Outcome decided;
  std::string followed, otherwise;  ///< the two outcomes
  Outcome neighbour;                ///< where the rule has no say
};

void PrintTo(const Decision& decision, std::ostream* out) {
  *out << text_of(decision.rule).name;
}

Outcome relocating(RelocationInput input) {
  return [input = std::move(input)](const Policy& policy, Trace& trace) {
    return outcome_of(input, policy, &trace);
  };
}

// The text of the distilled base, or the reason why there is none.
Outcome distilling(Build base, Build split) {
  return [base = std::move(base), split = std::move(split)](const Policy& policy, Trace& trace) {
    const BtfPtr source = RelocationInput{.distilled = base, .split = split}.parse_split(policy);
    const auto distilled = distill(*source, policy, &trace);
    return distilled ? to_text(*testing::must_parse(distilled->base))
                     : std::string(reason_name(distilled.error()));
  };
}

Build struct_of(std::uint32_t bytes) {
  return [bytes](Builder& builder) { builder.add_composite(Kind::struct_, "s", bytes); };
}

void pointer_to_first(Builder& split) {
  split.add_reference(Kind::ptr, 1);
}

// Two structs of one name, of which the first has the given string offset.
RawLayer namesakes(std::uint32_t first_name) {
  return {.types = {first_name, pack_info({Kind::struct_, false, 0}), 4,  //
                    3, pack_info({Kind::struct_, false, 0}), 8},
          .strings = std::string("\0s\0s\0", 5)};
}

Outcome onto_namesakes(std::uint32_t first_name) {
  return [first_name](const Policy& policy, Trace& trace) -> std::string {
    const BtfPtr split =
        RelocationInput{.distilled = struct_of(4), .split = pointer_to_first}.parse_split();
    const BtfPtr target = testing::must_parse(namesakes(first_name).bytes());
    const auto relocated = relocate(*split, NameIndex(*target), policy, &trace);
    if (relocated) return "1->" + std::to_string(relocated->id_map[1]);
    return testing::in_words(relocated.error().mismatches).at(0);
  };
}

// How a layer with one STRUCT of vlen members reads.
Outcome opening(std::uint32_t vlen) {
  return [vlen](const Policy& policy, Trace&) {
    RawLayer raw{.types = {0, 4U << 24 | vlen, 4}};
    raw.types.resize(3 + 3 * vlen, 0);
    const auto opened = open(raw.bytes(), {policy.name, policy.rules, {}});
    return opened ? std::to_string((*opened)->type(1).vlen())
                  : std::string(reason_name(opened.error()));
  };
}

// What relocation makes of the third word of a FWD of the split.
Outcome relocating_fwd(std::uint32_t third_word) {
  return [third_word](const Policy& policy, Trace&) {
    const RelocationInput input{
        .distilled = struct_of(4),
        .split = [=](Builder& split) { split.add({Kind::fwd, false, 0}, "f", third_word); },
        .target =
            [](Builder& target) {
              target.add_int("i", 4);
              target.add_composite(Kind::struct_, "s", 4);
            }};
    const BtfPtr split = input.parse_split(policy);
    const BtfPtr target = input.parse_target(policy);
    const auto relocated = relocate(*split, NameIndex(*target), policy);
    return std::to_string(testing::peek(relocated.value().bytes, 24 + 8));
  };
}

const Decision kDecisions[] = {
    {Rule::wide_vlen, {}, opening(0x10000), "65536", "kind-without-size", opening(0xffff)},
    {Rule::fwd_type_refers, {}, relocating_fwd(1), "2", "1", relocating_fwd(0)},
    {Rule::names_by_content, {}, onto_namesakes(1), "1->1", "1 several-fit", onto_namesakes(3)},
    {Rule::distill_refuses_unplaceable,
     {},
     distilling([](Builder& base) { base.add_int("", 4); }, pointer_to_first),
     "unplaceable",
     "[1] INT '(anon)' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n",
     distilling([](Builder& base) { base.add_int("i", 4); }, pointer_to_first)},
    {Rule::distill_fwd,
     {},
     distilling(struct_of(4), pointer_to_first),
     "[1] FWD 's' fwd_kind=struct\n",
     "[1] STRUCT 's' size=4 vlen=0 {}\n",
     distilling(
         struct_of(4),
         [](Builder& split) { split.add_composite(Kind::struct_, "holder", 4, {{"m", 1, 0}}); })},
    {Rule::distill_sized_if_ambiguous,
     {Rule::distill_fwd},
     distilling(
         [](Builder& base) {
           base.add_composite(Kind::struct_, "s", 4);
           base.add_composite(Kind::struct_, "s", 8);
         },
         pointer_to_first),
     "[1] STRUCT 's' size=4 vlen=0 {}\n",
     "[1] FWD 's' fwd_kind=struct\n",
     distilling(
         [](Builder& base) {
           base.add_composite(Kind::struct_, "s", 4);
           base.add_composite(Kind::union_, "s", 8);
         },
         pointer_to_first)},
    {Rule::size_always,
     {},
     relocating({.distilled = struct_of(4), .split = pointer_to_first, .target = struct_of(8)}),
     "1 other-size",
     "1->1",
     relocating({.distilled = struct_of(4), .split = pointer_to_first, .target = struct_of(4)})},
    {Rule::namesakes_per_kind,
     {},
     relocating({.distilled = struct_of(4),
                 .split = pointer_to_first,
                 .target =
                     [](Builder& target) {
                       target.add_composite(Kind::struct_, "s", 8);
                       target.add_composite(Kind::union_, "s", 8);
                     }}),
     "1->1",
     "1 other-size",
     relocating({.distilled = struct_of(4),
                 .split = pointer_to_first,
                 .target =
                     [](Builder& target) {
                       target.add_composite(Kind::struct_, "s", 8);
                       target.add_fwd("s", true);
                     }})},
    {Rule::exact_kind_wins,
     {},
     relocating({.distilled = [](Builder& base) { base.add_fwd("s", false); },
                 .split = pointer_to_first,
                 .target =
                     [](Builder& target) {
                       target.add_composite(Kind::struct_, "s", 8);
                       target.add_fwd("s", false);
                     }}),
     "1->2",
     "1 several-fit",
     relocating({.distilled = [](Builder& base) { base.add_fwd("s", false); },
                 .split = pointer_to_first,
                 .target =
                     [](Builder& target) {
                       target.add_composite(Kind::struct_, "s", 8);
                       target.add_fwd("s", true);
                     }})},
    {Rule::distilled_namesakes_by_size,
     {},
     relocating({.distilled =
                     [](Builder& base) {
                       base.add_composite(Kind::struct_, "s", 4);
                       base.add_composite(Kind::struct_, "s", 8);
                     },
                 .target = struct_of(8)}),
     "1 other-size",
     "1->1 2->1",
     relocating({.distilled =
                     [](Builder& base) {
                       base.add_composite(Kind::struct_, "s", 4);
                       base.add_composite(Kind::union_, "s", 8);
                     },
                 .target =
                     [](Builder& target) {
                       target.add_composite(Kind::struct_, "s", 8);
                       target.add_composite(Kind::union_, "s", 8);
                     }})},
};

// Decided while parsing, where the caller has the policy and no trace runs along.
constexpr RuleSet kOfParsing = {Rule::wide_vlen, Rule::fwd_type_refers};

class EachRule : public ::testing::TestWithParam<Decision> {
 protected:
  static Policy side(bool followed) {
    Policy policy = agreed_with(GetParam().rule, followed);
    policy.rules |= GetParam().also;
    return policy;
  }
};

TEST_P(EachRule, ChangesTheOutcomeAndIsNotedOnBothSides) {
  const bool traced = !kOfParsing.has(GetParam().rule);
  Trace with;
  EXPECT_EQ(GetParam().decided(side(true), with), GetParam().followed);
  EXPECT_EQ(with.rules.has(GetParam().rule), traced);
  Trace without;
  EXPECT_EQ(GetParam().decided(side(false), without), GetParam().otherwise);
  EXPECT_EQ(without.rules.has(GetParam().rule), traced);
}

TEST_P(EachRule, LeavesTheNeighbourAloneUnnoted) {
  Trace with;
  Trace without;
  EXPECT_EQ(GetParam().neighbour(side(true), with), GetParam().neighbour(side(false), without));
  EXPECT_FALSE(with.rules.has(GetParam().rule));
  EXPECT_FALSE(without.rules.has(GetParam().rule));
}

std::string parameter_name(const ::testing::TestParamInfo<Decision>& info) {
  std::string name;
  bool upper = true;
  for (const char c : text_of(info.param.rule).name) {
    if (c != '-') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '-';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rule, EachRule, ::testing::ValuesIn(kDecisions), parameter_name);

TEST(Rules, EveryRuleHasADecision) {
  RuleSet seen;
  for (const Decision& decision : kDecisions) seen.insert(decision.rule);
  EXPECT_EQ(seen, RuleSet::all());
}

}  // namespace
}  // namespace btf
