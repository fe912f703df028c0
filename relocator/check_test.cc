// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The checks, one by one. For each there is a layer that fails it and nothing else, and a
// neighbour, one detail apart, that meets everything: so a check can be neither too strict nor
// forgotten.
#include "relocator/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <ostream>

#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::Base;
using testing::ByteVector;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kBothOrders;
using testing::must_parse;
using testing::must_parse_on;
using testing::names;
using testing::poke;
using testing::RawLayer;

using Build = std::function<void(Builder&)>;

BtfPtr built(const Build& build) {
  Builder base;
  base.add_int("int", 4, 1);  // type 1 of every layer below
  build(base);
  return must_parse(base.finish());
}

// A header and one INT, to be continued.
RawLayer one_int() {
  return {.types = {1, pack_info({Kind::int_, false, 0}), 4, 32},
          .strings = std::string("\0int\0", 5)};
}

BtfPtr with_tail(std::size_t bytes) {
  ByteVector all = one_int().bytes();
  all.resize(all.size() + bytes);
  return must_parse(all);
}

// The sections of one_int() moved apart by `gap` bytes, or the strings put before the types.
BtfPtr with_gap(std::uint32_t gap) {
  const ByteVector packed = one_int().bytes();
  ByteVector bytes(packed.begin(), packed.begin() + 24 + 16);
  bytes.resize(bytes.size() + gap);
  bytes.insert(bytes.end(), packed.begin() + 24 + 16, packed.end());
  poke(bytes, 16, 16 + gap);
  return must_parse(bytes);
}

BtfPtr with_strings_first(bool first) {
  RawLayer raw = one_int();
  raw.strings = std::string("\0int\0\0\0\0", 8);
  const ByteVector packed = raw.bytes();
  if (!first) return must_parse(packed);
  ByteVector bytes(packed.begin(), packed.begin() + 24);
  bytes.insert(bytes.end(), packed.begin() + 24 + 16, packed.end());
  bytes.insert(bytes.end(), packed.begin() + 24, packed.begin() + 24 + 16);
  poke(bytes, 8, 8);
  poke(bytes, 16, 0);
  return must_parse(bytes);
}

BtfPtr with_header_extra(bool zero) {
  RawLayer raw = one_int();
  raw.header_bytes = 40;
  ByteVector bytes = raw.bytes();
  if (!zero) bytes[39] = std::byte{1};
  return must_parse(bytes);
}

// A split layer without types. With a header of 20 bytes, the strings begin where the header's last
// word stands: the length of the strings, which ends in a zero byte.
BtfPtr with_header_of(std::uint32_t header_bytes) {
  static const BtfPtr base = must_parse(one_int().bytes());
  RawLayer raw{.types = {}, .strings = ""};
  ByteVector bytes = raw.bytes();
  poke(bytes, 4, header_bytes);
  if (header_bytes == 20) poke(bytes, 20, std::endian::native == std::endian::little ? 4 : 0);
  return must_parse(bytes, {.base = base, .dialect = Dialect::narrow});
}

// The layout lies where it belongs, and says of INT that it has a word, or two.
BtfPtr with_layout(bool fits) {
  RawLayer raw = one_int();
  raw.header_bytes = kLayoutHeaderBytes;
  raw.layout = testing::known_layout();
  if (!fits) raw.layout[1].first = 8;
  return must_parse(raw.bytes());
}

BtfPtr with_unknown_kind(bool unknown) {
  RawLayer raw = one_int();
  raw.header_bytes = kLayoutHeaderBytes;
  raw.layout = testing::known_layout();
  raw.layout.emplace_back(0, 0);
  if (unknown) raw.types.insert(raw.types.end(), {0, 20U << 24, 0});
  return must_parse(raw.bytes());
}

BtfPtr fwd_with_third_word(std::uint32_t word, bool refers) {
  RawLayer raw = one_int();
  raw.types.insert(raw.types.end(), {1, pack_info({Kind::fwd, false, 0}), word});
  return must_parse(raw.bytes(), {.fwd_type_refers = refers});
}

BtfPtr with_name_offset(Kind kind, std::uint32_t offset) {
  RawLayer raw{.types = {offset, pack_info({kind, false, 0}), 0},
               .strings = std::string("\0\0word\0two words\0", 17)};
  return must_parse(raw.bytes());
}

void add_datasec(Builder& base, std::uint32_t size, std::vector<std::uint32_t> entries) {
  base.add({Kind::datasec, false, static_cast<std::uint32_t>(entries.size() / 3)}, ".data", size,
           entries);
}

struct Case {
  Check check;
  std::function<BtfPtr(bool met)> layer;  ///< the layer that meets or fails the check
};

void PrintTo(const Case& row, std::ostream* out) {
  *out << text_of(row.check).name;
}

std::function<BtfPtr(bool)> building(std::function<void(Builder&, bool)> build) {
  return [build](bool met) { return built([&](Builder& base) { build(base, met); }); };
}

const Case kCases[] = {
    {Check::header_length, [](bool met) { return with_header_of(met ? 24 : 20); }},
    {Check::version,
     [](bool met) {
       ByteVector bytes = all_kinds();
       bytes[2] = std::byte{met ? std::uint8_t{1} : std::uint8_t{2}};
       return must_parse(bytes);
     }},
    {Check::flags,
     [](bool met) {
       ByteVector bytes = all_kinds();
       bytes[3] = std::byte{met ? std::uint8_t{0} : std::uint8_t{1}};
       return must_parse(bytes);
     }},
    {Check::header_extra, with_header_extra},
    {Check::trailing_bytes, [](bool met) { return with_tail(met ? 0 : 1); }},
    {Check::section_gap, [](bool met) { return with_gap(met ? 0 : 4); }},
    {Check::section_order, [](bool met) { return with_strings_first(!met); }},
    {Check::layout_fits, with_layout},
    {Check::no_types,
     [](bool met) { return must_parse(met ? one_int().bytes() : RawLayer{}.bytes()); }},
    {Check::unknown_kind, [](bool met) { return with_unknown_kind(!met); }},
    {Check::name_range, [](bool met) { return with_name_offset(Kind::struct_, met ? 2 : 17); }},
    {Check::id_range,
     building([](Builder& base, bool met) { base.add_reference(Kind::ptr, met ? 1 : 3); })},
    {Check::return_id_range,
     building([](Builder& base, bool met) { base.add_func_proto(met ? 1 : 3); })},
    {Check::func_refers_to_proto, building([](Builder& base, bool met) {
       base.add_func("f", met ? 3 : 1, 1);
       base.add_func_proto(1);
     })},
    {Check::name_required,
     building([](Builder& base, bool met) { base.add_fwd(met ? "f" : "", false); })},
    {Check::name_forbidden, building([](Builder& base, bool met) {
       base.add_reference(Kind::const_, 1, met ? "" : "named");
     })},
    {Check::name_identifier, [](bool met) { return with_name_offset(Kind::struct_, met ? 2 : 7); }},
    {Check::empty_name_offset,
     [](bool met) { return with_name_offset(Kind::struct_, met ? 0 : 1); }},
    {Check::vlen_zero,
     building([](Builder& base, bool met) { base.add({Kind::ptr, false, met ? 0U : 1U}, {}, 1); })},
    {Check::kflag_zero,
     building([](Builder& base, bool met) { base.add({Kind::ptr, !met, 0}, {}, 1); })},
    {Check::unused_word, [](bool met) { return fwd_with_third_word(met ? 0 : 1, false); }},
    {Check::void_reference, building([](Builder& base, bool met) {
       base.add_composite(Kind::struct_, "s", 4, {{"m", met ? 1U : 0U, 0}});
     })},
    {Check::int_bits, building([](Builder& base, bool met) {
       const std::uint32_t data = met ? 16 : 17;
       base.add({Kind::int_, false, 0}, "i", 2, {&data, 1});
     })},
    {Check::int_encoding,
     building([](Builder& base, bool met) { base.add_int("i", 4, met ? 2 : 3); })},
    {Check::float_size,
     building([](Builder& base, bool met) { base.add_float("f", met ? 12 : 10); })},
    {Check::enum_size,
     building([](Builder& base, bool met) { base.add_enum(Kind::enum_, "e", met ? 2 : 3); })},
    {Check::member_order, building([](Builder& base, bool met) {
       base.add_composite(Kind::struct_, "s", 8,
                          {{"a", 1, met ? 0U : 32U}, {"b", 1, met ? 32U : 0U}});
     })},
    {Check::member_bounds, building([](Builder& base, bool met) {
       base.add_composite(Kind::struct_, "s", 8, {{"a", 1, met ? 32U : 40U}});
     })},
    {Check::union_offset, building([](Builder& base, bool met) {
       base.add_composite(Kind::union_, "u", 8, {{"a", 1, met ? 0U : 8U}});
     })},
    {Check::func_linkage, building([](Builder& base, bool met) {
       base.add_func_proto(0);
       base.add_func("f", 2, met ? 1 : 2);
     })},
    {Check::var_linkage,
     building([](Builder& base, bool met) { base.add_var("v", 1, met ? 1 : 2); })},
    {Check::datasec_size,
     building([](Builder& base, bool met) { add_datasec(base, met ? 1 : 0, {}); })},
    {Check::datasec_entries, building([](Builder& base, bool met) {
       base.add_var("v", 1, 1);
       base.add_var("w", 1, 1);
       add_datasec(base, 8, {2, 0, 4, 3, met ? 4U : 3U, 4});
     })},
    {Check::datasec_vars, building([](Builder& base, bool met) {
       base.add_var("v", 1, 1);
       add_datasec(base, 4, {met ? 2U : 1U, 0, 4});
     })},
    {Check::decl_tag_target, building([](Builder& base, bool met) {
       base.add_reference(Kind::typedef_, 1, "t");
       base.add_decl_tag("tag", met ? 2 : 1);
     })},
    {Check::decl_tag_component, building([](Builder& base, bool met) {
       base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 0}});
       base.add_decl_tag("tag", 2, met ? 0 : 1);
     })},
    {Check::reference_loop,
     building([](Builder& base, bool met) { base.add_reference(Kind::ptr, met ? 1 : 2); })},
    {Check::array_index, building([](Builder& base, bool met) {
       base.add_float("f", 4);
       base.add_array(1, met ? 1 : 2, 3);
     })},
    {Check::sizeless_type, building([](Builder& base, bool met) {
       base.add_fwd("f", false);
       base.add_composite(Kind::struct_, "s", 4, {{"a", met ? 1U : 2U, 0}});
     })},
    {Check::proto_params, building([](Builder& base, bool met) {
       base.add_func_proto(0, {{"a", met ? 1U : 0U}, {"b", 1}});
     })},
    {Check::size_overflow, building([](Builder& base, bool met) {
       base.add_array(1, 1, met ? 0x3fffffff : 0x40000000);
     })},
};

class EachCheck : public ::testing::TestWithParam<Case> {};

TEST_P(EachCheck, IsAllThatItsLayerDoesNotMeet) {
  EXPECT_EQ(names(unmet_checks(*GetParam().layer(false))), names(CheckSet{GetParam().check}));
}

TEST_P(EachCheck, IsMetByTheNeighbourAndEverythingElseToo) {
  EXPECT_THAT(names(unmet_checks(*GetParam().layer(true))), IsEmpty());
}

TEST_P(EachCheck, RejectsOnlyWhereItIsDemanded) {
  const BtfPtr layer = GetParam().layer(false);
  CheckSet others = CheckSet::all();
  others.erase(GetParam().check);
  EXPECT_FALSE(first_unmet(*layer, others));
  const auto error = first_unmet(*layer, {GetParam().check});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason, Reason::check);
  EXPECT_EQ(error->check, GetParam().check);
  EXPECT_EQ(error->layer, layer->layer());
  ASSERT_TRUE(error->offset);
  EXPECT_LT(*error->offset, layer->image().size() + 1);
}

std::string parameter_name(const ::testing::TestParamInfo<Case>& info) {
  std::string name;
  bool upper = true;
  for (const char c : text_of(info.param.check).name) {
    if (c != '-') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '-';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Check, EachCheck, ::testing::ValuesIn(kCases), parameter_name);

TEST(Check, EveryCheckHasACase) {
  CheckSet seen;
  for (const Case& row : kCases) seen.insert(row.check);
  EXPECT_EQ(seen, CheckSet::all());
  EXPECT_EQ(std::size(kCases), kCheckCount);
}

TEST(Check, ABaseWithEveryKindMeetsEverything) {
  for (const std::endian order : kBothOrders)
    EXPECT_THAT(names(unmet_checks(*must_parse(all_kinds(order)))), IsEmpty());
}

TEST(Check, TheFirstUnmetDemandComesFirstInTheFile) {
  const BtfPtr layer = built([](Builder& base) {
    base.add_float("f", 10);
    base.add_int("i", 4, 3);
  });
  EXPECT_EQ(first_unmet(*layer, CheckSet::all())->check, Check::float_size);
  EXPECT_EQ(first_unmet(*layer, {Check::int_encoding})->type_id, 3U);
  EXPECT_THAT(names(unmet_checks(*layer)), ElementsAre("int-encoding", "float-size"));
}

TEST(Check, EachUnmetCheckIsListedOnceWithItsFirstPlace) {
  const BtfPtr layer = built([](Builder& base) {
    base.add_float("f", 10);
    base.add_int("i", 4, 3);
    base.add_float("g", 11);
    base.add_reference(Kind::ptr, 5);
  });
  const std::vector<Error> errors = first_of_each_unmet(*layer);
  ASSERT_EQ(errors.size(), 3U);
  CheckSet listed;
  for (const Error& error : errors) listed.insert(error.check.value());
  EXPECT_EQ(listed, unmet_checks(*layer));
  EXPECT_EQ(errors[0].check, Check::float_size);
  EXPECT_EQ(errors[0].type_id, 2U);
  EXPECT_EQ(errors[0].value, 10U);
  EXPECT_EQ(errors[1].check, Check::int_encoding);
  EXPECT_EQ(errors[2].check, Check::reference_loop);
  EXPECT_EQ(errors[2].type_id, 5U);
  EXPECT_EQ(first_of_each_unmet(*must_parse(all_kinds())).size(), 0U);
}

TEST(Check, AnErrorPointsAtTheWordAtFaultAndTellsItsValue) {
  const Base base(all_kinds());
  Builder split = base.split();
  split.add_reference(Kind::ptr, 1);
  split.add_composite(Kind::struct_, "s", 4, {{"a", 1, 0}, {"b", 99, 0}});
  const auto error = first_unmet(*base.parse(split), CheckSet::all());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->check, Check::id_range);
  EXPECT_EQ(error->layer, 1U);
  EXPECT_EQ(error->type_id, 21U);
  EXPECT_EQ(error->offset, 24U + 12 + 12 + 12 + 4);
  EXPECT_EQ(error->value, 99U);
}

TEST(Check, OnlyTheLayerItselfIsChecked) {
  Builder low;
  low.add_float("f", 10);
  Builder high(low, std::endian::native);
  high.add_reference(Kind::ptr, 1);
  EXPECT_THAT(names(unmet_checks(*must_parse_on(must_parse(low.finish()), high.finish()))),
              IsEmpty());
}

TEST(Check, OpenParsesAsThePolicyReadsAndChecksAsItDemands) {
  const ByteVector loop = [] {
    Builder base;
    base.add_reference(Kind::ptr, 1);
    return base.finish();
  }();
  const auto agreed = open(loop, agreed_policy());
  ASSERT_FALSE(agreed);
  EXPECT_EQ(agreed.error().check, Check::reference_loop);
  const auto libbpf = open(loop, *find_policy("libbpf-6.12"));
  ASSERT_TRUE(libbpf);
  EXPECT_EQ((*libbpf)->dialect(), Dialect::narrow);
  EXPECT_EQ(open({}, agreed_policy()).error().reason, Reason::header_truncated);
}

// --- Names

TEST(Check, EachKindWantsItsSortOfName) {
  // "word", "two words", none; by kind. All else that the layer may not meet is of no interest
  // here.
  struct Row {
    Kind kind;
    std::vector<std::string> word, text, none;
  };
  const std::vector<std::string> met;
  const std::vector<std::string> forbidden = {"name-forbidden"};
  const std::vector<std::string> required = {"name-required"};
  const std::vector<std::string> identifier = {"name-identifier"};
  const Row rows[] = {
      {Kind::int_, met, met, met},
      {Kind::ptr, forbidden, forbidden, met},
      {Kind::array, forbidden, forbidden, met},
      {Kind::struct_, met, identifier, met},
      {Kind::union_, met, identifier, met},
      {Kind::enum_, met, identifier, met},
      {Kind::fwd, met, identifier, required},
      {Kind::typedef_, met, identifier, required},
      {Kind::volatile_, forbidden, forbidden, met},
      {Kind::const_, forbidden, forbidden, met},
      {Kind::restrict_, forbidden, forbidden, met},
      {Kind::func, met, identifier, required},
      {Kind::func_proto, forbidden, forbidden, met},
      {Kind::var, met, identifier, required},
      {Kind::datasec, met, met, required},
      {Kind::float_, met, met, met},
      {Kind::decl_tag, met, met, required},
      {Kind::type_tag, met, met, required},
      {Kind::enum64, met, identifier, met},
  };
  ASSERT_EQ(std::size(rows), testing::every_kind().size());
  constexpr CheckSet kNames = {Check::name_required, Check::name_forbidden, Check::name_identifier,
                               Check::empty_name_offset};
  for (const Row& row : rows) {
    const auto unmet = [&](std::uint32_t offset) {
      RawLayer raw{.types = {offset, pack_info({row.kind, false, 0}), 0},
                   .strings = std::string("\0\0word\0two words\0", 17)};
      raw.types.resize(shape_of(row.kind).words(0));
      return names(unmet_checks(*must_parse(raw.bytes())) & kNames);
    };
    EXPECT_EQ(unmet(2), row.word) << kind_name(row.kind);
    EXPECT_EQ(unmet(7), row.text) << kind_name(row.kind);
    EXPECT_EQ(unmet(0), row.none) << kind_name(row.kind);
  }
}

TEST(Check, AnIdentifierBeginsWithALetterAndHasAtMost512Characters) {
  const auto accepts = [](const std::string& name) {
    return unmet_checks(*built([&](Builder& base) { base.add_fwd(name, false); })).empty();
  };
  EXPECT_TRUE(accepts("_a9"));
  EXPECT_TRUE(accepts(".L"));  // section names and compilers' suffixes
  EXPECT_TRUE(accepts("f.isra.0"));
  EXPECT_FALSE(accepts("9a"));
  EXPECT_FALSE(accepts("a-b"));
  EXPECT_FALSE(accepts("\xc3\xa9"));
  EXPECT_FALSE(accepts("a\x7f"));
  EXPECT_TRUE(accepts(std::string(512, 'x')));
  EXPECT_FALSE(accepts(std::string(513, 'x')));
}

TEST(Check, ASectionsNameMayHoldAnythingPrintable) {
  const auto accepts = [](const std::string& name) {
    return unmet_checks(
               *built([&](Builder& base) { base.add({Kind::datasec, false, 0}, name, 4); }))
        .empty();
  };
  EXPECT_TRUE(accepts(".data..percpu"));
  EXPECT_TRUE(accepts("9 lives"));
  EXPECT_FALSE(accepts("tab\there"));
  EXPECT_FALSE(accepts("\xc3\xa9"));
  EXPECT_FALSE(accepts(std::string(513, 'x')));
}

TEST(Check, ATagMayBeOfAnyLengthAndHoldAnything) {
  EXPECT_THAT(names(unmet_checks(*built([](Builder& base) {
                base.add_reference(Kind::typedef_, 1, "t");
                base.add_decl_tag(std::string(600, '\t'), 2);
              }))),
              IsEmpty());
}

TEST(Check, NamesOfMembersParametersAndEnumeratorsAreChecked) {
  const auto unmet = [](const Build& build) { return names(unmet_checks(*built(build))); };
  EXPECT_THAT(
      unmet([](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"a b", 1, 0}}); }),
      ElementsAre("name-identifier"));
  EXPECT_THAT(unmet([](Builder& base) { base.add_func_proto(0, {{"a b", 1}}); }),
              ElementsAre("name-identifier"));
  EXPECT_THAT(unmet([](Builder& base) { base.add_enum(Kind::enum_, "e", 4, {{"", 1}}); }),
              ElementsAre("name-required"));
  EXPECT_THAT(unmet([](Builder& base) { base.add_enum(Kind::enum64, "e", 8, {{"9", 1}}); }),
              ElementsAre("name-identifier"));
}

TEST(Check, ParametersNeedNamesOnlyWhereAFunctionHasThePrototype) {
  const auto unmet = [](bool with_func, std::uint32_t last) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add_func_proto(0, {{"a", 1}, {"", last}});
      if (with_func) base.add_func("f", 2, 0);
    })));
  };
  EXPECT_THAT(unmet(false, 1), IsEmpty());
  EXPECT_THAT(unmet(true, 1), ElementsAre("name-required"));
  EXPECT_THAT(unmet(true, 0), IsEmpty());  // "..." has no name
}

// --- Numbers

TEST(Check, AnIntHoldsItsBitsFromItsBitOffset) {
  const auto unmet = [](std::uint32_t bytes, std::uint32_t data) {
    return names(unmet_checks(
        *built([&](Builder& base) { base.add({Kind::int_, false, 0}, "i", bytes, {&data, 1}); })));
  };
  EXPECT_THAT(unmet(16, 128), IsEmpty());
  EXPECT_THAT(unmet(17, 129), ElementsAre("int-bits"));
  EXPECT_THAT(unmet(1, 7U << 16 | 1), IsEmpty());
  EXPECT_THAT(unmet(1, 7U << 16 | 2), ElementsAre("int-bits"));
  EXPECT_THAT(unmet(0, 0), IsEmpty());
  EXPECT_THAT(unmet(4, 0x0000ff20), IsEmpty());
  EXPECT_THAT(unmet(4, 0x10000020), ElementsAre("int-bits"));
  EXPECT_THAT(unmet(4, 0x08000020), ElementsAre("int-encoding"));
}

TEST(Check, AnArraysIndexIsARegularIntBehindAnyModifiers) {
  const auto unmet = [](std::uint32_t data, bool behind_typedef) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add({Kind::int_, false, 0}, "i", 16, {&data, 1});
      base.add_reference(Kind::typedef_, 2, "t");
      base.add_array(1, behind_typedef ? 3 : 2, 1);
    })));
  };
  for (const std::uint32_t bits : {8U, 16U, 32U, 64U, 128U})
    EXPECT_THAT(unmet(bits, true), IsEmpty());
  EXPECT_THAT(unmet(24, true), ElementsAre("array-index"));
  EXPECT_THAT(unmet(4, false), ElementsAre("array-index"));
  EXPECT_THAT(unmet(8U << 16 | 8, false), ElementsAre("array-index"));
}

TEST(Check, AnArrayOfBitFieldsIsRefused) {
  EXPECT_THAT(names(unmet_checks(*built([](Builder& base) {
                const std::uint32_t four_bits = 4;
                base.add({Kind::int_, false, 0}, "i", 1, {&four_bits, 1});
                base.add_array(2, 1, 1);
              }))),
              ElementsAre("int-bits"));
}

TEST(Check, TheSizeOfNestedArraysFits32Bits) {
  const auto unmet = [](std::uint32_t inner, std::uint32_t outer) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add_array(1, 1, inner);
      base.add_array(2, 1, outer);
      base.add_array(3, 1, 1);
    })));
  };
  EXPECT_THAT(unmet(0x8000, 0x7fff), IsEmpty());
  EXPECT_THAT(unmet(0x8000, 0x8000), ElementsAre("size-overflow"));
  EXPECT_THAT(unmet(0xffffffff, 0), ElementsAre("size-overflow"));
  EXPECT_THAT(unmet(0, 0xffffffff), IsEmpty());
}

// --- Members

TEST(Check, MembersLieInsideTheirStructOnTheirOwnAlignment) {
  // Members of 1 INT, 2 bit field INT (4 bits from bit 2), 3 ENUM, 4 PTR, 5 FLOAT of 8, 6 FLOAT of
  // 4, 7 ARRAY of three INTs, in a struct of 8 bytes.
  const auto unmet = [](std::uint32_t type, std::uint32_t offset, bool kflag) {
    return names(unmet_checks(*built([&](Builder& base) {
      const std::uint32_t data = 2U << 16 | 4;
      base.add({Kind::int_, false, 0}, "bits", 4, {&data, 1});
      base.add_enum(Kind::enum_, "e", 4);
      base.add_reference(Kind::ptr, 0);
      base.add_float("double", 8);
      base.add_float("float", 4);
      base.add_array(1, 1, 3);
      base.add_composite(Kind::struct_, "s", 8, {{"m", type, offset}}, kflag);
    })));
  };
  const auto outside = ElementsAre("member-bounds");
  EXPECT_THAT(unmet(1, 32, false), IsEmpty());
  EXPECT_THAT(unmet(1, 33, false), outside);
  EXPECT_THAT(unmet(1, 9, false), IsEmpty());  // the older notation of a bit field
  EXPECT_THAT(unmet(1, 9, true), outside);
  EXPECT_THAT(unmet(1, 4U << 24 | 9, true), IsEmpty());
  EXPECT_THAT(unmet(1, 32U << 24 | 0, true), IsEmpty());
  EXPECT_THAT(unmet(1, 33U << 24 | 0, true), outside);
  EXPECT_THAT(unmet(1, 4U << 24 | 60, true), IsEmpty());
  EXPECT_THAT(unmet(1, 4U << 24 | 61, true), outside);
  EXPECT_THAT(unmet(2, 58, false), IsEmpty());
  EXPECT_THAT(unmet(2, 59, false), outside);
  EXPECT_THAT(unmet(2, 8, true), ElementsAre("int-bits"));
  EXPECT_THAT(unmet(3, 32, false), IsEmpty());
  EXPECT_THAT(unmet(3, 31, false), outside);
  EXPECT_THAT(unmet(3, 7U << 24 | 31, true), IsEmpty());
  EXPECT_THAT(unmet(4, 0, false), IsEmpty());
  EXPECT_THAT(unmet(4, 8, false), outside);
  EXPECT_THAT(unmet(4, 4U << 24 | 0, true), outside);  // a pointer is no bit field
  EXPECT_THAT(unmet(5, 0, false), IsEmpty());
  EXPECT_THAT(unmet(6, 32, false), IsEmpty());
  EXPECT_THAT(unmet(6, 16, false), outside);
  EXPECT_THAT(unmet(7, 0, false), outside);
  EXPECT_THAT(unmet(1, 0xffffffff, false), outside);
}

TEST(Check, AMemberIsMeasuredBehindItsModifiers) {
  const auto unmet = [](std::uint32_t bytes) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add_composite(Kind::struct_, "inner", 8);
      base.add_reference(Kind::const_, 2);
      base.add_reference(Kind::typedef_, 3, "t");
      base.add_composite(Kind::struct_, "outer", bytes, {{"m", 4, 0}});
    })));
  };
  EXPECT_THAT(unmet(8), IsEmpty());
  EXPECT_THAT(unmet(7), ElementsAre("member-bounds"));
}

TEST(Check, AFlexibleArrayStandsAtTheVeryEnd) {
  const auto unmet = [](std::uint32_t offset) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add_array(1, 1, 0);
      base.add_composite(Kind::struct_, "s", 4, {{"n", 1, 0}, {"tail", 2, offset}});
    })));
  };
  EXPECT_THAT(unmet(32), IsEmpty());
  EXPECT_THAT(unmet(40), ElementsAre("member-bounds"));
}

TEST(Check, WhatHasNoSizeIsNoMemberElementVariableOrParameter) {
  // 2 FWD, 3 FUNC_PROTO, 4 FUNC, 5 const void, 6 typedef of the FWD.
  const auto unmet = [](const Build& use) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add_fwd("f", false);
      base.add_func_proto(0);
      base.add_func("g", 3, 0);
      base.add_reference(Kind::const_, 0);
      base.add_reference(Kind::typedef_, 2, "t");
      use(base);
    })));
  };
  const auto sizeless = ElementsAre("sizeless-type");
  for (const std::uint32_t id : {2U, 3U, 4U, 5U, 6U}) {
    EXPECT_THAT(
        unmet([&](Builder& base) { base.add_composite(Kind::union_, "u", 8, {{"m", id, 0}}); }),
        sizeless)
        << id;
    EXPECT_THAT(unmet([&](Builder& base) { base.add_array(id, 1, 1); }), sizeless) << id;
    EXPECT_THAT(unmet([&](Builder& base) { base.add_var("v", id, 0); }), sizeless) << id;
    EXPECT_THAT(unmet([&](Builder& base) { base.add_func_proto(id); }), sizeless) << id;
    EXPECT_THAT(unmet([&](Builder& base) { base.add_func_proto(0, {{"a", id}}); }), sizeless) << id;
  }
  for (const std::uint32_t id : {0U, 2U, 3U, 5U, 6U})
    EXPECT_THAT(unmet([&](Builder& base) { base.add_reference(Kind::ptr, id); }), IsEmpty()) << id;
}

TEST(Check, AReferenceDoesNotLeadToWhatIsNoType) {
  for (const Kind kind : {Kind::ptr, Kind::const_, Kind::volatile_, Kind::restrict_})
    for (const std::uint32_t id : {12U, 14U, 15U, 17U}) {
      const Base base(all_kinds());
      Builder split = base.split();
      split.add_reference(kind, id);
      EXPECT_THAT(names(unmet_checks(*base.parse(split))), ElementsAre("sizeless-type"))
          << kind_name(kind) << " " << id;
    }
}

// --- Sections, tags, prototypes

TEST(Check, EntriesOfASectionHoldTheirVariablesInOrder) {
  // Two variables of 4 bytes in a section of 12.
  const auto unmet = [](std::vector<std::uint32_t> entries) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add_var("v", 1, 1);
      base.add_var("w", 1, 1);
      add_datasec(base, 12, std::move(entries));
    })));
  };
  const auto wrong = ElementsAre("datasec-entries");
  EXPECT_THAT(unmet({2, 0, 4, 3, 8, 4}), IsEmpty());
  EXPECT_THAT(unmet({2, 0, 8, 3, 8, 4}), IsEmpty());
  EXPECT_THAT(unmet({2, 4, 4, 3, 0, 4}), wrong);
  EXPECT_THAT(unmet({2, 0, 3}), wrong);
  EXPECT_THAT(unmet({2, 0, 0}), wrong);
  EXPECT_THAT(unmet({2, 12, 4}), wrong);
  EXPECT_THAT(unmet({2, 9, 4}), wrong);
  EXPECT_THAT(unmet({2, 0xfffffffc, 8}), wrong);
  EXPECT_THAT(unmet({0, 0, 4}), ElementsAre("datasec-vars"));
}

TEST(Check, ADeclTagNamesAComponentThatExists) {
  struct Row {
    std::uint32_t target, component;
    std::vector<std::string> unmet;
  };
  const std::vector<std::string> none = {};
  const std::vector<std::string> component = {"decl-tag-component"};
  const std::vector<std::string> target = {"decl-tag-target"};
  const Row rows[] = {
      {4, 0xffffffff, none},
      {4, 3, none},
      {4, 4, component},
      {4, 0xfffffffe, component},
      {5, 1, none},
      {5, 2, component},  // UNION
      {12, 2, none},
      {12, 3, component},  // FUNC, by its prototype
      {14, 0xffffffff, none},
      {14, 0, component},  // VAR
      {8, 0xffffffff, none},
      {8, 0, component},         // TYPEDEF
      {13, 0xffffffff, target},  // FUNC_PROTO
      {7, 0xffffffff, target},
      {15, 0xffffffff, target},
      {2, 0xffffffff, target},
  };
  for (const Row& row : rows) {
    const Base base(all_kinds());
    Builder split = base.split();
    split.add_decl_tag("tag", row.target, row.component);
    EXPECT_EQ(names(unmet_checks(*base.parse(split))), row.unmet)
        << row.target << " " << row.component;
  }
}

TEST(Check, VoidStandsOnlyForFurtherParameters) {
  const auto unmet = [](std::initializer_list<Member> params) {
    return names(unmet_checks(*built([&](Builder& base) { base.add_func_proto(0, params); })));
  };
  EXPECT_THAT(unmet({{"", 0}}), IsEmpty());
  EXPECT_THAT(unmet({{"a", 1}, {"", 0}}), IsEmpty());
  EXPECT_THAT(unmet({{"a", 1}, {"b", 0}}), ElementsAre("proto-params"));
  EXPECT_THAT(unmet({{"", 0}, {"a", 1}}), ElementsAre("proto-params"));
}

TEST(Check, LinkagesOtherThanStaticAndGlobalAreRefused) {
  const auto unmet = [](std::uint32_t func, std::uint32_t var) {
    return names(unmet_checks(*built([&](Builder& base) {
      base.add_func_proto(0);
      base.add_func("f", 2, func);
      base.add_var("v", 1, var);
    })));
  };
  EXPECT_THAT(unmet(0, 0), IsEmpty());
  EXPECT_THAT(unmet(2, 2), ElementsAre("func-linkage", "var-linkage"));
  EXPECT_THAT(unmet(0xffff, 0xffffffff), ElementsAre("func-linkage", "var-linkage"));
}

// --- Loops

std::vector<std::string> loops(const Build& build) {
  return names(unmet_checks(*built(build)) & CheckSet{Check::reference_loop});
}

TEST(Check, AChainOfModifiersAndPointersDoesNotReachItself) {
  const auto looping = ElementsAre("reference-loop");
  EXPECT_THAT(loops([](Builder& base) { base.add_reference(Kind::typedef_, 2, "t"); }), looping);
  EXPECT_THAT(loops([](Builder& base) {
                base.add_reference(Kind::const_, 3);
                base.add_reference(Kind::volatile_, 4);
                base.add_reference(Kind::ptr, 2);
              }),
              looping);
  EXPECT_THAT(loops([](Builder& base) {  // a tail that leads into a loop
                base.add_reference(Kind::const_, 3);
                base.add_reference(Kind::type_tag, 3, "t");
              }),
              looping);
}

TEST(Check, AStructMayPointToItselfButNotHoldItself) {
  const auto struct_with = [](std::uint32_t member) {
    return loops([&](Builder& base) {  // 2 the struct, 3 PTR to it, 4 ARRAY of it, 5 typedef of it
      base.add_composite(Kind::struct_, "s", 8, {{"m", member, 0}});
      base.add_reference(Kind::ptr, 2);
      base.add_array(2, 1, 1);
      base.add_reference(Kind::typedef_, 2, "t");
    });
  };
  EXPECT_THAT(struct_with(3), IsEmpty());
  EXPECT_THAT(struct_with(2), ElementsAre("reference-loop"));
  EXPECT_THAT(struct_with(4), ElementsAre("reference-loop"));
  EXPECT_THAT(struct_with(5), ElementsAre("reference-loop"));
}

TEST(Check, AnArrayDoesNotContainOrIndexItself) {
  EXPECT_THAT(loops([](Builder& base) { base.add_array(2, 1, 1); }), ElementsAre("reference-loop"));
  EXPECT_THAT(loops([](Builder& base) { base.add_array(1, 2, 1); }), ElementsAre("reference-loop"));
}

TEST(Check, SharedTypesAreNoLoop) {
  EXPECT_THAT(loops([](Builder& base) {
                base.add_composite(Kind::struct_, "inner", 4, {{"m", 1, 0}});
                base.add_composite(Kind::struct_, "outer", 8, {{"a", 2, 0}, {"b", 2, 32}});
              }),
              IsEmpty());
}

TEST(Check, AFwdsThirdWordIsZeroWhetherOrNotItIsRead) {
  for (const bool refers : {false, true})
    for (const std::uint32_t word : {1U, 0xffffffffU})
      EXPECT_THAT(names(unmet_checks(*fwd_with_third_word(word, refers))),
                  ElementsAre("unused-word"));
}

TEST(Check, ALoopIsReportedAtATypeOfIt) {
  const BtfPtr layer = built([](Builder& base) {
    base.add_reference(Kind::const_, 3);
    base.add_reference(Kind::ptr, 3);
  });
  const auto error = first_unmet(*layer, CheckSet::all());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->check, Check::reference_loop);
  EXPECT_EQ(error->type_id, 3U);
  EXPECT_EQ(error->offset, layer->record_offset(3) + 8);
}

// --- The specification's table of who accepts what

TEST(Check, AgreedRefusesWhatTheKernelRefusesAndAcceptsWhatAllAccept) {
  const auto accepts = [](const BtfPtr& layer) {
    return !first_unmet(*layer, agreed_policy().checks).has_value();
  };
  EXPECT_TRUE(accepts(built([](Builder& base) { base.add_int("", 4); })));
  EXPECT_TRUE(accepts(built([](Builder& base) { base.add_float("", 4); })));
  EXPECT_TRUE(accepts(built([](Builder& base) {  // 32 bits in 8 bytes
    const std::uint32_t data = 32;
    base.add({Kind::int_, false, 0}, "i", 8, {&data, 1});
  })));
  EXPECT_FALSE(accepts(built([](Builder& base) { base.add_fwd("", true); })));
  EXPECT_FALSE(accepts(built([](Builder& base) { base.add_reference(Kind::typedef_, 1); })));
  EXPECT_FALSE(accepts(built([](Builder& base) { base.add_reference(Kind::ptr, 1, "p"); })));
  EXPECT_FALSE(accepts(fwd_with_third_word(1, false)));
  EXPECT_FALSE(accepts(built([](Builder& base) { base.add_decl_tag("t", 1); })));
}

TEST(Check, LibbpfAcceptsAllOfThatButWhatItReliesOn) {
  const Policy& libbpf = *find_policy("libbpf-6.12");
  for (const Case& row : kCases) {
    const BtfPtr layer = row.layer(false);
    EXPECT_EQ(first_unmet(*layer, libbpf.checks).has_value(), libbpf.checks.has(row.check))
        << text_of(row.check).name;
  }
}

}  // namespace
}  // namespace btf
