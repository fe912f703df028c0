// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "corpus/sequence_regressions.h"

#include <string_view>
#include <vector>

#include "corpus/regression_parts.h"

namespace retort {
namespace {

using btf::Builder;

void announce_gap_before_types(ByteVector& bytes) {
  set_header_word(bytes, 2, btf::kWordBytes);
  set_header_word(bytes, 4, header_word(bytes, 4) + btf::kWordBytes);
}

// The last word of the header counts as a gap before the types.
ByteVector with_short_header() {
  ByteVector bytes = base_with(add_nothing);
  set_header_word(bytes, 1, btf::kHeaderBytes - btf::kWordBytes);
  announce_gap_before_types(bytes);
  return bytes;
}

ByteVector with_gap_before_types() {
  ByteVector bytes = base_with(add_nothing);
  bytes.insert(bytes.begin() + btf::kHeaderBytes, btf::kWordBytes, std::byte{0});
  announce_gap_before_types(bytes);
  return bytes;
}

ByteVector with_long_header() {
  ByteVector bytes = base_with(add_nothing);
  constexpr std::uint32_t more = 8;
  bytes.insert(bytes.begin() + btf::kHeaderBytes, more, std::byte{0});
  set_header_word(bytes, 1, btf::kHeaderBytes + more);
  return bytes;
}

Pair relocation(Builder& distilled, Builder& split, Builder& target) {
  Pair pair;
  pair.append(kDistilled, distilled.finish());
  pair.append(kSplit, split.finish());
  pair.append(kTarget, target.finish());
  return pair;
}

Pair relocation_that_moves_ids() {
  Builder distilled;
  distilled.add_int("int", 4, kSigned);
  Builder split(distilled, std::endian::native);
  split.add_reference(btf::Kind::ptr, 1);
  Builder target;
  target.add_float("float", 4);
  target.add_int("int", 4, kSigned);
  return relocation(distilled, split, target);
}

// A name of the split that stands in the distilled base's strings, where no type has it.
Pair relocation_that_fails_on_a_string() {
  Builder distilled;
  distilled.strings().add("orphan");
  distilled.add_int("int", 4, kSigned);
  Builder split(distilled, std::endian::native);
  split.add_var("orphan", 1, 1);
  Builder target;
  target.add_float("float", 4);
  target.add_int("int", 4, kSigned);
  return relocation(distilled, split, target);
}

using Makers = std::map<std::string, std::function<Pair()>>;

void add_guards(Makers& makers) {
  makers["own-bytes-crash"] = [] {
    return with_program(base_of(base_with(add_nothing)),
                        "base = parse BASE\n"
                        "split = empty base\n"
                        "add_type split base all:0\n");
  };
  makers["align-missing-crash"] = [] {
    return with_program({},
                        "a = empty\n"
                        "align_of a beyond:0\n");
  };
  makers["append-rollback-crash"] = [] {
    return with_program({},
                        "a = empty\n"
                        "b = empty\n"
                        "add_int a \"int\" 4 1\n"
                        "add_struct a \"s\" 4\n"
                        "add_btf b a\n");
  };
  makers["stacked-target-crash"] = [] {
    return with_program(relocation_that_moves_ids(),
                        "low = parse DIST\n"
                        "split = parse SPLT low\n"
                        "target = parse TRGT\n"
                        "add_struct target \"" +
                            std::string(1 << 19, 's') +
                            "\" 4\n"
                            "add_struct target \"far\" 4\n"
                            "top = empty target\n"
                            "relocate split top\n");
  };
  makers["short-header-crash"] = [] {
    return with_program(base_of(with_short_header()),
                        "a = parse BASE\n"
                        "add_ptr a void\n");
  };
}

void add_tolerances(Makers& makers) {
  makers["dedup-nomem-as-invalid"] = [] {
    return with_program({},
                        "a = empty\n"
                        "dedup a\n");
  };
  makers["append-nothing-nomem"] = [] {
    return with_program({},
                        "a = empty\n"
                        "dedup a\n"
                        "add_btf a a\n");
  };
  makers["long-header-turned"] = [] {
    return with_program(base_of(with_long_header()),
                        "a = parse BASE\n"
                        "set_endianness a 1\n"
                        "raw_data a\n");
  };
  const auto with_gap = [] {
    return with_program(base_of(with_gap_before_strings()),
                        "a = parse BASE\n"
                        "add_ptr a void\n"
                        "raw_data a\n");
  };
  makers["gap-lost-when-written"] = with_gap;
  makers["gap-lost-nomem"] = with_gap;
  makers["gap-lost-when-modified"] = [] {
    return with_program(base_of(with_gap_before_types()),
                        "a = parse BASE\n"
                        "add_ptr a void\n"
                        "raw_data a\n");
  };
  makers["strings-left-by-dedup"] = [] {
    return with_program({},
                        "a = empty\n"
                        "add_str a \"unused\"\n"
                        "dedup a\n"
                        "raw_data a\n");
  };
  makers["length-of-other-order"] = [] {
    ByteVector bytes = base_with(add_nothing);
    bytes.push_back(std::byte{0});
    return with_program(base_of(bytes),
                        "a = parse BASE\n"
                        "raw_data a\n");
  };
  makers["stale-after-relocation"] = [] {
    return with_program(relocation_that_moves_ids(),
                        "low = parse DIST\n"
                        "split = parse SPLT low\n"
                        "target = parse TRGT\n"
                        "add_ptr split void\n"
                        "raw_data split\n"
                        "relocate split target\n"
                        "raw_data split\n");
  };
  makers["half-relocated"] = [] {
    return with_program(relocation_that_fails_on_a_string(),
                        "low = parse DIST\n"
                        "split = parse SPLT low\n"
                        "target = parse TRGT\n"
                        "relocate split target\n");
  };
  makers["pointer-size-guessed-once"] = [] {
    return with_program(base_of(base_with(add_nothing)),
                        "a = parse BASE\n"
                        "add_int a \"long\" 4 1\n"
                        "pointer_size a\n");
  };
  makers["offset-taken-for-bit-field"] = [] {
    return with_program({},
                        "a = empty\n"
                        "add_int a \"int\" 4 1\n"
                        "add_struct a \"s\" 0x200008\n"
                        "add_field a \"far\" new:1 0x1000000 0\n"
                        "add_field a \"bits\" new:1 0x20 3\n");
  };
  makers["vlen-wraps"] = [] {
    return with_program({},
                        "a = empty\n"
                        "add_enum a \"e\" 4\n"
                        "65535 x add_enum_value a \"v\" 1\n"
                        "add_enum_value a \"w\" 1\n");
  };
}

}  // namespace

void add_sequence_makers(Makers& makers) {
  add_guards(makers);
  add_tolerances(makers);
}

}  // namespace retort
