// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "corpus/dedup_regressions.h"

#include <string_view>

#include "relocator/builder.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

Pair base_of(void (*fill)(Builder&)) {
  Builder base;
  fill(base);
  Pair pair;
  pair.append(kBase, base.finish());
  return pair;
}

void pointer_to_itself(Builder& b) {
  b.add_reference(Kind::ptr, 1);
}

void structs_that_lead_to_variables(Builder& b) {
  b.add_int("int", 4, 1);
  for (const std::uint32_t var : {2U, 5U}) {
    b.add_var("v", 1, 0);
    b.add_reference(Kind::ptr, var);
    b.add_composite(Kind::struct_, "s", 8, {{"p", var + 1, 0}});
  }
}

void fwd_of_a_struct_beside_a_union(Builder& b) {
  b.add_fwd("a", false);
  b.add_reference(Kind::ptr, 1);
  b.add_composite(Kind::struct_, "a", 0);
  b.add_composite(Kind::union_, "a", 0);
}

void empty_enum_before_two_full_ones(Builder& b) {
  b.add_enum(Kind::enum_, "e", 4);
  b.add_reference(Kind::typedef_, 1, "e_t");
  b.add_enum(Kind::enum_, "e", 4, {{"A", 0}});
  b.add_enum(Kind::enum_, "e", 4, {{"A", 1}});
}

void structs_that_differ_in_an_ambiguous_fwd(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_composite(Kind::struct_, "x", 4, {{"a", 1, 0}});
  b.add_reference(Kind::ptr, 2);
  b.add_composite(Kind::struct_, "s", 8, {{"p", 3, 0}});
  b.add_fwd("x", false);
  b.add_reference(Kind::ptr, 5);
  b.add_composite(Kind::struct_, "s", 8, {{"p", 6, 0}});
  b.add_composite(Kind::struct_, "x", 8, {{"a", 1, 0}, {"b", 1, 32}});
}

void empty_enums_of_two_kinds(Builder& b) {
  b.add_enum(Kind::enum_, "e", 4);
  b.add_enum(Kind::enum64, "e", 8);
}

// The first x shows that the FWD fits the second definition of s, which comes last; before that the
// second y shows that it fits the first one, too.
void fwd_between_two_definitions(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_composite(Kind::struct_, "s", 4, {{"a", 1, 0}});
  b.add_reference(Kind::ptr, 2);
  b.add_composite(Kind::struct_, "y", 8, {{"m", 3, 0}});
  b.add_fwd("s", false);
  b.add_reference(Kind::ptr, 5);
  b.add_composite(Kind::struct_, "x", 8, {{"m", 6, 0}});
  b.add_reference(Kind::ptr, 11);
  b.add_composite(Kind::struct_, "x", 8, {{"m", 8, 0}});
  b.add_composite(Kind::struct_, "y", 8, {{"m", 6, 0}});
  b.add_composite(Kind::struct_, "s", 8, {{"a", 1, 0}, {"b", 1, 32}});
}

void return_type_far_away(Builder& b) {
  b.add_func_proto(0x40000000);
}

void structs_that_hold_themselves(Builder& b) {
  const auto add = [&](std::uint32_t first, std::uint32_t second) {
    b.add_composite(Kind::struct_, "c", 8, {{"m", first, 0}, {"n", second, 32}});
  };
  add(5, 2);
  b.add_reference(Kind::ptr, 1);
  add(3, 5);
  add(3, 3);
  add(4, 5);
}

Pair split_that_defines_what_the_base_declares() {
  Builder base;
  base.add_fwd("x", false);
  base.add_reference(Kind::ptr, 1);
  base.add_composite(Kind::struct_, "s", 8, {{"p", 2, 0}});
  base.add_composite(Kind::struct_, "t", 8, {{"p", 2, 0}});
  Builder split(base, std::endian::native);
  split.add_composite(Kind::struct_, "x", 0);
  split.add_reference(Kind::ptr, 5);
  split.add_composite(Kind::struct_, "s", 8, {{"p", 6, 0}});
  split.add_composite(Kind::struct_, "t", 8, {{"p", 6, 0}});
  Pair pair;
  pair.append(kBase, base.finish());
  pair.append(kSplit, split.finish());
  return pair;
}

void structs_with_an_enum_of_two_definitions(Builder& b) {
  const auto holder = [&](std::uint32_t held) {
    b.add_composite(Kind::struct_, "x", 4, {{"m", held, 0}});
  };
  holder(b.add_enum(Kind::enum_, "e", 4));
  holder(b.add_enum(Kind::enum_, "e", 4, {{"A", 0}}));
  b.add_enum(Kind::enum_, "e", 4, {{"B", 1}});
}

Pair split_that_takes_the_other_spelling_of_a_name() {
  using btf::pack_info;
  using std::string_view_literals::operator""sv;
  const std::uint32_t definition[] = {3, pack_info({Kind::struct_, false, 0}), 0};
  const std::uint32_t declaration[] = {1, pack_info({Kind::fwd, false, 0}), 0};
  Pair pair;
  pair.append(kBase, btf::encode_layer(definition, "\0s\0s\0"sv, std::endian::native));
  pair.append(kSplit, btf::encode_layer(declaration, "\0"sv, std::endian::native));
  return pair;
}

}  // namespace

void add_dedup_makers(std::map<std::string, std::function<Pair()>>& makers) {
  const auto add = [&](const char* name, void (*fill)(Builder&)) {
    makers[name] = [fill] { return base_of(fill); };
  };
  add("dedup-refuses-loops", pointer_to_itself);
  add("dedup-refuses-odd-references", structs_that_lead_to_variables);
  add("dedup-leaves-more", fwd_of_a_struct_beside_a_union);
  add("dedup-chooses-otherwise", empty_enum_before_two_full_ones);
  add("dedup-merges-across-fwd", structs_that_differ_in_an_ambiguous_fwd);
  add("dedup-merges-declarations", empty_enums_of_two_kinds);
  makers["dedup-loses-definition"] = split_that_defines_what_the_base_declares;
  makers["dedup-trusts-strings-below"] = split_that_takes_the_other_spelling_of_a_name;
  add("dedup-swaps-enums", structs_with_an_enum_of_two_definitions);
  add("dedup-swaps-definitions", fwd_between_two_definitions);
  add("dedup-id-crash", return_type_far_away);
  add("dedup-struct-loop-crash", structs_that_hold_themselves);
}

}  // namespace retort
