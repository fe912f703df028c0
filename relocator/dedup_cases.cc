// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/dedup_cases.h"

#include <string>

namespace btf::testing {
namespace {

constexpr std::uint32_t kWhole = 0xffffffff;  // a tag on the type itself

void add_s(Builder& b, std::uint32_t next, std::uint32_t a, std::uint32_t array, std::uint32_t c,
           std::uint32_t d) {
  b.add_composite(
      Kind::struct_, "s", 88,
      {{"next", next, 0}, {"a", a, 64}, {"b", array, 128}, {"c", c, 640}, {"d", d, 672}});
}

// struct s { struct s *next; const int *a; int b[16]; int c; float d; } as two compile units see
// it.
void two_units(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_array(1, 1, 16);
  add_s(b, 4, 5, 2, 1, 15);
  b.add_reference(Kind::ptr, 3);
  b.add_reference(Kind::ptr, 6);
  b.add_reference(Kind::const_, 1);
  b.add_decl_tag("s", 3, kWhole);
  b.add_decl_tag("s", 3, 1);
  b.add_int("int", 4, 1);
  b.add_array(9, 9, 16);
  add_s(b, 12, 13, 10, 9, 15);
  b.add_reference(Kind::ptr, 11);
  b.add_reference(Kind::ptr, 14);
  b.add_reference(Kind::const_, 9);
  b.add_float("float", 4);
  b.add_decl_tag("s", 11, kWhole);
  b.add_decl_tag("s", 11, 1);
}

void fwd_in_one_unit(Builder& b) {
  b.add_fwd("x", false);
  b.add_reference(Kind::ptr, 1);
  b.add_composite(Kind::struct_, "s", 8, {{"x", 2, 0}});
  b.add_composite(Kind::struct_, "x", 0);
  b.add_reference(Kind::ptr, 4);
  b.add_composite(Kind::struct_, "s", 8, {{"x", 5, 0}});
}

void empty_struct_and_void(Builder& b) {
  b.add_composite(Kind::struct_, {}, 1);
  b.add_reference(Kind::ptr, 1);
  b.add_composite(Kind::struct_, "s", 8, {{"x", 2, 0}});
  b.add_reference(Kind::ptr, 0);
  b.add_composite(Kind::struct_, "s", 8, {{"x", 4, 0}});
}

void every_kind_once(Builder& b) {
  b.add_int("A", 8, 1);
  b.add_enum(Kind::enum_, "B", 4, {{"C", 0}, {"D", 1}});
  b.add_fwd("E", true);
  b.add_array(2, 1, 7);
  b.add_composite(Kind::struct_, "F", 4, {{"G", 1, 0}});
  b.add_composite(Kind::union_, "H", 4, {{"I", 1, 0}});
  b.add_reference(Kind::typedef_, 1, "J");
  b.add_reference(Kind::ptr, 0);
  b.add_reference(Kind::const_, 8);
  b.add_reference(Kind::volatile_, 8);
  b.add_reference(Kind::restrict_, 8);
  b.add_func_proto(1, {{"K", 1}, {"L", 18}});
  b.add_func("M", 12, 0);
  b.add_float("N", 2);
  b.add_decl_tag("O", 13, kWhole);
  b.add_decl_tag("P", 13, 1);
  b.add_decl_tag("Q", 7, kWhole);
  b.add_reference(Kind::type_tag, 8, "R");
  b.add_enum(Kind::enum64, "S", 8, {{"T", 0}, {"U", 1}});
}

void almost_equal_numbers(Builder& b) {
  const auto add = [&](std::string_view name, std::uint32_t bytes, std::uint32_t word) {
    b.add({Kind::int_, false, 0}, name, bytes, {&word, 1});
  };
  add("int", 8, 0x1000020);
  add("some other int", 8, 0x1000020);
  add("int", 8, 0x2000020);
  add("int", 8, 0x4000020);
  add("int", 8, 0x1080020);
  add("int", 8, 0x100001b);
  add("int", 4, 0x1000020);
  for (const std::uint32_t bytes : {2U, 4U, 8U, 12U, 16U}) b.add_float("float", bytes);
}

void enum_declared_before_and_after(Builder& b) {
  b.add_enum(Kind::enum_, "e1", 4);
  b.add_enum(Kind::enum_, "e1", 4, {{"e1_val", 123}});
  b.add_enum(Kind::enum_, "e2", 4, {{"e2_val", 456}});
  b.add_enum(Kind::enum_, "e2", 4);
  b.add_enum(Kind::enum_, "e1", 1);
  b.add_enum(Kind::enum_, "e1", 4, {{"e1_val", 321}});
}

void add_section(Builder& b, std::uint32_t var) {
  const std::uint32_t entry[] = {var, 0, 4};
  b.add({Kind::datasec, false, 1}, ".bss", 4, entry);
}

void two_sections(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_var("t", 1, 0);
  add_section(b, 2);
  b.add_int("int", 4, 1);
  b.add_var("t", 4, 0);
  add_section(b, 5);
}

void tags_of_function_and_variable(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_var("t", 1, 0);
  b.add_func_proto(0, {{"a1", 1}, {"a2", 1}});
  b.add_func("f", 3, 0);
  for (const std::uint32_t of : {2U, 4U}) {
    b.add_decl_tag("tag", of, kWhole);
    b.add_decl_tag("tag", of, kWhole);
  }
  b.add_decl_tag("tag", 4, 1);
  b.add_decl_tag("tag", 4, 1);
}

void tag_twice(Builder& b, std::uint32_t first, std::uint32_t second, bool parts) {
  const auto tag = [&](std::uint32_t of, std::string_view other, std::uint32_t part) {
    b.add_decl_tag("tag1", of, part);
    b.add_decl_tag(other, of, part);
  };
  tag(first, "tag2", kWhole);
  if (parts) tag(first, "tag2", 1);
  tag(second, "tag3", kWhole);
  if (parts) tag(second, "tag3", 1);
}

void tags_of_equal_functions(Builder& b) {
  b.add_int("int", 4, 1);
  for (const std::uint32_t proto : {2U, 4U}) {
    b.add_func_proto(0, {{"a1", 1}, {"a2", 1}});
    b.add_func("f", proto, 0);
  }
  tag_twice(b, 3, 5, true);
}

void tags_of_equal_structs(Builder& b) {
  b.add_int("int", 4, 1);
  for (int copy = 0; copy < 2; ++copy)
    b.add_composite(Kind::struct_, "t", 8, {{"m1", 1, 0}, {"m2", 1, 32}});
  tag_twice(b, 2, 3, true);
}

void tags_of_equal_typedefs(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_reference(Kind::typedef_, 1, "t");
  b.add_reference(Kind::typedef_, 1, "t");
  tag_twice(b, 2, 3, false);
}

// A pointer to the type under the tags, the first next to the type.
void add_tagged_pointer(Builder& b, std::uint32_t to,
                        std::initializer_list<std::string_view> tags) {
  for (const std::string_view tag : tags) to = b.add_reference(Kind::type_tag, to, tag);
  b.add_reference(Kind::ptr, to);
}

void type_tags_equal_to_a_prefix(Builder& b) {
  b.add_int("int", 4, 1);
  add_tagged_pointer(b, 1, {"tag1", "tag2"});
  add_tagged_pointer(b, 1, {"tag1", "tag2"});
  add_tagged_pointer(b, 1, {"tag1"});
}

void type_tags_in_part(Builder& b) {
  b.add_int("int", 4, 1);
  add_tagged_pointer(b, 1, {"tag1", "tag2"});
  add_tagged_pointer(b, 1, {"tag2"});
}

void type_tags_in_another_order(Builder& b) {
  b.add_int("int", 4, 1);
  add_tagged_pointer(b, 1, {"tag1", "tag2"});
  add_tagged_pointer(b, 1, {"tag2", "tag1"});
}

void type_tag_on_another_type(Builder& b) {
  b.add_int("int", 4, 1);
  add_tagged_pointer(b, 1, {"tag1"});
  add_tagged_pointer(b, b.add_int("long", 8, 1), {"tag1"});
}

void type_tag_in_a_struct(Builder& b) {
  b.add_int("int", 4, 1);
  for (const std::uint32_t tag : {2U, 4U}) {
    b.add_reference(Kind::type_tag, 1, "tag1");
    b.add_composite(Kind::struct_, "t", 4, {{"m", tag, 0}}, true);
  }
}

constexpr std::uint64_t kHigh = std::uint64_t{123} << 32 | 1;

void equal_enum64(Builder& b) {
  b.add_enum(Kind::enum64, "e1", 8, {{"e1_val", kHigh}});
  b.add_enum(Kind::enum64, "e1", 8, {{"e1_val", kHigh}});
}

void enum64_declared_before_and_after(Builder& b) {
  b.add_enum(Kind::enum64, "e1", 8);
  b.add_enum(Kind::enum64, "e1", 8, {{"e1_val", kHigh}});
  b.add_enum(Kind::enum64, "e2", 8, {{"e2_val", 456}});
  b.add_enum(Kind::enum64, "e2", 8);
  b.add_enum(Kind::enum64, "e1", 8, {{"e1_val", 321}});
}

void enum_and_enum64(Builder& b) {
  b.add_enum(Kind::enum_, "e1", 4, {{"e1_val", 1}});
  b.add_enum(Kind::enum64, "e1", 4, {{"e1_val", 1}});
}

void enums_of_two_sizes(Builder& b) {
  b.add_enum(Kind::enum_, "e1", 4, {{"e1_val", 1}});
  b.add_enum(Kind::enum_, "e1", 2, {{"e1_val", 1}});
}

void enum_declares_enum64(Builder& b) {
  b.add_enum(Kind::enum64, "e1", 8, {{"e1_val", 1}});
  b.add_enum(Kind::enum_, "e1", 4);
  b.add_reference(Kind::typedef_, 2, "td");
}

void enum64_declares_enum(Builder& b) {
  b.add_enum(Kind::enum_, "e1", 4, {{"e1_val", 1}});
  b.add_enum(Kind::enum64, "e1", 8);
  b.add_reference(Kind::typedef_, 2, "td");
}

// A definition of foo in one unit, and a FWD behind a typedef in another.
void add_fwd_apart(Builder& b, Kind kind, bool declares_union) {
  b.add_composite(kind, "foo", 4, {{"x", 2, 0}});
  b.add_int("int", 4, 1);
  b.add_fwd("foo", declares_union);
  b.add_reference(Kind::ptr, 3);
  b.add_reference(Kind::typedef_, 4, "foo_ptr");
}

void fwd_of_struct_apart(Builder& b) {
  add_fwd_apart(b, Kind::struct_, false);
}
void fwd_of_union_apart(Builder& b) {
  add_fwd_apart(b, Kind::union_, true);
}
void fwd_of_another_sort(Builder& b) {
  add_fwd_apart(b, Kind::struct_, true);
}
void fwd_of_two_structs(Builder& b) {
  add_fwd_apart(b, Kind::struct_, false);
  b.add_composite(Kind::struct_, "foo", 8, {{"x", 2, 0}, {"y", 2, 32}});
}

void int_and_s1(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_reference(Kind::ptr, 1);
  b.add_composite(Kind::struct_, "s1", 4, {{"f1", 1, 0}});
}
void s2_and_copies(Builder& b) {
  b.add_composite(Kind::struct_, "s2", 16, {{"f1", 6, 0}, {"f2", 5, 32}, {"f3", 2, 64}});
  b.add_int("int", 4, 1);
  b.add_composite(Kind::struct_, "s1", 4, {{"f1", 5, 0}});
}

void three_structs(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_reference(Kind::ptr, 4);
  b.add_reference(Kind::ptr, 5);
  b.add_composite(Kind::struct_, "s1", 16, {{"f1", 2, 0}, {"f2", 3, 64}});
  b.add_composite(Kind::struct_, "s2", 4, {{"f1", 1, 0}});
  b.add_composite(Kind::struct_, "s3", 4, {{"f1", 1, 0}});
}
void one_copy_with_fwds(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_reference(Kind::ptr, 11);
  b.add_fwd("s2", false);
  b.add_reference(Kind::ptr, 9);
  b.add_composite(Kind::struct_, "s1", 16, {{"f1", 8, 0}, {"f2", 10, 64}});
  b.add_fwd("s3", false);
  b.add_reference(Kind::ptr, 12);
}

void s1_with_a_fwd(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_reference(Kind::ptr, 5);
  b.add_fwd("s2", false);
  b.add_reference(Kind::ptr, 3);
  b.add_composite(Kind::struct_, "s1", 16, {{"f1", 2, 0}, {"f2", 4, 64}});
}
void the_same_in_full(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_reference(Kind::ptr, 10);
  b.add_fwd("s2", false);
  b.add_reference(Kind::ptr, 11);
  b.add_composite(Kind::struct_, "s1", 16, {{"f1", 7, 0}, {"f2", 9, 64}});
  b.add_composite(Kind::struct_, "s2", 40,
                  {{"f1", 7, 0}, {"f2", 9, 64}, {"f3", 6, 128}, {"f4", 10, 192}});
  b.add_reference(Kind::ptr, 8);
  b.add_composite(Kind::struct_, "s3", 8, {{"f1", 12, 0}});
}

void add_unit_with_twins(Builder& b, std::uint32_t before) {
  b.add_int("int", 4, 1);
  b.add_composite(Kind::struct_, "s", 8, {{"a", before + 3, 0}, {"b", before + 4, 0}});
  for (int twin = 0; twin < 2; ++twin)
    b.add_composite(Kind::struct_, {}, 8, {{"f1", before + 1, 0}, {"f2", before + 1, 32}});
}
void twins_in_one_unit(Builder& b) {
  add_unit_with_twins(b, 0);
}
void unit_without_twins(Builder& b) {
  b.add_int("int", 4, 1);
  b.add_composite(Kind::struct_, "s", 8, {{"a", 3, 0}, {"b", 3, 0}});
  b.add_composite(Kind::struct_, {}, 8, {{"f1", 1, 0}, {"f2", 1, 32}});
}
void twins_again(Builder& b) {
  add_unit_with_twins(b, 3);
}

constexpr DedupCase kCases[] = {
    {"EqualUnitsBecomeOne", two_units, nullptr,
     "INT int; ARRAY 1 1; STRUCT s 4 5 2 1 9; PTR 3; PTR 6; CONST 1; DECL_TAG s 3; DECL_TAG s 3; "
     "FLOAT float"},
    {"FwdMeetsItsStructInTheOtherUnit", fwd_in_one_unit, nullptr, "PTR 3; STRUCT s 1; STRUCT x"},
    {"EmptyStructIsNotVoid", empty_struct_and_void, nullptr,
     "STRUCT; PTR 1; STRUCT s 2; PTR 0; STRUCT s 4"},
    {"NothingMergesWhereNothingIsEqual", every_kind_once, nullptr,
     "INT A; ENUM B; FWD E; ARRAY 2 1; STRUCT F 1; UNION H 1; TYPEDEF J 1; PTR 0; CONST 8; "
     "VOLATILE 8; RESTRICT 8; FUNC_PROTO 1 1 18; FUNC M 12; FLOAT N; DECL_TAG O 13; DECL_TAG P 13; "
     "DECL_TAG Q 7; TYPE_TAG R 8; ENUM64 S"},
    {"NumbersThatDifferInOneFieldStayApart", almost_equal_numbers, nullptr,
     "INT int; INT some other int; INT int; INT int; INT int; INT int; INT int; FLOAT float; FLOAT "
     "float; FLOAT float; FLOAT float; FLOAT float"},
    {"EmptyEnumBecomesTheFullOneOfItsName", enum_declared_before_and_after, nullptr,
     "ENUM e1; ENUM e2; ENUM e1"},
    {"VariablesAndSectionsPassThrough", two_sections, nullptr,
     "INT int; VAR t 1; DATASEC .bss 2; VAR t 1; DATASEC .bss 4"},
    {"EqualTagsOfOneTargetMerge", tags_of_function_and_variable, nullptr,
     "INT int; VAR t 1; FUNC_PROTO 0 1 1; FUNC f 3; DECL_TAG tag 2; DECL_TAG tag 4; DECL_TAG tag "
     "4"},
    {"TagsFollowEqualFunctions", tags_of_equal_functions, nullptr,
     "INT int; FUNC_PROTO 0 1 1; FUNC f 2; DECL_TAG tag1 3; DECL_TAG tag2 3; DECL_TAG tag1 3; "
     "DECL_TAG tag2 3; DECL_TAG tag3 3; DECL_TAG tag3 3"},
    {"TagsFollowEqualStructs", tags_of_equal_structs, nullptr,
     "INT int; STRUCT t 1 1; DECL_TAG tag1 2; DECL_TAG tag2 2; DECL_TAG tag1 2; DECL_TAG tag2 2; "
     "DECL_TAG tag3 2; DECL_TAG tag3 2"},
    {"TagsFollowEqualTypedefs", tags_of_equal_typedefs, nullptr,
     "INT int; TYPEDEF t 1; DECL_TAG tag1 2; DECL_TAG tag2 2; DECL_TAG tag3 2"},
    {"TypeTagsMergeUpToWhereTheyPart", type_tags_equal_to_a_prefix, nullptr,
     "INT int; TYPE_TAG tag1 1; TYPE_TAG tag2 2; PTR 3; PTR 2"},
    {"ATypeTagMoreIsAnotherType", type_tags_in_part, nullptr,
     "INT int; TYPE_TAG tag1 1; TYPE_TAG tag2 2; PTR 3; TYPE_TAG tag2 1; PTR 5"},
    {"TypeTagsInAnotherOrderAreOtherTypes", type_tags_in_another_order, nullptr,
     "INT int; TYPE_TAG tag1 1; TYPE_TAG tag2 2; PTR 3; TYPE_TAG tag2 1; TYPE_TAG tag1 5; PTR 6"},
    {"ATypeTagOnAnotherTypeIsAnother", type_tag_on_another_type, nullptr,
     "INT int; TYPE_TAG tag1 1; PTR 2; INT long; TYPE_TAG tag1 4; PTR 5"},
    {"StructsMergeThroughTypeTags", type_tag_in_a_struct, nullptr,
     "INT int; TYPE_TAG tag1 1; STRUCT t 2"},
    {"EqualEnum64Merge", equal_enum64, nullptr, "ENUM64 e1"},
    {"EmptyEnum64BecomesTheFullOneOfItsName", enum64_declared_before_and_after, nullptr,
     "ENUM64 e1; ENUM64 e2; ENUM64 e1"},
    {"EnumAndEnum64OfOneNameStayApart", enum_and_enum64, nullptr, "ENUM e1; ENUM64 e1"},
    {"EnumsOfTwoSizesStayApart", enums_of_two_sizes, nullptr, "ENUM e1; ENUM e1"},
    {"EmptyEnumBecomesAnEnum64", enum_declares_enum64, nullptr, "ENUM64 e1; TYPEDEF td 1"},
    {"EmptyEnum64BecomesAnEnum", enum64_declares_enum, nullptr, "ENUM e1; TYPEDEF td 1"},
    {"FwdApartFromAnyGraphFindsItsStruct", fwd_of_struct_apart, nullptr,
     "STRUCT foo 2; INT int; PTR 1; TYPEDEF foo_ptr 3"},
    {"FwdApartFromAnyGraphFindsItsUnion", fwd_of_union_apart, nullptr,
     "UNION foo 2; INT int; PTR 1; TYPEDEF foo_ptr 3"},
    {"FwdOfAnotherSortStays", fwd_of_another_sort, nullptr,
     "STRUCT foo 2; INT int; FWD foo; PTR 3; TYPEDEF foo_ptr 4"},
    {"FwdOfTwoStructsStays", fwd_of_two_structs, nullptr,
     "STRUCT foo 2; INT int; FWD foo; PTR 3; TYPEDEF foo_ptr 4; STRUCT foo 2 2"},
    {"SplitUsesWhatTheBaseHas", int_and_s1, s2_and_copies, "STRUCT s2 3 1 2"},
    {"SplitFwdsFindTheBasesStructs", three_structs, one_copy_with_fwds, "PTR 6"},
    {"SplitStructIsNotTheBasesWithAFwd", s1_with_a_fwd, the_same_in_full,
     "PTR 8; PTR 9; STRUCT s1 6 7; STRUCT s2 6 7 1 8; STRUCT s3 7"},
    {"TwinsInOneUnitMerge", twins_in_one_unit, nullptr, "INT int; STRUCT s 3 3; STRUCT 1 1"},
    {"TwinsOnAMergedBaseMergeWithIt", unit_without_twins, twins_again, ""},
};

}  // namespace

std::span<const DedupCase> dedup_cases() {
  return kCases;
}

std::vector<std::vector<std::byte>> layers_of(const DedupCase& from) {
  Builder base;
  from.base(base);
  if (from.split == nullptr) return {base.finish()};
  Builder split(base, std::endian::native);
  from.split(split);
  return {base.finish(), split.finish()};
}

std::string left_in_words(const Btf& layer) {
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

}  // namespace btf::testing
