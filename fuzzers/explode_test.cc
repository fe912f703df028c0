// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What explodes comes together again: deduplicating gives back the source.
#include "fuzzers/explode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "relocator/builder.h"
#include "relocator/check.h"
#include "relocator/dedup.h"
#include "relocator/test_support.h"
#include "relocator/text.h"

namespace retort {
namespace {

using btf::Btf;
using btf::BtfPtr;
using btf::Builder;
using btf::Kind;
using btf::testing::must_parse;

constexpr std::uint32_t kStructs = 60;

// An INT that all use, and structs of which each points at the next and holds the one before. With
// what is made from symbols, where asked for: a FUNC, a VAR and a DATASEC.
std::vector<std::byte> source_of(bool with_symbols, std::endian order = std::endian::native) {
  Builder builder(order);
  const std::uint32_t integer = builder.add_int("int", 4);
  const std::uint32_t first = builder.end_id();
  for (std::uint32_t at = 0; at < kStructs; ++at) {
    const std::uint32_t id = first + at * 2;
    const std::uint32_t next = first + (at + 1) % kStructs * 2;
    const std::uint32_t before = at % 3 == 0 ? integer : id - 2;
    builder.add_composite(Kind::struct_, "s" + std::to_string(at), 16 + at % 3 * 8,
                          {{"next", next + 1, 0}, {"held", before, 64}});
    builder.add_reference(Kind::ptr, id);
  }
  const std::uint32_t proto = builder.add_func_proto(integer, {{"s", first + 1, 0}});
  builder.add_var("v", integer, 1);
  if (with_symbols) {
    const std::uint32_t func = builder.add_func("f", proto, 1);
    builder.add_decl_tag("tag", func);
    builder.add({Kind::datasec, false, 1}, ".data", 4, std::vector<std::uint32_t>{proto + 1, 0, 4});
  }
  return builder.finish();
}

std::vector<std::string> types_of(const Btf& layer) {
  std::vector<std::string> types;
  for (std::uint32_t id = 1; id < layer.end_id(); ++id)
    types.push_back(btf::to_text(layer, layer.type(id)));
  return types;
}

std::uint32_t count(const Btf& layer, Kind kind) {
  std::uint32_t found = 0;
  for (std::uint32_t id = 1; id < layer.end_id(); ++id)
    found += static_cast<std::uint32_t>(layer.type(id).kind() == kind);
  return found;
}

constexpr ExplodeOptions kSmall = {.types = 400, .per_unit = 12};

TEST(Explode, DeduplicatingGivesBackTheSourceWithoutWhatIsMadeFromSymbols) {
  const BtfPtr exploded = must_parse(explode(*must_parse(source_of(true)), kSmall));
  EXPECT_FALSE(btf::first_unmet(*exploded, btf::agreed_policy().checks));
  const auto merged = btf::dedup(*exploded);
  ASSERT_TRUE(merged);
  const BtfPtr result = must_parse(merged->bytes);
  const BtfPtr expected = must_parse(source_of(false));
  EXPECT_EQ(result->end_id(), expected->end_id());
  for (const Kind kind : {Kind::int_, Kind::struct_, Kind::ptr, Kind::func_proto, Kind::var})
    EXPECT_EQ(count(*result, kind), count(*expected, kind)) << btf::kind_name(kind);
}

TEST(Explode, UnitsRepeatWhatAllUseAndDeclareWhatIsFarAway) {
  const BtfPtr exploded = must_parse(explode(*must_parse(source_of(true)), kSmall));
  const std::uint32_t units = count(*exploded, Kind::int_);
  EXPECT_GT(units, 10U);
  EXPECT_EQ(count(*exploded, Kind::var), 1U);
  EXPECT_GE(count(*exploded, Kind::fwd), units / 2);
  EXPECT_GT(count(*exploded, Kind::struct_), 2 * kStructs);
  EXPECT_EQ(count(*exploded, Kind::func), 0U);
}

TEST(Explode, ItBecomesAboutAsLargeAsAskedFor) {
  const BtfPtr source = must_parse(source_of(true));
  for (const std::uint32_t types : {300U, 1'000U}) {
    const BtfPtr exploded = must_parse(explode(*source, {.types = types, .per_unit = 12}));
    EXPECT_GT(exploded->end_id(), types * 2 / 3);
    EXPECT_LT(exploded->end_id(), types * 3 / 2);
  }
}

TEST(Explode, TheByteOrderIsTheSources) {
  const auto foreign =
      std::endian::native == std::endian::little ? std::endian::big : std::endian::little;
  const BtfPtr exploded = must_parse(explode(*must_parse(source_of(false, foreign)), kSmall));
  EXPECT_EQ(exploded->byte_order(), foreign);
  EXPECT_EQ(types_of(*exploded),
            types_of(*must_parse(explode(*must_parse(source_of(false)), kSmall))));
}

}  // namespace
}  // namespace retort
