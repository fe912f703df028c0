// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "corpus/release_regressions.h"

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/regression_parts.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

constexpr auto kNewKind = static_cast<Kind>(btf::kKindCount);

Pair pair_of(std::vector<std::pair<std::string_view, ByteVector>> parts) {
  Pair pair;
  for (auto& [tag, bytes] : parts) pair.append(tag, std::move(bytes));
  return pair;
}

Pair split_with_unknown_kind() {
  Builder base;
  base.add_int("int", 4, kSigned);
  Builder split(base, std::endian::native);
  split.add({kNewKind, false, 0}, "new", 0);
  split.add_reference(Kind::ptr, 1);
  return pair_of({{kBase, base.finish()}, {kSplit, with_layout(split.finish(), 0)}});
}

Pair type_of_kind_zero() {
  Builder base;
  base.add_int("int", 4, kSigned);
  base.add({Kind::void_, false, 0}, "v", 0);
  return pair_of({{kBase, with_layout(base.finish(), 0)}});
}

// 12 bytes and 2^24 - 1 times 252 are more than 2^31.
Pair type_too_large_for_an_int() {
  constexpr std::uint32_t most = 0xffffff;
  Builder base;
  base.add_int("int", 4, kSigned);
  base.add({kNewKind, false, most}, "new", 0);
  return pair_of({{kBase, with_layout(base.finish(), 252)}});
}

Pair header_with_more() {
  constexpr std::size_t more = 12;
  Builder base;
  base.add_int("int", 4, kSigned);
  ByteVector bytes = base.finish();
  bytes.insert(bytes.begin() + btf::kHeaderBytes, more, std::byte{0});
  bytes[btf::kHeaderBytes + more - 1] = std::byte{1};
  set_header_word(bytes, 1, btf::kHeaderBytes + more);
  return pair_of({{kBase, std::move(bytes)}});
}

Pair split_with_short_header() {
  Builder base;
  base.add_int("int", 4, kSigned);
  Builder split(base, std::endian::native);
  ByteVector bytes = split.finish();
  set_header_word(bytes, 1, 8);
  return with_program(pair_of({{kBase, base.finish()}, {kSplit, std::move(bytes)}}),
                      "base = parse BASE\n"
                      "split = parse SPLT base\n"
                      "set_endianness split 1\n"
                      "raw_data split\n");
}

// Three distilled types find one in the target; the split's names begin at its second type.
Pair relocation_onto_fewer_types() {
  Builder distilled;
  for (int copy = 0; copy < 3; ++copy) distilled.add_int("int", 4, kSigned);
  Builder split(distilled, std::endian::native);
  split.add_reference(Kind::ptr, 1);
  split.add_composite(Kind::struct_, "a", 4);
  split.add_composite(Kind::struct_, "b", 4);
  Builder target;
  target.add_int("int", 4, kSigned);
  return with_program(
      pair_of(
          {{kDistilled, distilled.finish()}, {kSplit, split.finish()}, {kTarget, target.finish()}}),
      "low = parse DIST\n"
      "split = parse SPLT low\n"
      "target = parse TRGT\n"
      "relocate split target\n"
      "find_by_name split \"a\"\n");
}

// The first struct names one loop twice, the second one loop and then another.
Pair structs_with_endless_members() {
  Builder base;
  for (std::uint32_t id = 1; id <= 3; ++id) base.add_reference(Kind::ptr, id);
  base.add_composite(Kind::struct_, "s", 16, {{"a", 1, 0}, {"b", 1, 64}});
  base.add_composite(Kind::struct_, "s", 16, {{"a", 2, 0}, {"b", 3, 64}});
  return pair_of({{kBase, base.finish()}});
}

// The first struct has two arrays of INTs, the second one of INTs and one of FLOATs.
Pair structs_with_unlike_arrays() {
  Builder base;
  base.add_int("int", 4, kSigned);
  base.add_float("float", 4);
  base.add_array(1, 1, 4);
  base.add_array(1, 1, 4);
  base.add_array(2, 1, 4);
  base.add_composite(Kind::struct_, "s", 32, {{"a", 3, 0}, {"b", 3, 128}});
  base.add_composite(Kind::struct_, "s", 32, {{"a", 4, 0}, {"b", 5, 128}});
  return pair_of({{kBase, base.finish()}});
}

Pair typedef_of_itself() {
  Builder base;
  base.add_reference(Kind::typedef_, 1, "t");
  return pair_of({{kBase, base.finish()}});
}

constexpr std::uint32_t kExtStart = 0x0001eb9f;
constexpr std::uint32_t kShortExtHeader = 24;

// One part for functions and for lines: its record size of 16 is turned over first.
Pair ext_with_one_part_twice() {
  return pair_of({{kExt, words({kExtStart, kShortExtHeader, 0, 28, 0, 28,  //
                                16, 0, 1, 0, 0, 0, 0})}});
}

// The line's column is the record size of the functions.
Pair ext_with_shared_word() {
  return pair_of({{kExt, words({kExtStart, kShortExtHeader, 24, 20, 0, 28,  //
                                16, 0, 1, 0, 0, 0, 8, 0, 1, 0, 0})}});
}

// A function's record has a word more.
Pair ext_with_long_records() {
  return pair_of({{kExt, words({kExtStart, kShortExtHeader, 0, 24, 24, 0,  //
                                12, 0, 1, 0, 0, 1})}});
}

// The function of .BTF.ext is the last of two that are alike.
Pair ext_of_duplicates() {
  Builder base;
  base.add_int("int", 4, kSigned);
  base.add_int("int", 4, kSigned);
  base.add_func("f", base.add_func_proto(2), 1);
  return pair_of({{kBase, base.finish()},
                  {kExt, words({kExtStart, kShortExtHeader, 0, 20, 20, 0,  //
                                8, 0, 1, 0, 4})}});
}

// Eight types of 12 bytes leave room for one more.
Pair appended_permuted_and_appended() {
  return with_program(base_of(base_with(add_nothing)),
                      "a = empty\n"
                      "8 x add_ptr a void\n"
                      "permute a 0\n"
                      "add_ptr a void\n");
}

Pair foreign_with_gap() {
  return with_program(base_of(with_gap_before_strings(kForeign)), "a = parse BASE\nraw_data a\n");
}

}  // namespace

void add_release_makers(std::map<std::string, std::function<Pair()>>& makers) {
  makers["dedup-endless-chain-hang"] = structs_with_endless_members;
  makers["dedup-merges-unlike-arrays"] = structs_with_unlike_arrays;
  makers["dedup-refuses-typedef-loops"] = typedef_of_itself;
  makers["ext-long-record-unturned"] = ext_with_long_records;
  makers["ext-other-order-stale"] = ext_of_duplicates;
  makers["ext-overlap-crash"] = ext_with_one_part_twice;
  makers["ext-overlap-turned-twice"] = ext_with_shared_word;
  makers["find-start-stale"] = relocation_onto_fewer_types;
  makers["gap-lost-when-turned"] = foreign_with_gap;
  makers["header-extra-locked"] = header_with_more;
  makers["layout-size-crash"] = type_too_large_for_an_int;
  makers["short-header-swapped-crash"] = split_with_short_header;
  makers["permute-append-crash"] = appended_permuted_and_appended;
  makers["void-sized-by-layout"] = type_of_kind_zero;
  makers["unknown-kind-refused"] = split_with_unknown_kind;
}

}  // namespace retort
