// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Reach is what the parts say: valid only where the strictest reader takes all of them.
#include "oracles/reach.h"

#include <gtest/gtest.h>

#include "relocator/builder.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

std::vector<std::byte> one_int() {
  Builder base;
  base.add_int("int", 4, 1);
  return base.finish();
}

// A named pointer, which the kernel refuses and libbpf takes.
std::vector<std::byte> named_pointer() {
  Builder base;
  base.add_reference(Kind::ptr, 0, "named");
  return base.finish();
}

std::vector<std::byte> split_on_one_int(std::uint32_t to) {
  Builder base;
  base.add_int("int", 4, 1);
  Builder split(base, std::endian::native);
  split.add_reference(Kind::ptr, to);
  return split.finish();
}

Pair pair_of(std::initializer_list<std::pair<std::string_view, std::vector<std::byte>>> parts) {
  Pair pair;
  for (const auto& [tag, bytes] : parts) pair.append(tag, bytes);
  return pair;
}

TEST(Reach, IsValidWhereEveryPartMeetsEveryCheck) {
  const ReachJudgement judged =
      reach_of(pair_of({{kBase, one_int()}, {kSplit, split_on_one_int(1)}, {kTarget, one_int()}}));
  EXPECT_EQ(judged.reach, Reach::valid);
  EXPECT_EQ(judged.why, "");
}

TEST(Reach, IsMalformedWhereAnyPartIsRefusedByAnyoneAndNamesThePlace) {
  for (const std::string_view tag : {kBase, kDistilled, kTarget}) {
    const ReachJudgement judged = reach_of(pair_of({{tag, named_pointer()}}));
    EXPECT_EQ(judged.reach, Reach::malformed);
    EXPECT_TRUE(judged.why.starts_with(std::string(tag) + ": type 1")) << judged.why;
  }
  const ReachJudgement split =
      reach_of(pair_of({{kBase, one_int()}, {kSplit, split_on_one_int(99)}}));
  EXPECT_EQ(split.reach, Reach::malformed);
  EXPECT_TRUE(split.why.starts_with("SPLT: ")) << split.why;
}

TEST(Reach, CountsTheOldBaseBesideADistilledOne) {
  const auto distilled = one_int();
  EXPECT_EQ(reach_of(pair_of({{kBase, named_pointer()}, {kDistilled, distilled}})).reach,
            Reach::malformed);
  EXPECT_EQ(reach_of(pair_of({{kBase, one_int()}, {kDistilled, distilled}})).reach, Reach::valid);
}

TEST(Reach, IsMalformedWherePartsCannotBeWalkedAtAll) {
  EXPECT_EQ(reach_of(pair_of({{kBase, {std::byte{1}, std::byte{2}}}})).reach, Reach::malformed);
}

}  // namespace
}  // namespace retort
