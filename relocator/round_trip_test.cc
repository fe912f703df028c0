// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Properties that need no second implementation, on a few thousand bases with many names in common,
// each made from its number alone: what is distilled comes back as the same graph, nothing depends
// on byte order, and copying loses nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "relocator/canonical.h"
#include "relocator/distill.h"
#include "relocator/graph.h"
#include "relocator/relocate.h"
#include "relocator/test_support.h"
#include "relocator/text.h"

namespace btf {
namespace {

using testing::ByteVector;
using testing::kForeignOrder;
using testing::must_parse;
using testing::must_parse_on;
using testing::RelocationInput;

constexpr std::uint32_t kWorlds = 2000;

// A stream of numbers that is the same everywhere; std::uniform_int_distribution is not.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  std::uint32_t roll(std::uint32_t sides) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::uint32_t>((state_ >> 33) % sides);
  }

 private:
  std::uint64_t state_;
};

// Adds one type that refers to types below its own id only, so that it has no loops.
void add_type(Builder& builder, Dice& dice) {
  const std::uint32_t next = builder.end_id();
  const auto name = [&] { return std::string(1, static_cast<char>('a' + dice.roll(4))); };
  const auto id = [&] { return dice.roll(next); };
  const std::uint32_t bytes = 4U << dice.roll(2);
  const bool named = dice.roll(3) != 0;
  switch (dice.roll(12)) {
    case 0:
      builder.add_int(name(), bytes, dice.roll(2));
      return;
    case 1:
      builder.add_float(name(), bytes);
      return;
    case 2:
      builder.add_enum(dice.roll(2) == 0 ? Kind::enum_ : Kind::enum64, named ? name() : "", bytes,
                       {{name(), dice.roll(9)}});
      return;
    case 3:
    case 4:
    case 5:
      builder.add_composite(dice.roll(2) == 0 ? Kind::struct_ : Kind::union_, named ? name() : "",
                            bytes, {{name(), id(), 0}, {name(), id(), 0}});
      return;
    case 6:
      builder.add_fwd(name(), dice.roll(2) == 0);
      return;
    case 7:
      builder.add_array(id(), id(), dice.roll(5));
      return;
    case 8:
      builder.add_func_proto(id(), {{name(), id()}});
      return;
    case 9:
      builder.add_reference(Kind::typedef_, id(), name());
      return;
    case 10:
      builder.add_reference(Kind::ptr, id());
      return;
    default:
      builder.add_reference(dice.roll(2) == 0 ? Kind::const_ : Kind::type_tag, id(),
                            named ? name() : "");
      return;
  }
}

// A base and a split of up to twelve types each.
BtfPtr world(std::uint32_t number, std::endian order = std::endian::native) {
  Dice dice(number);
  const auto some = [&](Builder& builder) {
    for (std::uint32_t count = 1 + dice.roll(12); count != 0; --count) add_type(builder, dice);
  };
  return RelocationInput{.distilled = some, .split = some, .order = order}.parse_split();
}

struct RoundTrip {
  std::expected<Relocated, RelocationFailure> result;
  BtfPtr split;  ///< the distilled split
};

RoundTrip round_trip(const Btf& source, const Policy& policy = agreed_policy()) {
  const auto distilled = distill(source, policy);
  if (!distilled) throw std::runtime_error(sentence(distilled.error()));
  const BtfPtr split = must_parse_on(must_parse(distilled->base), distilled->split);
  return {relocate(*split, NameIndex(*source.base()), policy), split};
}

TEST(RoundTrip, GivesTheSameGraphOrARealAmbiguityOfTheBase) {
  unsigned same = 0;
  unsigned ambiguous = 0;
  for (std::uint32_t number = 0; number < kWorlds; ++number) {
    const BtfPtr source = world(number);
    const RoundTrip trip = round_trip(*source);
    if (!trip.result) {
      ++ambiguous;
      for (const Mismatch& mismatch : trip.result.error().mismatches) {
        ASSERT_EQ(mismatch.reason, MismatchReason::several) << number;
        ASSERT_GT(mismatch.candidates.size(), 1U);
        // None of the candidates can be told from the distilled type by what it holds.
        const Type wanted = trip.split->type(mismatch.distilled_id);
        for (const std::uint32_t id : mismatch.candidates) {
          const Type candidate = source->type(id);
          EXPECT_EQ(source->name(candidate), trip.split->name(wanted)) << number;
          if (wanted.kind() != Kind::fwd) {
            EXPECT_EQ(candidate.size(), wanted.size()) << number;
          }
        }
      }
      continue;
    }
    ++same;
    const BtfPtr back = must_parse_on(source->base(), trip.result->bytes);
    GraphComparison graph(*source, *back);
    for (std::uint32_t id = source->start_id(); id < source->end_id(); ++id)
      ASSERT_TRUE(graph.same(id, id)) << number << ": " << to_text(*source, source->type(id));
  }
  // Both happen often, or the worlds would show little.
  EXPECT_GT(same, kWorlds / 4);
  EXPECT_GT(ambiguous, kWorlds / 20);
}

TEST(RoundTrip, TheIdMapIsWhereTheGraphsSayItIs) {
  for (std::uint32_t number = 0; number < kWorlds; ++number) {
    const BtfPtr source = world(number);
    const RoundTrip trip = round_trip(*source);
    if (!trip.result) continue;
    ASSERT_EQ(trip.result->id_map.size(), trip.split->end_id());
    EXPECT_EQ(trip.result->id_map[0], 0U);
    for (std::uint32_t id = 1; id < trip.split->start_id(); ++id) {
      const std::uint32_t mapped = trip.result->id_map[id];
      ASSERT_LT(mapped, source->start_id()) << number;
      EXPECT_EQ(source->name(source->type(mapped)), trip.split->name(trip.split->type(id)));
    }
    for (std::uint32_t id = trip.split->start_id(); id < trip.split->end_id(); ++id)
      EXPECT_EQ(trip.result->id_map[id], id - trip.split->start_id() + source->start_id());
  }
}

TEST(RoundTrip, ByteOrderIsOfNoConsequence) {
  for (std::uint32_t number = 0; number < kWorlds; ++number) {
    const BtfPtr native = world(number);
    const BtfPtr foreign = world(number, kForeignOrder);
    ASSERT_EQ(canonical_digest(*native).value(), canonical_digest(*foreign).value()) << number;
    const RoundTrip a = round_trip(*native);
    const RoundTrip b = round_trip(*foreign);
    ASSERT_EQ(canonical_digest(*a.split).value(), canonical_digest(*b.split).value()) << number;
    ASSERT_EQ(a.result.has_value(), b.result.has_value()) << number;
    if (!a.result) {
      EXPECT_EQ(testing::in_words(a.result.error().mismatches),
                testing::in_words(b.result.error().mismatches));
      continue;
    }
    EXPECT_EQ(a.result->id_map, b.result->id_map);
    EXPECT_EQ(canonical_digest(*must_parse_on(native->base(), a.result->bytes)).value(),
              canonical_digest(*must_parse_on(native->base(), b.result->bytes)).value())
        << number;
  }
}

TEST(RoundTrip, CopyingKeepsTheCanonicalForm) {
  for (std::uint32_t number = 0; number < kWorlds; ++number) {
    const BtfPtr source = world(number);
    const StringTable strings = StringTable::of(*source->base());
    Builder copy(strings, source->start_id(),
                 number % 2 == 0 ? std::endian::native : kForeignOrder);
    for (std::uint32_t id = source->start_id(); id < source->end_id(); ++id)
      copy.copy(source->type(id), *source, [](std::uint32_t same) { return same; });
    EXPECT_EQ(canonical_digest(*must_parse_on(source->base(), copy.finish())).value(),
              canonical_digest(*source).value())
        << number;
  }
}

TEST(RoundTrip, TheOrderOfTheTargetsTypesIsOfNoConsequence) {
  for (std::uint32_t number = 0; number < kWorlds; ++number) {
    const BtfPtr source = world(number);
    const Btf& base = *source->base();
    Builder builder;
    const auto reversed_id = [&](std::uint32_t id) { return id == 0 ? 0 : base.end_id() - id; };
    for (std::uint32_t id = base.end_id() - 1; id >= 1; --id)
      builder.copy(base.type(id), base, reversed_id);
    const BtfPtr reversed = must_parse(builder.finish());
    const RoundTrip trip = round_trip(*source);
    const auto again = relocate(*trip.split, NameIndex(*reversed), agreed_policy());
    ASSERT_EQ(trip.result.has_value(), again.has_value()) << number;
    if (!again) continue;
    for (std::uint32_t id = 1; id < trip.split->start_id(); ++id)
      EXPECT_EQ(again->id_map[id], reversed_id(trip.result->id_map[id])) << number;
  }
}

TEST(RoundTrip, DistillingWhatIsDistilledChangesNothing) {
  for (std::uint32_t number = 0; number < kWorlds; ++number) {
    const BtfPtr source = world(number);
    const auto once = distill(*source, agreed_policy());
    ASSERT_TRUE(once);
    const BtfPtr split = must_parse_on(must_parse(once->base), once->split);
    const auto twice = distill(*split, agreed_policy());
    ASSERT_TRUE(twice) << number;
    EXPECT_EQ(twice->base, once->base) << number;
    EXPECT_EQ(twice->split, once->split) << number;
  }
}

}  // namespace
}  // namespace btf
