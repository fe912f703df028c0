// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A slice is smaller and gets the same answers, whatever the pair looks like.
#include "fuzzers/slice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzzers/generator.h"
#include "fuzzers/mutator.h"
#include "oracles/answer.h"
#include "relocator/btf.h"
#include "relocator/builder.h"
#include "relocator/distill.h"
#include "relocator/index.h"
#include "relocator/relocate.h"
#include "relocator/text.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;
using testing::Contains;
using testing::HasSubstr;

std::vector<std::string> types_of(const Pair& pair, std::string_view tag) {
  std::vector<std::string> types;
  const auto layer = btf::Btf::parse(*pair.find(tag));
  if (!layer) return {btf::sentence(layer.error())};
  for (std::uint32_t id = 1; id < (*layer)->end_id(); ++id)
    types.push_back(btf::to_text(**layer, (*layer)->type(id)));
  return types;
}

std::string why(const ChangedAnswer& changed) {
  return std::string(op_name(changed.op)) + " under " + std::string(changed.policy) + ": was " +
         std::string(outcome_name(changed.before.outcome)) + " " + changed.before.detail + ", is " +
         std::string(outcome_name(changed.after.outcome)) + " " + changed.after.detail;
}

Pair sliced(const Pair& pair) {
  auto result = slice(pair);
  EXPECT_TRUE(result) << result.error();
  return result ? *result : Pair{};
}

std::string head_without_id(const btf::Btf& top, std::uint32_t id) {
  const btf::Type type = top.type(id);
  return std::string(btf::kind_name(type.kind())) + " " + btf::quoted(top.name(type)) + " size " +
         std::to_string(btf::is_composite(type.kind()) ? type.size() : 0);
}

btf::BtfPtr read_layer(btf::Bytes bytes, const btf::BtfPtr& below = nullptr) {
  const auto layer = btf::Btf::parse(bytes, {.base = below});
  return layer ? *layer : nullptr;
}

// What relocation onto the target does with each distilled type, by name: what it becomes, or why
// it becomes nothing and what the target has in its place. Nothing if it does not come to that.
std::vector<std::string> fates(const Pair& pair) {
  const auto* lowest = pair.find(kDistilled) != nullptr ? pair.find(kDistilled) : pair.find(kBase);
  const auto* onto = pair.find(kTarget) != nullptr ? pair.find(kTarget) : pair.find(kBase);
  if (lowest == nullptr || onto == nullptr) return {};
  btf::BtfPtr split = read_layer(*lowest);
  for (const auto* bytes : pair.splits()) split = split ? read_layer(*bytes, split) : nullptr;
  const btf::BtfPtr target = read_layer(*onto);
  if (!split || !target) return {};
  if (pair.find(kDistilled) == nullptr) {
    const auto distilled = btf::distill(*split, btf::agreed_policy());
    if (!distilled) return {std::string(btf::reason_name(distilled.error()))};
    split = read_layer(distilled->split, read_layer(distilled->base));
    // Kinds that only a layout section gave a size are lost on the way.
    if (!split) return {"unreadable"};
  }
  std::vector<std::string> lines;
  const btf::NameIndex index(*target);
  const auto relocated = btf::relocate(*split, index, btf::agreed_policy());
  if (!relocated) {
    for (const btf::Mismatch& mismatch : relocated.error().mismatches) {
      std::string line = head_without_id(*split, mismatch.distilled_id) + ": " +
                         std::string(btf::mismatch_name(mismatch.reason));
      for (const std::uint32_t id : mismatch.candidates)
        line += ", " + head_without_id(*target, id);
      lines.push_back(std::move(line));
    }
    return lines;
  }
  for (std::uint32_t id = 1; id < split->start_id(); ++id)
    lines.push_back(head_without_id(*split, id) + " is " +
                    head_without_id(*target, relocated->id_map[id]));
  return lines;
}

void expect_same_answers(const Pair& before, const Pair& after) {
  const auto changed = changed_answer(before, after);
  EXPECT_FALSE(changed) << why(*changed);
  EXPECT_EQ(fates(before), fates(after));
}

// A base with a chain to `wanted`, a struct that nobody reaches, and a namesake of `wanted`; the
// split holds a pointer to `wanted`. The target has `wanted` twice.
class Example {
 public:
  explicit Example(std::endian order = std::endian::native) : base_(order), target_(order) {
    const std::uint32_t int_id = base_.add_int("int", 4);
    const std::uint32_t other = base_.add_composite(Kind::struct_, "unreached", 8);
    base_.add_reference(Kind::ptr, other);
    const std::uint32_t wanted = base_.add_composite(Kind::struct_, "wanted", 16,
                                                     {{"number", int_id, 0}, {"other", other, 64}});
    base_.add_composite(Kind::union_, "wanted", 4, {{"number", int_id, 0}});
    const std::uint32_t name = base_.add_reference(Kind::typedef_, wanted, "wanted_t");
    Builder split(base_, order);
    const std::uint32_t pointer = split.add_reference(Kind::ptr, name);
    split.add_composite(Kind::struct_, "own", 16, {{"held", pointer, 0}, {"count", int_id, 64}});
    target_.add_float("unreached", 8);
    target_.add_composite(Kind::struct_, "wanted", 24);
    target_.add_int("int", 4);
    target_.add_composite(Kind::struct_, "wanted", 16);
    pair_.append(kBase, base_.finish());
    pair_.append(kSplit, split.finish());
    pair_.append(kTarget, target_.finish());
  }
  [[nodiscard]] const Pair& pair() const { return pair_; }

 private:
  Builder base_, target_;
  Pair pair_;
};

TEST(Slice, KeepsWhatTheSplitReachesAndDropsTheRest) {
  const Pair small = sliced(Example().pair());
  EXPECT_EQ(types_of(small, kBase),
            (std::vector<std::string>{
                "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)",
                "[2] STRUCT 'wanted' size=16 vlen=1 { 'number' type_id=1 bits_offset=0 }",
                "[3] UNION 'wanted' size=4 vlen=1 { 'number' type_id=1 bits_offset=0 }",
                "[4] TYPEDEF 'wanted_t' type_id=2"}));
}

TEST(Slice, KeepsAllNamesakesInTheTarget) {
  const Pair small = sliced(Example().pair());
  EXPECT_EQ(
      types_of(small, kTarget),
      (std::vector<std::string>{"[1] STRUCT 'wanted' size=24 vlen=0 {}",
                                "[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)",
                                "[3] STRUCT 'wanted' size=16 vlen=0 {}"}));
}

TEST(Slice, AnswersAsBeforeInBothByteOrders) {
  for (const std::endian order : {std::endian::little, std::endian::big}) {
    const Example example(order);
    const Pair small = sliced(example.pair());
    expect_same_answers(example.pair(), small);
    EXPECT_EQ((*btf::Btf::parse(*small.find(kBase)))->byte_order(), order);
    EXPECT_EQ((*btf::Btf::parse(*small.find(kTarget)))->byte_order(), order);
  }
}

TEST(Slice, OfASliceIsTheSlice) {
  const Pair once = sliced(Example().pair());
  EXPECT_EQ(sliced(once), once);
}

// A base of given words and strings, for what a Builder does not write.
std::vector<std::byte> layer_of(const std::vector<std::uint32_t>& types, std::string_view strings) {
  const auto type_bytes = static_cast<std::uint32_t>(types.size() * btf::kWordBytes);
  std::vector<std::uint32_t> words = {
      0x0001eb9f, 24, 0, type_bytes, type_bytes, static_cast<std::uint32_t>(strings.size())};
  words.insert(words.end(), types.begin(), types.end());
  const Bytes front = std::as_bytes(std::span(words));
  std::vector<std::byte> layer(front.begin(), front.end());
  const Bytes back = std::as_bytes(std::span(strings));
  layer.insert(layer.end(), back.begin(), back.end());
  return layer;
}

constexpr std::uint32_t kStructInfo = 4U << 24;

// A split that points at the first type of its distilled base, to go onto `target`.
Pair pointing_pair(std::vector<std::byte> distilled, std::vector<std::byte> target) {
  const btf::BtfPtr below = read_layer(distilled);
  const btf::StringTable strings = btf::StringTable::of(*below);
  Builder split(strings, below->end_id(), std::endian::native);
  split.add_reference(Kind::ptr, 1);
  Pair pair;
  pair.append(kDistilled, std::move(distilled));
  pair.append(kSplit, split.finish());
  pair.append(kTarget, std::move(target));
  return pair;
}

TEST(Slice, KeepsEqualNamesAtDifferentOffsetsApart) {
  using namespace std::string_view_literals;
  const Pair pair =
      pointing_pair(layer_of({1, kStructInfo, 4}, "\0s\0"sv),
                    layer_of({1, kStructInfo, 4, 3, kStructInfo, 8}, "\0s\0s\0\0\0\0"sv));
  const Pair small = sliced(pair);
  const btf::BtfPtr target = read_layer(*small.find(kTarget));
  ASSERT_TRUE(target);
  EXPECT_NE(target->type(1).name_offset(), target->type(2).name_offset());
  expect_same_answers(pair, small);
}

TEST(Slice, KeepsWhatIsNamedByAnEmptyString) {
  using namespace std::string_view_literals;
  const Pair pair =
      pointing_pair(layer_of({1, kStructInfo, 4}, "\0\0"sv),
                    layer_of({0, kStructInfo, 4, 1, kStructInfo, 4, 1, kStructInfo, 8}, "\0\0"sv));
  const Pair small = sliced(pair);
  EXPECT_EQ(types_of(small, kTarget).size(), 2U);
  expect_same_answers(pair, small);
}

TEST(Slice, KeepsTheTypeAtWhichACheckOfTheTargetFails) {
  Pair pair = Example().pair();
  Builder target;
  target.add_composite(Kind::struct_, "wanted", 16);
  target.add_int("int", 4);
  target.add_float("of_ten_bytes", 10);
  pair.set(kTarget, target.finish());
  const Pair small = sliced(pair);
  EXPECT_THAT(types_of(small, kTarget), Contains(HasSubstr("of_ten_bytes")));
  expect_same_answers(pair, small);
}

TEST(Slice, KeepsAllMembersOfAStructThatADeclTagCounts) {
  Builder base;
  const std::uint32_t lonely = base.add_int("lonely", 4);
  const std::uint32_t tagged =
      base.add_composite(Kind::struct_, "tagged", 8, {{"a", lonely, 0}, {"b", lonely, 32}});
  Builder split(base, std::endian::native);
  split.add_decl_tag("note", tagged, 1);
  Pair pair;
  pair.append(kBase, base.finish());
  pair.append(kSplit, split.finish());
  const Pair small = sliced(pair);
  EXPECT_THAT(types_of(small, kBase), Contains(HasSubstr("vlen=2")));
  expect_same_answers(pair, small);
}

TEST(Slice, KeepsNamesakesOfTypesInLowerSplitLayers) {
  Builder base;
  base.add_composite(Kind::struct_, "twice", 4);
  base.add_int("unreached", 4);
  Builder lower(base, std::endian::native);
  const std::uint32_t own = lower.add_composite(Kind::struct_, "twice", 8);
  Builder upper(lower, std::endian::native);
  upper.add_reference(Kind::ptr, own);
  Pair pair;
  pair.append(kBase, base.finish());
  pair.append(kSplit, lower.finish());
  pair.append(kSplit, upper.finish());
  const Pair small = sliced(pair);
  EXPECT_EQ(types_of(small, kBase),
            (std::vector<std::string>{"[1] STRUCT 'twice' size=4 vlen=0 {}"}));
  expect_same_answers(pair, small);
}

TEST(Slice, LeavesNoBaseWithoutTypes) {
  Builder base;
  base.add_int("unreached", 4);
  Builder split(base, std::endian::native);
  split.add_fwd("own", false);
  Pair pair;
  pair.append(kBase, base.finish());
  pair.append(kSplit, split.finish());
  const Pair small = sliced(pair);
  EXPECT_EQ(types_of(small, kBase).size(), 1U);
  expect_same_answers(pair, small);
}

TEST(Slice, LeavesOutTheExtensionWhoseIdsWouldBeWrong) {
  Pair pair = Example().pair();
  pair.append(kExt, {std::byte{1}});
  pair.append("NOTE", {std::byte{2}});
  const Pair small = sliced(pair);
  EXPECT_EQ(small.find(kExt), nullptr);
  EXPECT_NE(small.find("NOTE"), nullptr);
}

TEST(Slice, SaysWhatIsMissing) {
  Pair pair;
  EXPECT_THAT(slice(pair).error(), HasSubstr("no SPLT"));
  pair.append(kSplit, {});
  EXPECT_THAT(slice(pair).error(), HasSubstr("no BASE and no DIST"));
  pair.append(kBase, {});
  EXPECT_THAT(slice(pair).error(), HasSubstr("BASE cannot be read"));
}

TEST(Slice, OfGeneratedPairsGetsTheSameAnswers) {
  std::size_t before = 0;
  std::size_t after = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    const Pair pair = generate_pair(random);
    const Pair small = sliced(pair);
    const auto changed = changed_answer(pair, small);
    ASSERT_FALSE(changed) << "seed " << seed << ": " << why(*changed);
    ASSERT_EQ(fates(pair), fates(small)) << "seed " << seed;
    before += serialize(pair).size();
    after += serialize(small).size();
  }
  std::printf("%zu bytes became %zu\n", before, after);
  EXPECT_LT(after, before);
}

// Damage of every sort: what a slice is made of has to be read, but nothing else is asked of it.
TEST(Slice, OfMutatedPairsGetsTheSameAnswers) {
  constexpr std::size_t max_bytes = 1 << 14;
  unsigned sliceable = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    std::vector<std::byte> file = serialize(generate_pair(random));
    std::size_t size = file.size();
    file.resize(std::max(size, max_bytes));
    for (std::uint64_t step = 0; step < 10; ++step) {
      size = mutate(file, size, file.size(), seed * 100 + step);
      const auto pair = parse_pair(Bytes(file).first(size));
      ASSERT_TRUE(pair);
      const auto small = slice(*pair);
      if (!small) continue;
      ++sliceable;
      const auto changed = changed_answer(*pair, *small);
      ASSERT_FALSE(changed) << "seed " << seed << " step " << step << ": " << why(*changed);
      ASSERT_EQ(fates(*pair), fates(*small)) << "seed " << seed << " step " << step;
    }
  }
  std::printf("%u mutated pairs were sliced\n", sliceable);
  EXPECT_GT(sliceable, 1000U);
}

}  // namespace
}  // namespace retort
