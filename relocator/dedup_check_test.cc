// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The judge of deduplication, put before results that are wrong.
#include "relocator/dedup_check.h"

#include <gtest/gtest.h>

#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::Build;
using testing::must_parse;

std::string verdict_on(const Build& before, const Build& after, std::vector<std::uint32_t> ids) {
  Builder old_builder;
  before(old_builder);
  Builder new_builder;
  after(new_builder);
  return unsound(*must_parse(old_builder.finish()), *must_parse(new_builder.finish()), ids)
      .value_or("sound");
}

std::string completeness_of(const Build& build) {
  Builder builder;
  build(builder);
  return incomplete(*must_parse(builder.finish())).value_or("complete");
}

void pointers_to_int_and_long(Builder& b) {
  b.add_int("int", 4);
  b.add_reference(Kind::ptr, 1);
  b.add_int("long", 8);
  b.add_reference(Kind::ptr, 3);
}

TEST(DedupCheck, AcceptsWhatWasNotChanged) {
  EXPECT_EQ(verdict_on(pointers_to_int_and_long, pointers_to_int_and_long, {0, 1, 2, 3, 4}),
            "sound");
}

TEST(DedupCheck, SeesAMapThatLeadsToAnotherType) {
  EXPECT_EQ(verdict_on(pointers_to_int_and_long, pointers_to_int_and_long, {0, 1, 4, 3, 4}),
            "type 2 (PTR '') became type 4 (PTR ''), but below them type 1 (INT 'int') is not type "
            "3 (INT 'long')");
}

TEST(DedupCheck, SeesAMapThatLeadsNowhere) {
  EXPECT_EQ(verdict_on(pointers_to_int_and_long, pointers_to_int_and_long, {0, 1, 2, 3, 5}),
            "type 4 (PTR '') is mapped to no type");
}

TEST(DedupCheck, LetsAFwdBecomeAStructOfItsNameAlone) {
  const Build fwd = [](Builder& b) { b.add_fwd("s", false); };
  EXPECT_EQ(verdict_on(fwd, [](Builder& b) { b.add_composite(Kind::struct_, "s", 4); }, {0, 1}),
            "sound");
  EXPECT_EQ(verdict_on(fwd, [](Builder& b) { b.add_composite(Kind::union_, "s", 4); }, {0, 1}),
            "type 1 (FWD 's') became type 1 (UNION 's'), but below them type 1 (FWD 's') is not "
            "type 1 (UNION 's')");
}

TEST(DedupCheck, LetsNoStructBecomeAFwd) {
  EXPECT_NE(verdict_on([](Builder& b) { b.add_composite(Kind::struct_, "s", 4); },
                       [](Builder& b) { b.add_fwd("s", false); }, {0, 1}),
            "sound");
}

// Types with a definition of s below them, of which the second became the first.
std::string verdict_on_swapped_definitions(const Build& between,
                                           Declarations declarations = Declarations::fit_several) {
  Builder before;
  before.add_composite(Kind::struct_, "s", 4);
  before.add_reference(Kind::typedef_, 1, "y");
  before.add_composite(Kind::struct_, "s", 8);
  before.add_reference(Kind::typedef_, 3, "x");
  between(before);
  Builder after;
  after.add_composite(Kind::struct_, "s", 4);
  after.add_reference(Kind::typedef_, 1, "y");
  after.add_reference(Kind::typedef_, 1, "x");
  std::vector<std::uint32_t> ids = {0, 1, 2, 1, 3, 1, 2, 3};
  const BtfPtr old = must_parse(before.finish());
  ids.resize(old->end_id());
  return unsound(*old, *must_parse(after.finish()), ids, declarations).value_or("sound");
}

void declare_what_x_and_y_lead_to(Builder& b) {
  b.add_fwd("s", false);
  b.add_reference(Kind::typedef_, 5, "y");
  b.add_reference(Kind::typedef_, 5, "x");
}

TEST(DedupCheck, LetsADefinitionBecomeAnotherWhereADeclarationFitsBoth) {
  EXPECT_EQ(verdict_on_swapped_definitions(declare_what_x_and_y_lead_to), "sound");
}

TEST(DedupCheck, LetsADefinitionBecomeAnotherWhereALowerLayersDeclarationFitsBoth) {
  const testing::Base base([] {
    Builder builder;
    builder.add_composite(Kind::struct_, "s", 4);
    builder.add_reference(Kind::typedef_, 1, "y");
    builder.add_fwd("s", false);
    builder.add_reference(Kind::typedef_, 3, "x");
    return builder.finish();
  }());
  Builder before = base.split();
  before.add_reference(Kind::typedef_, 7, "x");
  before.add_reference(Kind::typedef_, 3, "y");
  before.add_composite(Kind::struct_, "s", 8);
  Builder after = base.split();
  after.add_reference(Kind::typedef_, 1, "x");
  const BtfPtr old = base.parse(before);
  const BtfPtr result = base.parse(after);
  const std::uint32_t ids[] = {0, 1, 2, 3, 4, 5, 2, 1};
  EXPECT_EQ(unsound(*old, *result, ids, Declarations::fit_several), std::nullopt);
  EXPECT_NE(unsound(*old, *result, ids, Declarations::swap_with_lower), std::nullopt);
}

TEST(DedupCheck, LetsAnEnumBecomeAnotherWhereAnEmptyOneFitsBoth) {
  const auto add = [](Builder& b, std::string_view value, bool with_struct) {
    const std::uint32_t id = value.empty() ? b.add_enum(Kind::enum_, "e", 4)
                                           : b.add_enum(Kind::enum_, "e", 4, {{value, 0}});
    if (with_struct) b.add_composite(Kind::struct_, "x", 4, {{"m", id, 0}});
  };
  const auto verdict = [&](bool declared, Declarations declarations) {
    Builder before;
    add(before, declared ? "" : "B", true);
    add(before, "A", true);
    add(before, "B", false);
    Builder after;
    add(after, "A", false);
    add(after, "B", true);
    const std::uint32_t ids[] = {0, 2, 3, 1, 3, 2};
    return unsound(*must_parse(before.finish()), *must_parse(after.finish()), ids, declarations)
        .value_or("sound");
  };
  const std::string_view wrong =
      "type 4 (STRUCT 'x') became type 3 (STRUCT 'x'), but below them type 3 (ENUM 'e') is not "
      "type 2 (ENUM 'e')";
  EXPECT_EQ(verdict(true, Declarations::fit_several_enums), "sound");
  EXPECT_EQ(verdict(true, Declarations::merge_freely), wrong);
  EXPECT_EQ(verdict(false, Declarations::fit_several_enums), wrong);
}

TEST(DedupCheck, LetsNoDefinitionBecomeAnotherWhereADeclarationFitsOnlyOne) {
  const std::string_view verdict =
      "type 3 (STRUCT 's') became type 1 (STRUCT 's'), but below them type 3 (STRUCT 's') is not "
      "type 1 (STRUCT 's')";
  EXPECT_EQ(verdict_on_swapped_definitions([](Builder& /*b*/) {}), verdict);
  EXPECT_EQ(verdict_on_swapped_definitions([](Builder& b) {
              b.add_fwd("s", false);
              b.add_reference(Kind::typedef_, 5, "y");
            }),
            verdict);
  EXPECT_EQ(
      verdict_on_swapped_definitions(declare_what_x_and_y_lead_to, Declarations::fit_several_enums),
      verdict);
}

TEST(DedupCheck, MissesAVariable) {
  const auto variables = [](int count) {
    return [count](Builder& b) {
      b.add_int("int", 4);
      for (int at = 0; at < count; ++at) b.add_var("v", 1, 0);
    };
  };
  EXPECT_EQ(verdict_on(variables(2), variables(1), {0, 1, 2, 2}),
            "type 3 (VAR 'v') is not in its place");
  EXPECT_EQ(verdict_on(variables(1), variables(2), {0, 1, 2}),
            "type 3 (VAR 'v') came from nowhere");
}

TEST(DedupCheck, FindsTwoOfTheSame) {
  EXPECT_EQ(completeness_of(pointers_to_int_and_long), "complete");
  EXPECT_EQ(completeness_of([](Builder& b) {
              b.add_composite(Kind::struct_, "s", 8, {{"next", 2, 0}});
              b.add_reference(Kind::ptr, 3);
              b.add_composite(Kind::struct_, "s", 8, {{"next", 4, 0}});
              b.add_reference(Kind::ptr, 1);
            }),
            "type 3 (STRUCT 's') is the same as type 1 (STRUCT 's')");
}

TEST(DedupCheck, FindsAFwdWithOneDefinition) {
  const Build both = [](Builder& b) {
    b.add_fwd("s", false);
    b.add_composite(Kind::struct_, "s", 4);
  };
  EXPECT_EQ(completeness_of(both), "type 1 (FWD 's') has one full definition and is still there");
  EXPECT_EQ(completeness_of([&](Builder& b) {
              both(b);
              b.add_composite(Kind::struct_, "s", 8);
            }),
            "complete");
}

}  // namespace
}  // namespace btf
