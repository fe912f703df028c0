// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the operations that only look at BTF are made of, and that they find nothing wrong with BTF
// that has none of the shapes which libbpf mistreats.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "oracles/oracle.h"
#include "oracles/properties/core.h"
#include "oracles/properties/data_questions.h"
#include "oracles/properties/elf_maker.h"
#include "oracles/properties/ext_records.h"
#include "oracles/properties/fence.h"
#include "oracles/properties/parsed.h"
#include "oracles/properties/printed_layout.h"
#include "oracles/properties/walk.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

std::vector<std::byte> words(std::initializer_list<std::uint32_t> values) {
  std::vector<std::byte> bytes;
  for (const std::uint32_t value : values) {
    bytes.resize(bytes.size() + btf::kWordBytes);
    btf::store_word(bytes.data() + bytes.size() - btf::kWordBytes, value);
  }
  return bytes;
}

// A function with its prototype, a struct of several sorts of members, no shape that is known to
// be mistreated.
std::vector<std::byte> plain_base() {
  Builder base;
  const std::uint32_t number = base.add_int("int", 4, 1);
  const std::uint32_t node = base.end_id();
  base.add_composite(Kind::struct_, "node", 16, {{"next", node + 1, 0}, {"value", number, 64}});
  base.add_reference(Kind::ptr, node);
  base.add_func("visit", base.add_func_proto(number, {{"node", node + 1}}), 1);
  return base.finish();
}

std::vector<std::byte> function_ext(std::uint32_t id) {
  return words({0x0001eb9f, 24, 0, 20, 20, 0, 8, 0, 1, 0, id});
}

TEST(Walk, OfALoopIsEndlessAndOfAChainAsLongAsTheChain) {
  Builder base;
  base.add_int("int", 4);
  base.add_reference(Kind::ptr, 1);
  base.add_reference(Kind::const_, 2);
  base.add_reference(Kind::const_, 4);
  const auto lengths = walk_lengths(*parsed(base), steps_of_declaration);
  EXPECT_EQ(lengths[3], 3U);
  EXPECT_EQ(lengths[4], kEndless);
}

TEST(Walk, CountsWhatIsUsedTwiceTwice) {
  Builder base;
  base.add_int("int", 4);
  base.add_composite(Kind::struct_, "a", 8, {{"x", 1, 0}, {"y", 1, 32}});
  base.add_composite(Kind::struct_, "b", 16, {{"x", 2, 0}, {"y", 2, 64}});
  const auto lengths = walk_lengths(*parsed(base), steps_of_alignment);
  EXPECT_EQ(lengths[2], 3U);
  EXPECT_EQ(lengths[3], 7U);
}

struct Reach {
  const unsigned char* from;
  std::size_t length;
  unsigned sum;
};

void add_up(void* context) {
  auto& reach = *static_cast<Reach*>(context);
  const volatile unsigned char* at = reach.from;
  for (std::size_t index = 0; index < reach.length; ++index) reach.sum += at[index];
}

TEST(Fence, LetsAReadUpToItsEndPassAndSurvivesOneBeyond) {
  unsigned char* const bytes = fence_bytes(8);
  ASSERT_NE(bytes, nullptr);
  std::memset(bytes, 1, 8);
  Reach within{.from = bytes, .length = 8, .sum = 0};
  EXPECT_EQ(fence_call(add_up, &within), 0);
  EXPECT_EQ(within.sum, 8U);
  Reach beyond{.from = bytes, .length = 9, .sum = 0};
  EXPECT_EQ(fence_call(add_up, &beyond), 1);
  EXPECT_EQ(fence_call(add_up, &within), 0);
}

TEST(ExtRecords, NameEveryIdAndStringOfTheRecords) {
  const auto found = read_ext(function_ext(4));
  ASSERT_TRUE(found);
  EXPECT_EQ(std::ranges::count_if(*found, &ExtWord::is_id), 2);
  EXPECT_EQ(std::ranges::count_if(*found, [](const ExtWord& word) { return !word.is_id; }), 1);
}

TEST(ExtRecords, RefuseARecordThatDoesNotFit) {
  std::vector<std::byte> bytes = function_ext(4);
  btf::store_word(bytes.data() + 8 * btf::kWordBytes, 2);
  EXPECT_FALSE(read_ext(bytes));
  EXPECT_FALSE(read_ext(words({0x0001eb9f, 24})));
}

TEST(ExtRecords, TurnedOverTwiceAreWhatTheyWereAndTurnedOverOnceAreReadable) {
  const std::vector<std::byte> bytes = function_ext(4);
  const auto turned = turn_ext(bytes);
  ASSERT_TRUE(turned);
  EXPECT_TRUE(btf::is_foreign(*turned));
  EXPECT_TRUE(is_readable_ext(*turned));
  EXPECT_FALSE(read_ext(*turned));
  EXPECT_EQ(turn_ext(*turned), bytes);
}

TEST(ExtRecords, OfUnknownLengthAreReadableInTheHostsOrderAlone) {
  const auto bytes = words({0x0001eb9f, 24, 0, 24, 24, 0, 12, 0, 1, 0, 4, 7});
  EXPECT_TRUE(has_long_ext_records(bytes));
  EXPECT_FALSE(has_long_ext_records(function_ext(4)));
  ASSERT_TRUE(is_readable_ext(bytes));
  const auto turned = turn_ext(bytes);
  ASSERT_TRUE(turned);
  EXPECT_FALSE(is_readable_ext(*turned));
}

TEST(ExtRecords, OfOverlappingPartsAreTurnedOverBeyondTheBytes) {
  const auto bytes = words({0x0001eb9f, 24, 0, 28, 0, 28, 16, 0, 1, 0, 0, 0, 0});
  ASSERT_TRUE(is_readable_ext(bytes));
  EXPECT_TRUE(has_overlapping_ext(bytes));
  EXPECT_FALSE(has_overlapping_ext(function_ext(4)));
  EXPECT_FALSE(turn_ext(bytes));
}

TEST(ElfMaker, KnowsASectionWithoutBytes) {
  const std::vector<std::byte> section = plain_base();
  const ElfSection sections[] = {{.name = ".BTF", .bytes = section}};
  std::vector<std::byte> file = make_elf(sections, {.order = std::endian::little});
  EXPECT_FALSE(has_section_without_bytes(file, ".BTF"));
  constexpr std::size_t kSectionHeader = 64;
  file[file.size() - 2 * kSectionHeader + btf::kWordBytes] = std::byte{8};
  EXPECT_TRUE(has_section_without_bytes(file, ".BTF"));
  EXPECT_FALSE(has_section_without_bytes(file, ".BTF.base"));
}

TEST(CoreLines, LeaveAloneWhatCannotBeRead) {
  Pair pair;
  const std::string_view text = "byte_off 2 0:1\nno such thing\nsigned x 0\ntype_size 3 0";
  pair.append(kCore, {reinterpret_cast<const std::byte*>(text.data()),
                      reinterpret_cast<const std::byte*>(text.data()) + text.size()});
  const auto lines = core_lines(pair, 9);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].access, "0:1");
  EXPECT_EQ(lines[1].id, 3U);
}

TEST(DataQuestions, GiveEachTypeAllOfItsBytesAndFewer) {
  Builder base;
  base.add_int("long", 8);
  base.add_composite(Kind::struct_, "s", 16, {{"a", 1, 0}, {"b", 1, 64}});
  const auto questions = data_questions(*parsed(base));
  ASSERT_EQ(questions.size(), 4U);
  EXPECT_EQ(questions[2].given, 16U);
  EXPECT_FALSE(is_too_short(questions[2]));
  EXPECT_EQ(questions[3].given, 8U);
  EXPECT_TRUE(is_too_short(questions[3]));
}

TEST(DataQuestions, DoNotJudgeWhatStandsBehindALongerChainThanLibbpfFollows) {
  Builder base;
  base.add_int("char", 1);
  for (std::uint32_t link = 0; link < 40; ++link) base.add_reference(Kind::const_, 1 + link);
  base.add_composite(Kind::struct_, "near", 1, {{"a", 9, 0}});
  base.add_composite(Kind::struct_, "far", 1, {{"a", 41, 0}});
  unsigned asked = 0;
  for (const DataQuestion& question : data_questions(*parsed(base))) {
    if (question.id <= 41) continue;
    EXPECT_EQ(question.regular, question.id == 42) << question.id;
    ++asked;
  }
  EXPECT_EQ(asked, 4U);
}

TEST(DataQuestions, DoNotJudgeABitFieldThatIsNoNumber) {
  Builder base;
  base.add_int("char", 1);
  base.add_array(1, 1, 4);
  base.add_composite(Kind::struct_, "plain", 8, {{"a", 2, 0}, {"b", 2, 32}}, true);
  constexpr std::uint32_t bits = 24U << 24;
  base.add_composite(Kind::struct_, "odd", 8, {{"a", 2, 0}, {"b", 2, 32 | bits}}, true);
  for (const DataQuestion& question : data_questions(*parsed(base)))
    EXPECT_EQ(question.regular, question.id != 4) << question.id;
}

TEST(PrintedLayout, SeesPaddingBeforeWhatHasNoAlignment) {
  Builder base;
  base.add_int("int", 4);
  base.add_fwd("f", false);
  base.add_composite(Kind::struct_, "next_to", 4, {{"a", 1, 0}, {"f", 2, 32}});
  EXPECT_FALSE(has_padding_before_unaligned(*parsed(base)));
  base.add_composite(Kind::struct_, "apart", 8, {{"a", 1, 0}, {"f", 2, 64}});
  EXPECT_TRUE(has_padding_before_unaligned(*parsed(base)));
}

TEST(Inspection, FindsNothingWrongWithPlainTypes) {
  Pair pair;
  pair.append(kBase, plain_base());
  pair.append(kExt, function_ext(5));
  for (const auto& oracle : oracle_table())
    for (const Op op : {Op::reparse, Op::dump, Op::ext, Op::elf, Op::core}) {
      const Answer answer = oracle->answer(op, pair);
      EXPECT_EQ(answer.outcome, Outcome::accepted) << oracle->name() << ' ' << op_name(op) << ": "
                                                   << answer.property << ' ' << answer.detail;
    }
}

}  // namespace
}  // namespace retort
