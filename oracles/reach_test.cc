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

// .BTF.ext with one record about a function of that type.
std::vector<std::byte> ext_about(std::uint32_t type_id) {
  constexpr std::uint32_t words[] = {0x0001eb9f, 24, 0, 20, 20, 0, 8, 0, 1, 0};
  std::vector<std::byte> bytes;
  for (const std::uint32_t word : words) {
    bytes.resize(bytes.size() + btf::kWordBytes);
    btf::store_word(bytes.data() + bytes.size() - btf::kWordBytes, word);
  }
  bytes.resize(bytes.size() + btf::kWordBytes);
  btf::store_word(bytes.data() + bytes.size() - btf::kWordBytes, type_id);
  return bytes;
}

TEST(Reach, IsMalformedWhereExtRefersToWhatIsNotThere) {
  EXPECT_EQ(reach_of(pair_of({{kBase, one_int()}, {kExt, ext_about(1)}})).why, "");
  const ReachJudgement judged = reach_of(pair_of({{kBase, one_int()}, {kExt, ext_about(77)}}));
  EXPECT_EQ(judged.reach, Reach::malformed);
  EXPECT_EQ(judged.why, "BEXT: the type id 77 at byte 40 is out of range");
}

TEST(Reach, OfAProgramCountsBesideThatOfTheParts) {
  const auto program = [](std::string_view text) {
    std::vector<std::byte> bytes;
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
    return bytes;
  };
  const auto judged =
      reach_of(pair_of({{kBase, one_int()}, {kProgram, program("a = parse BASE")}}));
  EXPECT_EQ(judged.reach, Reach::valid) << judged.why;
  EXPECT_EQ(
      reach_of(pair_of({{kBase, named_pointer()}, {kProgram, program("a = parse BASE")}})).reach,
      Reach::malformed);
}

TEST(Reach, IsMalformedWherePartsCannotBeWalkedAtAll) {
  EXPECT_EQ(reach_of(pair_of({{kBase, {std::byte{1}, std::byte{2}}}})).reach, Reach::malformed);
}

}  // namespace
}  // namespace retort
