// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What a kernel is spared: values that would be shown for ever, and kinds that it cannot compare.
#include "oracles/properties/shown_types.h"

#include <gtest/gtest.h>

#include <functional>

#include "relocator/builder.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

btf::BtfPtr layer_of(const std::function<void(Builder&)>& fill) {
  Builder builder;
  builder.add_int("int", 4);
  fill(builder);
  return btf::Btf::parse(builder.finish()).value();
}

TEST(ShownTypes, AnArrayOfAMillionEmptyElementsIsNotShownInTime) {
  const auto layer = layer_of([](Builder& builder) {
    builder.add_composite(Kind::struct_, "empty", 0);
    builder.add_array(2, 1, 1000000);
    builder.add_array(1, 1, 8);
  });
  EXPECT_FALSE(is_shown_in_time(*layer, 3));
  EXPECT_TRUE(is_shown_in_time(*layer, 4));
}

TEST(ShownTypes, AStructThatHoldsItselfIsNotShownInTime) {
  const auto layer = layer_of(
      [](Builder& builder) { builder.add_composite(Kind::struct_, "s", 4, {{"s", 2, 0}}); });
  EXPECT_FALSE(is_shown_in_time(*layer, 2));
}

TEST(ShownTypes, APointerToAFloatLeadsToAKindThatCoreDoesNotKnow) {
  const auto layer = layer_of([](Builder& builder) {
    builder.add_reference(Kind::ptr, builder.add_float("double", 8));
    builder.add_reference(Kind::ptr, 1);
  });
  EXPECT_FALSE(is_known_to_core(*layer, 3));
  EXPECT_TRUE(is_known_to_core(*layer, 4));
}

TEST(ShownTypes, AShortEnumerationIsReadBeyondItsEndUnlessItIsBehindAPointer) {
  const auto layer = layer_of([](Builder& builder) {
    const std::uint32_t id = builder.add({Kind::enum_, false, 0}, "e", 1);
    builder.add_composite(Kind::struct_, "s", 1, {{"e", id, 0}});
    builder.add_reference(Kind::ptr, id);
  });
  EXPECT_FALSE(is_read_within(*layer, 3));
  EXPECT_TRUE(is_read_within(*layer, 4));
}

TEST(ShownTypes, ElementsThatEndInWordsOrPointersCanBeToldApart) {
  const auto layer = layer_of([](Builder& builder) {
    builder.add_array(1, 1, 2);
    builder.add_array(builder.add_reference(Kind::ptr, 1), 1, 2);
  });
  EXPECT_TRUE(tells_elements_apart(*layer, 2));
  EXPECT_FALSE(has_unsized_elements(*layer, 2));
  EXPECT_TRUE(tells_elements_apart(*layer, 4));
  EXPECT_TRUE(has_unsized_elements(*layer, 4));
  EXPECT_FALSE(tells_elements_apart(*layer, 1));
}

}  // namespace
}  // namespace retort
