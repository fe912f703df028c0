// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deduplication on small inputs: what merges and what does not, each result also put before the
// judge of dedup_check.h.
#include "relocator/dedup.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "relocator/canonical.h"
#include "relocator/dedup_cases.h"
#include "relocator/dedup_check.h"
#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::Base;
using testing::Build;
using testing::left_in_words;
using testing::must_parse;

struct Result {
  BtfPtr before;
  BtfPtr after;
  std::vector<std::uint32_t> ids;
};

Result judged(const BtfPtr& top) {
  const auto result = dedup(*top);
  if (!result) throw std::runtime_error(sentence(result.error()));
  Result judged{
      .before = top, .after = must_parse(result->bytes, {.base = top->base()}), .ids = result->ids};
  EXPECT_EQ(unsound(*judged.before, *judged.after, judged.ids), std::nullopt);
  EXPECT_EQ(incomplete(*judged.after), std::nullopt);
  return judged;
}

std::string left_of(const Build& build) {
  Builder builder;
  build(builder);
  return left_in_words(*judged(must_parse(builder.finish())).after);
}

BtfPtr stack_of(const std::vector<std::vector<std::byte>>& layers) {
  BtfPtr top;
  for (const auto& bytes : layers) top = must_parse(bytes, {.base = top});
  return top;
}

class DedupCases : public ::testing::TestWithParam<testing::DedupCase> {};

TEST_P(DedupCases, LeaveWhatUpstreamsTestsDemand) {
  const Result result = judged(stack_of(testing::layers_of(GetParam())));
  EXPECT_EQ(left_in_words(*result.after), GetParam().left);
}

INSTANTIATE_TEST_SUITE_P(Dedup, DedupCases, ::testing::ValuesIn(testing::dedup_cases()),
                         [](const auto& of) { return std::string(of.param.sentence); });

TEST(Dedup, MapsEachTypeToWhatStandsForItNow) {
  Builder builder;
  builder.add_fwd("s", false);
  builder.add_reference(Kind::ptr, 1);
  builder.add_composite(Kind::struct_, "s", 8, {{"self", 4, 0}});
  builder.add_reference(Kind::ptr, 3);
  const Result result = judged(must_parse(builder.finish()));
  EXPECT_EQ(result.ids, (std::vector<std::uint32_t>{0, 2, 1, 2, 1}));
}

TEST(Dedup, IsTheSameInBothByteOrders) {
  for (const auto& from : testing::dedup_cases()) {
    Builder native;
    Builder foreign(testing::kForeignOrder);
    from.base(native);
    from.base(foreign);
    const auto a = judged(must_parse(native.finish()));
    const auto b = judged(must_parse(foreign.finish()));
    EXPECT_EQ(canonical_digest(*a.after).value(), canonical_digest(*b.after).value())
        << from.sentence;
    EXPECT_EQ(b.after->byte_order(), testing::kForeignOrder);
  }
}

TEST(Dedup, FindsNothingMoreInItsOwnResult) {
  for (const auto& from : testing::dedup_cases()) {
    const Result once = judged(stack_of(testing::layers_of(from)));
    const Result twice = judged(once.after);
    EXPECT_EQ(left_in_words(*twice.after), left_in_words(*once.after)) << from.sentence;
  }
}

TEST(Dedup, MergesStructsThatOnlyAFarawayDifferenceCouldTellApart) {
  // Two lists of equal structs by name; only the last element's type tells them apart.
  const auto list = [](Builder& b, std::uint32_t length, std::string_view end) {
    const std::uint32_t first = b.end_id();
    for (std::uint32_t at = 0; at < length; ++at) {
      b.add_composite(Kind::struct_, "s", 8, {{"next", first + 2 * at + 1, 0}});
      b.add_reference(Kind::ptr, first + 2 * at + 2);
    }
    b.add_int(end, 4);
  };
  const auto count = [&](std::string_view a, std::string_view b) {
    Builder builder;
    list(builder, 1000, a);
    list(builder, 1000, b);
    const BtfPtr top = must_parse(builder.finish());
    const auto result = dedup(*top);
    return must_parse(result->bytes)->end_id() - 1;
  };
  EXPECT_EQ(count("end", "end"), 2001U);
  EXPECT_EQ(count("end", "another end"), 4002U);
}

TEST(Dedup, MergesNamelessLoopsOfAnyLength) {
  // const -> volatile -> const ... as a loop of two and as one of four.
  EXPECT_EQ(left_of([](Builder& b) {
              b.add_reference(Kind::const_, 2);
              b.add_reference(Kind::volatile_, 1);
              b.add_reference(Kind::const_, 4);
              b.add_reference(Kind::volatile_, 5);
              b.add_reference(Kind::const_, 6);
              b.add_reference(Kind::volatile_, 3);
              b.add_reference(Kind::ptr, 1);
              b.add_reference(Kind::ptr, 5);
            }),
            "CONST 2; VOLATILE 1; PTR 1");
}

TEST(Dedup, ComparesOnWithALikelyTypeWhenWhatItRefersToIsNew) {
  // Pointers into nameless loops are alike at first sight, so the second prototype is held against
  // the first while its parameters' pointers, none of which was seen before, are looked at. How
  // many types came before decides when memory runs short for one more.
  for (int before = 0; before < 32; ++before) {
    Builder builder;
    for (int at = 0; at < before; ++at) builder.add_int("i" + std::to_string(at), 4);
    const auto loop = [&](Kind kind, std::string_view name = {}) {
      return builder.add_reference(kind, builder.end_id(), name);
    };
    const std::uint32_t ptr = loop(Kind::ptr);
    builder.add_func_proto(ptr, {{"", ptr, 0}, {"", ptr, 0}, {"", ptr, 0}});
    const std::uint32_t inner[] = {loop(Kind::const_), loop(Kind::volatile_), loop(Kind::restrict_),
                                   loop(Kind::typedef_, "t")};
    loop(Kind::ptr);
    const std::uint32_t next = builder.end_id() + 1;
    builder.add_func_proto(next, {{"", next + 1, 0}, {"", next + 2, 0}, {"", next + 3, 0}});
    for (const std::uint32_t id : inner) builder.add_reference(Kind::ptr, id);
    const Result result = judged(must_parse(builder.finish()));
    EXPECT_EQ(result.after->end_id(), result.before->end_id() - 1) << before << " types before";
  }
}

TEST(Dedup, TakesNoStackForDepth) {
  Builder builder;
  constexpr std::uint32_t depth = 300000;
  for (int copy = 0; copy < 2; ++copy) {
    const std::uint32_t first = builder.end_id();
    for (std::uint32_t at = 1; at < depth; ++at) builder.add_reference(Kind::ptr, first + at);
    builder.add_int("int", 4);
  }
  const BtfPtr top = must_parse(builder.finish());
  const auto result = dedup(*top);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(must_parse(result->bytes)->end_id(), depth + 1);
}

TEST(Dedup, RefusesAnIdThatDoesNotExistAndSaysWhere) {
  Builder builder;
  builder.add_reference(Kind::ptr, 7);
  const BtfPtr top = must_parse(builder.finish());
  const auto result = dedup(*top);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().check, Check::id_range);
  EXPECT_EQ(result.error().type_id, 1U);
  EXPECT_EQ(result.error().offset, kHeaderBytes + 2 * kWordBytes);
}

TEST(Dedup, RefusesANameThatDoesNotExist) {
  testing::RawLayer raw;
  raw.types = {9, pack_info({Kind::float_, false, 0}), 4};
  const auto bytes = raw.bytes();
  const BtfPtr top = must_parse(bytes);
  const auto result = dedup(*top);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().check, Check::name_range);
}

// Each kind's smallest record with one element comes twice: what is wrong stands in the second,
// which looks like the first but for that word. What is below the top layer is asked the same.
TEST(Dedup, RefusesAnyWordThatRefersToNothingThoughTheTypeLooksLikeAnEarlierOne) {
  constexpr std::uint32_t kNowhere = 0x00fffff0;
  int words = 0;
  for (std::uint32_t kind = 1; kind < kKindCount; ++kind) {
    const Shape shape = shape_of(static_cast<Kind>(kind));
    if (!shape.known) continue;
    const std::uint32_t vlen = shape.element != 0 ? 1 : 0;
    std::vector<std::uint32_t> record(static_cast<std::size_t>(shape.words(vlen)));
    record[1] = pack_info({static_cast<Kind>(kind), false, vlen});
    const Type type(2, nullptr, {static_cast<Kind>(kind), false, vlen}, &shape);
    const auto refuses = [&](Check check) {
      return [&, check](std::size_t word) {
        testing::RawLayer raw;
        raw.types = record;
        raw.types.insert(raw.types.end(), record.begin(), record.end());
        raw.types[record.size() + word] = kNowhere;
        const auto bytes = raw.bytes();
        const BtfPtr base = must_parse(bytes);
        const auto split_bytes = Base(bytes).split().finish();
        for (const BtfPtr& top : {base, must_parse(split_bytes, {.base = base})}) {
          const auto result = dedup(*top);
          ASSERT_FALSE(result.has_value()) << "kind " << kind << " word " << word;
          EXPECT_EQ(result.error().check, check);
          EXPECT_EQ(result.error().type_id, 2U);
          EXPECT_EQ(result.error().offset, kHeaderBytes + (record.size() + word) * kWordBytes);
        }
        ++words;
      };
    };
    for_each_name(type, refuses(Check::name_range));
    for_each_id(type, refuses(Check::id_range));
  }
  EXPECT_EQ(words, 40);
}

TEST(Dedup, RefusesAKindItDoesNotKnow) {
  testing::RawLayer raw;
  raw.types = {0, 40U << 24, 0};
  raw.layout = std::vector<std::pair<std::uint8_t, std::uint8_t>>(41);
  for (std::size_t kind = 0; kind < testing::known_layout().size(); ++kind)
    raw.layout[kind] = testing::known_layout()[kind];
  raw.header_bytes = kLayoutHeaderBytes;
  const auto bytes = raw.bytes();
  const BtfPtr top = must_parse(bytes);
  const auto result = dedup(*top);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().check, Check::unknown_kind);
}

TEST(Dedup, KeepsEachStringInUseOnce) {
  testing::RawLayer raw;
  using namespace std::string_literals;
  raw.strings = "\0unused\0int\0long int\0int\0"s;
  const std::uint32_t info = pack_info({Kind::float_, false, 0});
  raw.types = {8, info, 4, 12, info, 8, 21, info, 4, 17, info, 4};  // 17 is the tail of "long int"
  const auto bytes = raw.bytes();
  const Result result = judged(must_parse(bytes));
  EXPECT_EQ(left_in_words(*result.after), "FLOAT int; FLOAT long int");
  EXPECT_EQ(result.after->header().str_len, sizeof "\0int\0long int");
}

TEST(Dedup, WritesNoStringThatALowerLayerHas) {
  using namespace std::string_literals;
  Builder low;
  low.add_float("shared", 4);
  const BtfPtr base = must_parse(low.finish());
  testing::RawLayer raw;
  raw.strings = "\0shared\0own\0"s;
  const std::uint32_t info = pack_info({Kind::float_, false, 0});
  const std::uint32_t start = base->end_string();
  raw.types = {start + 1, info, 8, start + 8, info, 8};
  const auto bytes = raw.bytes();
  const Result result = judged(must_parse(bytes, {.base = base}));
  EXPECT_EQ(left_in_words(*result.after), "FLOAT shared; FLOAT own");
  EXPECT_EQ(result.after->header().str_len, sizeof "own");
}

TEST(Dedup, FindsWhatABaseHasUnderNamesThatOnlyTheBaseSpells) {
  Builder low;
  const std::uint32_t integer = low.add_int("int", 4);
  const std::uint32_t var = low.add_var("v", integer, 0);
  low.add_reference(Kind::ptr, var);
  low.add_reference(Kind::ptr, low.add_array(integer, integer, 3));
  const std::uint32_t array = low.end_id() - 2;
  Builder high(low, std::endian::native);
  high.add_reference(Kind::ptr, var);
  high.add_reference(Kind::ptr, array);
  high.add_reference(Kind::const_, array);
  const Result result = judged(stack_of({low.finish(), high.finish()}));
  EXPECT_EQ(result.after->end_id() - result.after->start_id(), 1U) << "the CONST";
}

// Small graphs of every kind of reference, with few names so that much is equal or almost.
void add_any_types(Builder& split, std::mt19937& random) {
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  static constexpr std::string_view kNames[] = {"a", "b", "c"};
  const auto name = [&] { return kNames[below(3)]; };
  const std::uint32_t count = 2 + below(14);
  const auto any_id = [&] { return below(split.start_id() + count); };
  for (std::uint32_t type = 0; type < count; ++type) {
    switch (below(14)) {
      case 0:
        split.add_int(name(), 4);
        break;
      case 1:
        split.add_fwd(name(), below(4) == 0);
        break;
      case 2:
        split.add_enum(below(3) == 0 ? Kind::enum64 : Kind::enum_, name(), 4);
        break;
      case 3:
        split.add_enum(Kind::enum_, name(), 4, {{"x", below(2)}});
        break;
      case 4:
      case 5:
      case 6:
        split.add_composite(below(4) == 0 ? Kind::union_ : Kind::struct_,
                            below(4) == 0 ? std::string_view{} : name(), 8,
                            {{"m", any_id(), 0}, {"n", any_id(), 32}});
        break;
      case 7:
        split.add_reference(Kind::typedef_, any_id(), name());
        break;
      case 8:
        split.add_array(any_id(), any_id(), 2);
        break;
      case 9:
        split.add_func_proto(any_id(), {{"p", any_id(), 0}});
        break;
      case 10:
        split.add_var(name(), any_id(), 0);
        break;
      case 11:
        split.add_decl_tag(name(), any_id());
        break;
      default:
        split.add_reference(below(3) == 0 ? Kind::const_ : Kind::ptr, any_id());
    }
  }
}

TEST(Dedup, IsSoundAndCompleteOnAnySmallGraph) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    Builder builder;
    add_any_types(builder, random);
    judged(must_parse(builder.finish()));
    ASSERT_FALSE(HasFailure()) << "in round " << round;
  }
}

TEST(Dedup, IsSoundAndCompleteOnAnySmallStack) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    Builder base;
    add_any_types(base, random);
    Builder middle(base, std::endian::native);
    add_any_types(middle, random);
    Builder top(middle, std::endian::native);
    add_any_types(top, random);
    judged(stack_of({base.finish(), middle.finish(), top.finish()}));
    ASSERT_FALSE(HasFailure()) << "in round " << round;
  }
}

}  // namespace
}  // namespace btf
