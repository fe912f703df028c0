// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deduplication on small inputs: what merges and what does not, each result also put before the
// judge of dedup_check.h.
#include "relocator/dedup.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "relocator/dedup_check.h"
#include "relocator/test_support.h"

namespace btf {
namespace {

using testing::Build;
using testing::must_parse;

// The types that are left, in words: "int 'int'; ptr 1". Ids are those of the result.
std::string in_words(const Btf& layer) {
  std::string text;
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const Type type = layer.type(id);
    if (!text.empty()) text += "; ";
    text += kind_name(type.kind());
    if (const auto name = layer.name(type); !name.empty()) text += " " + std::string(name);
    for_each_id(type, [&](std::size_t word) { text += " " + std::to_string(type.word(word)); });
  }
  return text;
}

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
  return in_words(*judged(must_parse(builder.finish())).after);
}

TEST(Dedup, KeepsTheFirstOfEqualTypes) {
  EXPECT_EQ(left_of([](Builder& b) {
              b.add_int("int", 4);
              b.add_reference(Kind::ptr, 1);
              b.add_int("int", 4);
              b.add_reference(Kind::ptr, 3);
            }),
            "INT int; PTR 1");
}

TEST(Dedup, PutsTheOnlyDefinitionInThePlaceOfAFwd) {
  EXPECT_EQ(left_of([](Builder& b) {
              b.add_fwd("s", false);
              b.add_reference(Kind::ptr, 1);
              b.add_composite(Kind::struct_, "s", 8, {{"self", 4, 0}});
              b.add_reference(Kind::ptr, 3);
            }),
            "PTR 2; STRUCT s 1");
}

// Small graphs of every kind of reference, with few names so that much is equal or almost.
std::vector<std::byte> any_layer(std::mt19937& random, const Builder* base) {
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  static constexpr std::string_view kNames[] = {"a", "b", "c"};
  const auto name = [&] { return kNames[below(3)]; };
  Builder split = base != nullptr ? Builder(*base, std::endian::native) : Builder();
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
  return split.finish();
}

TEST(Dedup, IsSoundAndCompleteOnAnySmallGraph) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    judged(must_parse(any_layer(random, nullptr)));
    ASSERT_FALSE(HasFailure()) << "in round " << round;
  }
}

}  // namespace
}  // namespace btf
