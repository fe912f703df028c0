// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "corpus/kernel_regressions.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>
#include <vector>

#include "corpus/regression_parts.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

constexpr std::size_t kVersionAt = 2;
constexpr std::size_t kIntBytes = 16;

Pair foreign_order() {
  return base_of(base_with(add_nothing, kForeign));
}

Pair tag_with_kflag() {
  return base_of(
      base_with([](Builder& base) { base.add({Kind::type_tag, true, 0}, "attribute", 1); }));
}

Pair tag_behind_const() {
  return base_of(base_with([](Builder& base) {
    base.add_reference(Kind::const_, base.add_reference(Kind::type_tag, 1, "tag"));
  }));
}

// An INT without a name, whose offset is that of the terminator of the only string.
Pair int_with_empty_name() {
  ByteVector bytes = base_with([](Builder& base) { base.add_int("x", 4, kSigned); });
  std::byte* name = bytes.data() + btf::kHeaderBytes + kIntBytes;
  btf::store_word(name, btf::load_word(name) + 1);
  return base_of(std::move(bytes));
}

// An INT with two encodings, and a struct that ends before its member does.
Pair bad_type_before_the_end() {
  constexpr std::uint32_t two_encodings = 0x03000020;
  const ByteVector whole =
      base_with([](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"i", 1, 0}}); });
  ByteVector bytes = whole;
  constexpr std::size_t cut = btf::kWordBytes;
  const std::size_t types_end = btf::kHeaderBytes + header_word(bytes, 3);
  bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(types_end - cut),
              bytes.begin() + static_cast<std::ptrdiff_t>(types_end));
  set_header_word(bytes, 3, header_word(whole, 3) - cut);
  set_header_word(bytes, 4, header_word(whole, 4) - cut);
  btf::store_word(bytes.data() + btf::kHeaderBytes + 3 * btf::kWordBytes, two_encodings);
  return base_of(std::move(bytes));
}

Pair latin1_name() {
  return base_of(
      base_with([](Builder& base) { base.add_composite(Kind::struct_, "na\xefve", 4); }));
}

// Pointers to pointers, each to one that comes later.
Pair deep_pointers() {
  constexpr std::uint32_t count = 40;
  return base_of(base_with([](Builder& base) {
    for (std::uint32_t id = 2; id < count; ++id) base.add_reference(Kind::ptr, id + 1);
    base.add_reference(Kind::ptr, 1);
  }));
}

Pair pointer_to_func() {
  return base_of(base_with([](Builder& base) {
    base.add_reference(Kind::ptr, base.add_func("f", base.add_func_proto(0), 0));
  }));
}

// One byte, in a struct of one byte.
Pair small_enum_beside_bit_fields() {
  return base_of(base_with([](Builder& base) {
    const std::uint32_t id = base.add({Kind::enum_, false, 0}, "e", 1);
    const std::uint32_t name = 1;
    base.add({Kind::struct_, true, 1}, "s", 1, std::array{name, id, 0U});
  }));
}

Pair member_without_type() {
  constexpr std::uint32_t nowhere = 1000;
  Builder base;
  base.add_int("int", 4, kSigned);
  Builder split(base, std::endian::native);
  split.add_composite(Kind::struct_, "s", 4, {{"a", nowhere, 0}});
  Pair pair;
  pair.append(kDistilled, base.finish());
  pair.append(kSplit, split.finish());
  pair.append(kTarget, base.finish());
  return pair;
}

// What is split from the base, on itself and onto itself.
Pair module_of(void (*add)(Builder& split)) {
  Builder base;
  base.add_int("int", 4, kSigned);
  Builder split(base, std::endian::native);
  add(split);
  Pair pair;
  pair.append(kDistilled, base.finish());
  pair.append(kSplit, split.finish());
  pair.append(kTarget, base.finish());
  return pair;
}

Pair pointer_to_nothing() {
  return module_of([](Builder& split) {
    constexpr std::uint32_t nowhere = 1000;
    split.add_reference(Kind::ptr, nowhere);
  });
}

Pair section_entry_that_wraps() {
  return base_of(base_with([](Builder& base) {
    const std::uint32_t variable = base.add_var("v", 1, 1);
    base.add({Kind::datasec, false, 1}, ".data", 0xffffffff,
             std::array{variable, 0x80000000U, 0xfffffff0U});
  }));
}

// The variable is followed for the section's sake, and takes more room than it has there.
Pair variable_after_its_section() {
  return base_of(base_with([](Builder& base) {
    const std::uint32_t variable = 3;
    base.add({Kind::datasec, false, 1}, ".data", 4, std::array{variable, 0U, 2U});
    base.add_var("v", 1, 1);
  }));
}

Pair variable_larger_than_its_place() {
  return base_of(base_with([](Builder& base) {
    const std::uint32_t variable = base.add_var("v", 1, 1);
    base.add({Kind::datasec, false, 1}, ".data", 4, std::array{variable, 0U, 2U});
  }));
}

Pair struct_that_is_its_member() {
  return base_of(
      base_with([](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"s", 2, 0}}); }));
}

Pair parameter_that_is_no_identifier() {
  return base_of(base_with([](Builder& base) { base.add_func_proto(0, {{"a b", 1}}); }));
}

Pair struct_in_itself() {
  return base_of(base_with([](Builder& base) {
    base.add_reference(Kind::ptr, 3);
    base.add_reference(Kind::volatile_, 4);
    base.add_composite(Kind::struct_, "s", 4, {{"s", 3, 0}});
  }));
}

Pair int_across_many_bytes() {
  constexpr std::uint32_t bits = 128;
  return base_of(base_with([](Builder& base) {
    base.add_composite(Kind::struct_, "s", 32, {{"m", base.add_int("long", bits / 8), 1}});
  }));
}

Pair enum64_beyond_struct() {
  return base_of(base_with([](Builder& base) {
    const std::uint32_t id = base.add({Kind::enum64, false, 0}, "e", 8);
    const std::uint32_t name = 1;
    base.add({Kind::struct_, true, 1}, "s", 4, std::array{name, id, 0U});
  }));
}

// A header with the fields of the layout section, which lies between types and strings and sizes
// no more than void.
ByteVector with_layout_of_int(std::uint8_t fixed_of_int, bool strings_first) {
  const ByteVector plain = base_with(add_nothing);
  const std::uint32_t types = header_word(plain, 3);
  const std::uint32_t strings = header_word(plain, 5);
  const std::uint32_t layout = 2 * btf::kLayoutEntryBytes;
  const std::uint32_t room = (strings + 3) / 4 * 4;
  ByteVector bytes(btf::kLayoutHeaderBytes + types + layout + room);
  std::ranges::copy(std::span(plain).first(btf::kHeaderBytes), bytes.begin());
  const std::uint32_t string_at = strings_first ? 0 : types + layout;
  const std::uint32_t type_at = strings_first ? room : 0;
  const std::uint32_t fields[] = {btf::kLayoutHeaderBytes, type_at, types, string_at, room,
                                  type_at + types,         layout};
  for (std::size_t field = 0; field < std::size(fields); ++field)
    btf::store_word(bytes.data() + (field + 1) * btf::kWordBytes, fields[field]);
  const auto put = [&](std::uint32_t from, std::uint32_t length, std::uint32_t at) {
    std::ranges::copy(std::span(plain).subspan(btf::kHeaderBytes + from, length),
                      bytes.begin() + btf::kLayoutHeaderBytes + at);
  };
  put(0, types, type_at);
  put(header_word(plain, 4), strings, string_at);
  bytes[btf::kLayoutHeaderBytes + type_at + types + btf::kLayoutEntryBytes] =
      std::byte{fixed_of_int};
  return bytes;
}

constexpr std::uint8_t kIntFixed = 4;

// A layout section behind the only string, so that it does not begin with a word.
ByteVector with_ragged_layout(const ByteVector& plain) {
  ByteVector bytes = plain;
  const std::uint32_t end = header_word(plain, 4) + header_word(plain, 5);
  bytes.resize(bytes.size() + btf::kLayoutEntryBytes);
  bytes.insert(bytes.begin() + btf::kHeaderBytes, btf::kLayoutHeaderBytes - btf::kHeaderBytes,
               std::byte{0});
  set_header_word(bytes, 1, btf::kLayoutHeaderBytes);
  set_header_word(bytes, 6, end);
  set_header_word(bytes, 7, btf::kLayoutEntryBytes);
  return bytes;
}

Pair ragged_layout_of_base() {
  return base_of(with_ragged_layout(base_with([](Builder& base) { base.add_int("abc", 4); })));
}

Pair ragged_layout_of_module() {
  Builder base;
  base.add_int("int", 4, kSigned);
  Builder split(base, std::endian::native);
  split.add_composite(Kind::struct_, "abcd", 4);
  Pair pair = base_of(base.finish());
  pair.append(kSplit, with_ragged_layout(split.finish()));
  return pair;
}

// In a module: of loaded BTF it is found first that the same chain nests too deep.
Pair chain_of_modifiers() {
  constexpr std::uint32_t links = 33;
  Builder base;
  base.add_int("int", 4, kSigned);
  Builder split(base, std::endian::native);
  for (std::uint32_t link = 1; link < links; ++link) split.add_reference(Kind::const_, link + 2);
  split.add_reference(Kind::const_, 1);
  Pair pair = base_of(base.finish());
  pair.append(kSplit, split.finish());
  return pair;
}

Pair int_of_no_bits() {
  Builder base;
  const std::uint32_t nothing = 0;
  base.add({Kind::int_, false, 0}, "int", 4, {&nothing, 1});
  return base_of(base.finish());
}

Pair float_for_core() {
  Builder base;
  base.add_float("double", 8);
  return base_of(base.finish());
}

// The constant array is led through by the pointer, and the struct comes before the array.
Pair array_larger_than_its_struct() {
  return base_of(base_with([](Builder& base) {
    base.add_reference(Kind::ptr, 3);
    base.add_reference(Kind::const_, 5);
    base.add_composite(Kind::struct_, "s", 4, {{"a", 3, 0}});
    base.add_array(1, 1, 100);
  }));
}

Pair member_that_begins_beyond() {
  return base_of(
      base_with([](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 64}}); }));
}

Pair enum_of_one_byte() {
  Builder base;
  base.add({Kind::enum_, false, 0}, "e", 1);
  return base_of(base.finish());
}

Pair array_of_pointers() {
  return base_of(
      base_with([](Builder& base) { base.add_array(base.add_reference(Kind::ptr, 1), 1, 2); }));
}

// The later name comes first.
Pair unsorted_names() {
  return base_of(base_with([](Builder& base) {
    base.add_composite(Kind::struct_, "b", 4);
    base.add_composite(Kind::struct_, "a", 4);
  }));
}

Pair two_locks_in_a_struct() {
  return base_of(base_with([](Builder& base) {
    const std::uint32_t lock =
        base.add_composite(Kind::struct_, "bpf_spin_lock", 4, {{"val", 1, 0}});
    base.add_composite(Kind::struct_, "s", 8, {{"a", lock, 0}, {"b", lock, 32}});
  }));
}

Pair typedef_named_as_its_struct() {
  return base_of(base_with([](Builder& base) {
    base.add_reference(Kind::typedef_, base.add_composite(Kind::struct_, "a", 4, {{"m", 1, 0}}),
                       "a");
  }));
}

// The pointer leads to the last type, or to void.
Pair module_on_nothing(std::uint32_t pointed) {
  const Builder nothing;
  Builder split(nothing, std::endian::native);
  split.add_reference(Kind::ptr, pointed);
  split.add_int("own", 4, kSigned);
  Pair pair;
  pair.append(kDistilled, nothing.finish());
  pair.append(kSplit, split.finish());
  pair.append(kTarget, base_with(add_nothing));
  return pair;
}

Pair version_two() {
  ByteVector bytes = base_with(add_nothing);
  bytes[kVersionAt] = std::byte{2};
  return base_of(std::move(bytes));
}

}  // namespace

void add_kernel_makers(std::map<std::string, std::function<Pair()>>& makers) {
  makers["check:layout-fits"] = [] { return base_of(with_layout_of_int(kIntFixed + 4, false)); };
  makers["layout-fields-refused"] = [] { return base_of(with_layout_of_int(kIntFixed, false)); };
  makers["base-layout-unseen"] = ragged_layout_of_base;
  makers["core-candidates-by-name"] = typedef_named_as_its_struct;
  makers["core-log-crash"] = float_for_core;
  makers["show-beyond-value"] = array_larger_than_its_struct;
  makers["show-shift-by-width"] = int_of_no_bits;
  makers["show-enum-overread"] = enum_of_one_byte;
  makers["members-begin-inside"] = member_that_begins_beyond;
  makers["show-repeats-elements"] = array_of_pointers;
  makers["module-layout-unseen"] = ragged_layout_of_module;
  makers["strings-anywhere"] = [] { return base_of(with_layout_of_int(kIntFixed, true)); };
  makers["modifier-chain-limit"] = chain_of_modifiers;
  makers["vmlinux-taken-for-sorted"] = unsorted_names;
  makers["id-beyond-map"] = pointer_to_nothing;
  makers["copy-limit"] = int_across_many_bytes;
  makers["counted-as-seen"] = struct_in_itself;
  makers["later-variables-unsized"] = variable_after_its_section;
  makers["datasec-end-wraps"] = section_entry_that_wraps;
  makers["deep-references"] = deep_pointers;
  makers["empty-int-name"] = int_with_empty_name;
  makers["enum-taken-for-int"] = small_enum_beside_bit_fields;
  makers["foreign-order-refused"] = foreign_order;
  makers["kernel-errno"] = version_two;
  makers["latin1-names"] = latin1_name;
  makers["member-id-crash"] = member_without_type;
  makers["loops-unseen"] = struct_that_is_its_member;
  makers["variables-unsized"] = variable_larger_than_its_place;
  makers["parameter-names-unseen"] = parameter_that_is_no_identifier;
  makers["long-enum-taken-for-int"] = enum64_beyond_struct;
  makers["other-fault-first"] = bad_type_before_the_end;
  makers["program-fields-refused"] = two_locks_in_a_struct;
  makers["reference-to-func"] = pointer_to_func;
  makers["tag-kflag-refused"] = tag_with_kflag;
  makers["void-uncounted"] = [] { return module_on_nothing(0); };
  makers["void-uncounted-crash"] = [] { return module_on_nothing(2); };
  makers["type-tags-first"] = tag_behind_const;
}

}  // namespace retort
