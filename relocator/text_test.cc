// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Types in words: one line for each kind, in bpftool's notation, whatever the names hold.
#include "relocator/text.h"

#include <gtest/gtest.h>

#include <functional>

#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::Base;
using testing::kBothOrders;
using testing::must_parse;

TEST(Text, EveryKindHasItsLine) {
  for (const std::endian order : kBothOrders)
    EXPECT_EQ(
        to_text(*must_parse(all_kinds(order))),
        "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
        "[2] PTR '(anon)' type_id=18\n"
        "[3] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=8\n"
        "[4] STRUCT 'record' size=48 vlen=4 { 'low' type_id=1 bits_offset=0 bitfield_size=3; "
        "'high' type_id=1 bits_offset=3 bitfield_size=5; '(anon)' type_id=5 bits_offset=64; "
        "'list' type_id=3 bits_offset=128 }\n"
        "[5] UNION 'either' size=8 vlen=2 { 'pointer' type_id=2 bits_offset=0; 'number' "
        "type_id=16 bits_offset=0 }\n"
        "[6] ENUM 'color' encoding=SIGNED size=4 vlen=2 { 'red' val=-1; 'green' val=7 }\n"
        "[7] FWD 'opaque' fwd_kind=struct\n"
        "[8] TYPEDEF 'record_t' type_id=4\n"
        "[9] VOLATILE '(anon)' type_id=1\n"
        "[10] CONST '(anon)' type_id=8\n"
        "[11] RESTRICT '(anon)' type_id=2\n"
        "[12] FUNC 'run' type_id=13 linkage=global\n"
        "[13] FUNC_PROTO '(anon)' ret_type_id=1 vlen=3 { 'self' type_id=11; 'mode' type_id=6; "
        "'(anon)' type_id=0 }\n"
        "[14] VAR 'state' type_id=10 linkage=global\n"
        "[15] DATASEC '.data' size=48 vlen=1 { type_id=14 offset=0 size=48 }\n"
        "[16] FLOAT 'double' size=8\n"
        "[17] DECL_TAG 'guarded by lock' type_id=4 component_idx=0\n"
        "[18] TYPE_TAG 'user' type_id=4\n"
        "[19] ENUM64 'wide' encoding=UNSIGNED size=8 vlen=1 { 'most' val=18446744073709551615 }\n");
}

std::string line_of(const std::function<void(Builder&)>& build) {
  Builder base;
  build(base);
  const BtfPtr btf = must_parse(base.finish());
  return to_text(*btf, btf->type(1));
}

TEST(Text, OnlyTheLayersOwnTypesAreListed) {
  const Base base(all_kinds());
  Builder split = base.split();
  split.add_reference(Kind::ptr, 4);
  EXPECT_EQ(to_text(*base.parse(split)), "[20] PTR '(anon)' type_id=4\n");
}

TEST(Text, SignedValuesAreShownWithTheirSign) {
  EXPECT_EQ(line_of([](Builder& base) {
              base.add_enum(Kind::enum64, "e", 8, {{"least", 0x8000000000000000}}, true);
            }),
            "[1] ENUM64 'e' encoding=SIGNED size=8 vlen=1 { 'least' val=-9223372036854775808 }");
  EXPECT_EQ(line_of([](Builder& base) {
              base.add_enum(Kind::enum_, "e", 4, {{"most", 0xffffffff}}, false);
            }),
            "[1] ENUM 'e' encoding=UNSIGNED size=4 vlen=1 { 'most' val=4294967295 }");
}

TEST(Text, EncodingsAreNamed) {
  const auto encoding = [](std::uint32_t bits) {
    const std::string line = line_of([&](Builder& base) { base.add_int("i", 1, bits); });
    return line.substr(line.find("encoding=") + 9);
  };
  EXPECT_EQ(encoding(0), "(none)");
  EXPECT_EQ(encoding(2), "CHAR");
  EXPECT_EQ(encoding(4), "BOOL");
  EXPECT_EQ(encoding(3), "SIGNED|CHAR");
}

TEST(Text, LinkagesAreNamedAndUnknownOnesNumbered) {
  const auto linkage = [](std::uint32_t value) {
    const std::string line = line_of([&](Builder& base) { base.add_var("v", 0, value); });
    return line.substr(line.find("linkage=") + 8);
  };
  EXPECT_EQ(linkage(0), "static");
  EXPECT_EQ(linkage(2), "extern");
  EXPECT_EQ(linkage(3), "3");
}

TEST(Text, ATagOnTheTypeItselfHasComponentMinusOne) {
  EXPECT_EQ(line_of([](Builder& base) { base.add_decl_tag("t", 0); }),
            "[1] DECL_TAG 't' type_id=0 component_idx=-1");
}

TEST(Text, AFwdOfAUnionSaysSoAndShowsAThirdWordThatShouldNotBe) {
  EXPECT_EQ(line_of([](Builder& base) { base.add_fwd("f", true); }), "[1] FWD 'f' fwd_kind=union");
  EXPECT_EQ(line_of([](Builder& base) { base.add({Kind::fwd, false, 0}, "f", 7); }),
            "[1] FWD 'f' fwd_kind=struct type_id=7");
}

TEST(Text, WhatHasNoElementsHasEmptyBraces) {
  EXPECT_EQ(line_of([](Builder& base) { base.add_composite(Kind::struct_, "s", 0); }),
            "[1] STRUCT 's' size=0 vlen=0 {}");
  EXPECT_EQ(line_of([](Builder& base) { base.add_func_proto(0); }),
            "[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0 {}");
}

TEST(Text, AnUnknownKindIsNamedByItsNumber) {
  testing::RawLayer raw{.header_bytes = kLayoutHeaderBytes,
                        .types = {1, 21U << 24 | 1, 7, 8},
                        .strings = std::string("\0x\0", 3),
                        .layout = testing::known_layout()};
  raw.layout.emplace_back(0, 0);
  raw.layout.emplace_back(0, 4);
  const BtfPtr btf = must_parse(raw.bytes());
  EXPECT_EQ(to_text(*btf, btf->type(1)), "[1] UNKNOWN 'x' kind=21 vlen=1");
}

TEST(Text, NamesStayOnOneLineWhateverTheyHold) {
  EXPECT_EQ(quoted("plain_1.2"), "'plain_1.2'");
  EXPECT_EQ(quoted(""), "'(anon)'");
  EXPECT_EQ(quoted("a\nb"), "'a\\x0ab'");
  EXPECT_EQ(quoted("it's \\"), "'it\\x27s \\x5c'");
  EXPECT_EQ(quoted("\x7f\xff\x1b"), "'\\x7f\\xff\\x1b'");
}

TEST(Text, ANameOutOfRangeIsShownAsNone) {
  const BtfPtr btf =
      must_parse(testing::RawLayer{.types = {99, pack_info({Kind::ptr, false, 0}), 5}}.bytes());
  EXPECT_EQ(to_text(*btf), "[1] PTR '(anon)' type_id=5\n");
}

}  // namespace
}  // namespace btf
