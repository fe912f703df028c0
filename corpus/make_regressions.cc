// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Makes the regression pair of each entry, the smallest input that shows it, and pairs of what
// several entries make together. The files are committed; a test makes them again and compares, so
// that what stands here is what they hold.
//
// usage: make-regressions FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>

#include "corpus/dedup_regressions.h"
#include "corpus/inspection_regressions.h"
#include "corpus/kernel_regressions.h"
#include "corpus/regression_parts.h"
#include "corpus/release_regressions.h"
#include "corpus/sequence_regressions.h"
#include "oracles/entries.h"
#include "oracles/pair.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;
using std::endian;

constexpr std::uint32_t kFarAway = 0x40000000;  // as an index of words, beyond any heap

Pair make_pair(std::initializer_list<std::pair<std::string_view, ByteVector>> parts) {
  Pair pair;
  for (const auto& [tag, bytes] : parts) pair.append(tag, bytes);
  return pair;
}

// The `word`th word of the type section, counted through all records.
ByteVector with_word(ByteVector bytes, std::size_t word, std::uint32_t value) {
  btf::store_word(bytes.data() + btf::kHeaderBytes + word * btf::kWordBytes, value);
  return bytes;
}

ByteVector with_header_word(ByteVector bytes, std::size_t word, std::uint32_t value) {
  set_header_word(bytes, word, value);
  return bytes;
}

constexpr std::size_t kIntWords = 4;  // words of the INT that every base here begins with

ByteVector plain_base() {
  return base_with(add_nothing);
}

Pair base_only(const std::function<void(Builder&)>& fill) {
  return make_pair({{kBase, base_with(fill)}});
}

// A base and a split on it.
Pair split_on(const std::function<void(Builder&)>& fill_base,
              const std::function<void(Builder&)>& fill_split) {
  Builder base;
  base.add_int("int", 4, kSigned);
  fill_base(base);
  Builder split(base, endian::native);
  fill_split(split);
  return make_pair({{kBase, base.finish()}, {kSplit, split.finish()}});
}

// A distilled base, a split with a pointer to each of its types, and a target.
Pair relocation(const std::function<void(Builder&)>& fill_distilled,
                const std::function<void(Builder&)>& fill_target) {
  Builder distilled;
  fill_distilled(distilled);
  Builder split(distilled, endian::native);
  for (std::uint32_t id = 1; id < distilled.end_id(); ++id) split.add_reference(Kind::ptr, id);
  Builder target;
  fill_target(target);
  return make_pair(
      {{kDistilled, distilled.finish()}, {kSplit, split.finish()}, {kTarget, target.finish()}});
}

using Maker = std::function<Pair()>;
using Makers = std::map<std::string, Maker>;

void add_header_checks(Makers& makers) {
  const auto word_patch = [](std::size_t word, std::uint32_t value) {
    return
        [word, value] { return make_pair({{kBase, with_header_word(plain_base(), word, value)}}); };
  };
  makers["check:version"] = word_patch(0, 0x0002eb9f);
  makers["check:flags"] = word_patch(0, 0x0101eb9f);
  makers["check:header-length"] = [] {
    // Without a type or a string: the last word of the header counts as what follows the sections.
    Builder base;
    base.add_int("int", 4, kSigned);
    Builder split(base, endian::native);
    const ByteVector bytes = split.finish();
    return make_pair(
        {{kBase, base.finish()}, {kSplit, with_header_word(bytes, 1, btf::kHeaderBytes - 4)}});
  };
  makers["check:header-extra"] = [] {
    ByteVector base = plain_base();
    const std::uint32_t extra = 12;
    base.insert(base.begin() + btf::kHeaderBytes, extra, std::byte{0});
    base[btf::kHeaderBytes + extra - 1] = std::byte{1};
    return make_pair({{kBase, with_header_word(base, 1, btf::kHeaderBytes + extra)}});
  };
  makers["check:trailing-bytes"] = [] {
    ByteVector base = plain_base();
    base.push_back(std::byte{0});
    return make_pair({{kBase, base}});
  };
  makers["check:section-gap"] = [] {
    ByteVector base = plain_base();
    const std::uint32_t strings = header_word(base, 4);
    base.insert(base.begin() + btf::kHeaderBytes + strings, 4, std::byte{0});
    return make_pair({{kBase, with_header_word(base, 4, strings + 4)}});
  };
  makers["check:section-order"] = [] {
    const ByteVector base = plain_base();
    const std::uint32_t types = header_word(base, 3);
    // The strings of a plain base are 5 bytes; three more make the types aligned.
    ByteVector swapped(base.begin(), base.begin() + btf::kHeaderBytes);
    swapped.insert(swapped.end(), base.begin() + btf::kHeaderBytes + types, base.end());
    swapped.resize(btf::kHeaderBytes + 8);
    swapped.insert(swapped.end(), base.begin() + btf::kHeaderBytes,
                   base.begin() + btf::kHeaderBytes + types);
    swapped = with_header_word(swapped, 2, 8);
    swapped = with_header_word(swapped, 4, 0);
    return make_pair({{kBase, with_header_word(swapped, 5, 8)}});
  };
  makers["check:no-types"] = [] { return make_pair({{kBase, Builder().finish()}}); };
}

void add_reference_checks(Makers& makers) {
  const auto int_then = [](std::size_t word, std::uint32_t value,
                           const std::function<void(Builder&)>& fill) {
    return
        [=] { return make_pair({{kBase, with_word(base_with(fill), kIntWords + word, value)}}); };
  };
  const auto pointer = [](Builder& base) { base.add_reference(Kind::ptr, 1); };
  makers["check:name-range"] = int_then(0, 1000, pointer);
  makers["check:id-range"] = int_then(2, 1000, pointer);
  makers["check:unknown-kind"] = [] {
    // The layout section gives the kind the size of a bare head.
    Builder builder;
    builder.add({static_cast<Kind>(20), false, 0}, "new", 0);
    return base_of(with_layout(builder.finish(), 0));
  };
  makers["check:return-id-range"] = [] {
    return base_only([](Builder& base) { base.add_func_proto(1000); });
  };
  makers["check:func-refers-to-proto"] = [] {
    return base_only([](Builder& base) { base.add_func("f", 1, 0); });
  };
  makers["check:void-reference"] = [] {
    return base_only([](Builder& base) { base.add_array(0, 1, 4); });
  };
  makers["check:reference-loop"] = [] {
    return base_only([](Builder& base) { base.add_reference(Kind::typedef_, 2, "loop"); });
  };
  makers["check:array-index"] = [] {
    return base_only([](Builder& base) {
      base.add_reference(Kind::ptr, 1);
      base.add_array(1, 2, 4);
    });
  };
  makers["check:sizeless-type"] = [] {
    return base_only([](Builder& base) {
      base.add_fwd("f", false);
      base.add_array(2, 1, 4);
    });
  };
  makers["check:proto-params"] = [] {
    return base_only([](Builder& base) { base.add_func_proto(0, {{.name = "x", .type_id = 0}}); });
  };
  makers["check:size-overflow"] = [] {
    return base_only([](Builder& base) { base.add_array(1, 1, 0x80000000); });
  };
}

void add_name_checks(Makers& makers) {
  makers["check:name-required"] = [] {
    return base_only([](Builder& base) { base.add_reference(Kind::typedef_, 1); });
  };
  makers["check:name-forbidden"] = [] {
    return base_only([](Builder& base) { base.add_reference(Kind::ptr, 1, "p"); });
  };
  makers["check:name-identifier"] = [] {
    return base_only([](Builder& base) { base.add_composite(Kind::struct_, "a b", 4); });
  };
  makers["check:empty-name-offset"] = [] {
    // The last byte of the strings is the end of "int".
    const ByteVector base =
        base_with([](Builder& builder) { builder.add_composite(Kind::struct_, {}, 4); });
    return make_pair({{kBase, with_word(base, kIntWords, header_word(base, 5) - 1)}});
  };
  makers["check:vlen-zero"] = [] {
    return base_only([](Builder& base) { base.add({Kind::ptr, false, 1}, {}, 1); });
  };
  makers["check:kflag-zero"] = [] {
    return base_only([](Builder& base) { base.add({Kind::ptr, true, 0}, {}, 1); });
  };
  makers["check:unused-word"] = [] {
    return base_only([](Builder& base) { base.add({Kind::fwd, false, 0}, "f", 1); });
  };
}

void add_kind_checks(Makers& makers) {
  const auto one = [&](const char* name, const std::function<void(Builder&)>& fill) {
    makers[name] = [fill] { return base_only(fill); };
  };
  const auto raw_int = [](std::uint32_t data) {
    return [data](Builder& base) { base.add({Kind::int_, false, 0}, "odd", 4, {&data, 1}); };
  };
  one("check:int-bits", raw_int(33));
  one("check:int-encoding", raw_int(0x03000020));
  one("check:float-size", [](Builder& base) { base.add_float("f", 10); });
  one("check:enum-size", [](Builder& base) { base.add_enum(Kind::enum_, "e", 3, {{"a", 1}}); });
  one("check:member-order", [](Builder& base) {
    base.add_composite(Kind::struct_, "s", 8, {{"a", 1, 32}, {"b", 1, 0}});
  });
  one("check:member-bounds",
      [](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 32}}); });
  one("check:union-offset",
      [](Builder& base) { base.add_composite(Kind::union_, "u", 8, {{"a", 1, 32}}); });
  one("check:func-linkage", [](Builder& base) { base.add_func("f", base.add_func_proto(0), 2); });
  one("check:var-linkage", [](Builder& base) { base.add_var("v", 1, 2); });
  one("check:datasec-size", [](Builder& base) { base.add({Kind::datasec, false, 0}, ".data", 0); });
  const auto section_of = [](std::uint32_t type_id, std::uint32_t offset) {
    return [=](Builder& base) {
      base.add_var("v", 1, 1);
      const std::uint32_t entry[] = {type_id, offset, 4};
      base.add({Kind::datasec, false, 1}, ".data", 4, entry);
    };
  };
  one("check:datasec-entries", section_of(2, 4));
  one("check:datasec-vars", section_of(1, 0));
  one("check:decl-tag-target", [](Builder& base) { base.add_decl_tag("tag", 1); });
  one("check:decl-tag-component", [](Builder& base) {
    base.add_decl_tag("tag", base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 0}}), 1);
  });
}

void add_rules(Makers& makers) {
  makers["rule:wide-vlen"] = [] {
    return base_only([](Builder& base) { base.add({Kind::struct_, false, 0x10000}, "wide", 4); });
  };
  makers["rule:fwd-type-refers"] = [] {
    return split_on([](Builder&) {},
                    [](Builder& split) { split.add({Kind::fwd, false, 0}, "f", 1); });
  };
  makers["rule:names-by-content"] = [] {
    Builder base;
    base.add_int("int", 4, kSigned);
    base.add_composite(Kind::struct_, {}, 4);
    Builder split(base, endian::native);
    split.add_reference(Kind::ptr, 2);
    const ByteVector bytes = base.finish();
    return make_pair({{kBase, with_word(bytes, kIntWords, header_word(bytes, 5) - 1)},
                      {kSplit, split.finish()}});
  };
  makers["rule:distill-refuses-unplaceable"] = [] {
    return split_on([](Builder& base) { base.add_int({}, 4); },
                    [](Builder& split) { split.add_reference(Kind::ptr, 2); });
  };
  makers["rule:distill-fwd"] = [] {
    return split_on([](Builder& base) { base.add_composite(Kind::struct_, "s", 4); },
                    [](Builder& split) { split.add_reference(Kind::ptr, 2); });
  };
  makers["rule:distill-sized-if-ambiguous"] = [] {
    return split_on(
        [](Builder& base) {
          base.add_composite(Kind::struct_, "s", 4);
          base.add_composite(Kind::struct_, "s", 8);
        },
        [](Builder& split) { split.add_reference(Kind::ptr, 2); });
  };
  const auto one_struct = [](std::uint32_t bytes) {
    return [bytes](Builder& base) { base.add_composite(Kind::struct_, "s", bytes); };
  };
  makers["rule:size-always"] = [=] { return relocation(one_struct(4), one_struct(8)); };
  makers["rule:namesakes-per-kind"] = [=] {
    return relocation(one_struct(8), [](Builder& target) {
      target.add_composite(Kind::struct_, "s", 16);
      target.add_composite(Kind::union_, "s", 8);
    });
  };
  makers["rule:exact-kind-wins"] = [] {
    return relocation([](Builder& distilled) { distilled.add_fwd("s", false); },
                      [](Builder& target) {
                        target.add_fwd("s", false);
                        target.add_composite(Kind::struct_, "s", 4);
                      });
  };
  makers["rule:distilled-namesakes-by-size"] = [=] {
    return relocation(
        [](Builder& distilled) {
          distilled.add_composite(Kind::struct_, "s", 4);
          distilled.add_composite(Kind::struct_, "s", 8);
        },
        one_struct(4));
  };
}

// A split in foreign byte order with four bytes between its types and its strings.
Pair foreign_split_with_gap() {
  Builder distilled(kForeign);
  distilled.add_int("int", 4, kSigned);
  Builder split(distilled, kForeign);
  split.add_var("v", 1, 1);
  ByteVector bytes = split.finish();
  const std::uint32_t strings = btf::swap_bytes(header_word(bytes, 4));
  bytes.insert(bytes.begin() + btf::kHeaderBytes + strings, 4, std::byte{0});
  Builder target(kForeign);
  target.add_int("int", 4, kSigned);
  return make_pair({{kDistilled, distilled.finish()},
                    {kSplit, with_header_word(bytes, 4, btf::swap_bytes(strings + 4))},
                    {kTarget, target.finish()}});
}

// A name of the split that stands in the distilled base's strings, where no type has it.
Pair string_without_type() {
  Builder distilled;
  distilled.strings().add("orphan");
  distilled.add_int("int", 4, kSigned);
  Builder split(distilled, endian::native);
  split.add_var("orphan", 1, 1);
  Builder target;
  target.add_float("float", 4);
  target.add_int("int", 4, kSigned);
  return make_pair(
      {{kDistilled, distilled.finish()}, {kSplit, split.finish()}, {kTarget, target.finish()}});
}

void add_deviations(Makers& makers) {
  makers["struct-matches-any-kind"] = [] {
    return relocation([](Builder& base) { base.add_composite(Kind::struct_, "s", 4); },
                      [](Builder& base) { base.add_int("s", 4); });
  };
  makers["embedded-mark-lost"] = [] {
    Builder distilled;
    distilled.add_composite(Kind::struct_, "s", 4);
    Builder split(distilled, endian::native);
    split.add_composite(Kind::struct_, "holder", 4, {{"s", 1, 0}});
    Builder target;
    target.add_composite(Kind::struct_, "s", 4);
    target.add_fwd("s", false);
    return make_pair(
        {{kDistilled, distilled.finish()}, {kSplit, split.finish()}, {kTarget, target.finish()}});
  };
  makers["fwd-sort-from-target"] = [] {
    return relocation([](Builder& base) { base.add_fwd("s", true); },
                      [](Builder& base) { base.add_composite(Kind::struct_, "s", 4); });
  };
  makers["fwd-needs-size-of-namesakes"] = [] {
    return relocation([](Builder& base) { base.add_fwd("s", false); },
                      [](Builder& base) {
                        base.add_composite(Kind::struct_, "s", 4);
                        base.add_composite(Kind::union_, "s", 4);
                      });
  };
  makers["size-loses-top-bit"] = [] {
    return relocation([](Builder& base) { base.add_int("int", 4); },
                      [](Builder& base) {
                        const std::uint32_t bits = 32;
                        base.add({Kind::int_, false, 0}, "int", 0x80000004, {&bits, 1});
                      });
  };
  makers["empty-target-name"] = [] {
    Pair pair = relocation([](Builder& base) { base.add_int("int", 4); },
                           [](Builder& base) {
                             base.add_int("int", 4);
                             base.add_composite(Kind::struct_, {}, 4);
                           });
    const ByteVector target = *pair.find(kTarget);
    pair.set(kTarget, with_word(target, kIntWords, header_word(target, 5) - 1));
    return pair;
  };
  makers["half-rewritten"] = string_without_type;
  makers["gap-lost-when-swapped"] = foreign_split_with_gap;
  makers["lost-with-empty-base"] = [] {
    return split_on([](Builder& base) { base.add_reference(Kind::typedef_, 0, "nothing"); },
                    [](Builder& split) { split.add_reference(Kind::ptr, 2); });
  };
  makers["find-void"] = [] { return make_pair({{kBase, plain_base()}}); };
  makers["find-empty-name"] = [] {
    return base_only([](Builder& base) { base.add_composite(Kind::struct_, {}, 4); });
  };
}

// A distilled base of two layers; `below` and `above` are strings that no type has.
Pair stacked_distilled_base(const std::string& below, const std::string& above) {
  Builder lower;
  lower.strings().add(below);
  lower.add_int("int", 4, kSigned);
  Builder upper(lower, endian::native);
  upper.add_composite(Kind::struct_, "s", 4);
  upper.strings().add(above);
  Builder split(upper, endian::native);
  split.add_var("v", 2, 1);
  Builder target;
  target.add_composite(Kind::struct_, "s", 4);
  target.add_int("int", 4, kSigned);
  return make_pair({{kDistilled, lower.finish()},
                    {kSplit, upper.finish()},
                    {kSplit, split.finish()},
                    {kTarget, target.finish()}});
}

void add_guards(Makers& makers) {
  makers["stacked-strings"] = [] { return stacked_distilled_base("b", std::string(40, 'a')); };
  makers["stacked-strings-crash"] = [] {
    return stacked_distilled_base(std::string(1 << 19, 'b'), "a");
  };
  makers["modifier-loop-hang"] = [] {
    Builder distilled;
    distilled.add_int("int", 4, kSigned);
    Builder split(distilled, endian::native);
    // A kernel refuses a loop of modifiers alone.
    split.add({Kind::array, false, 0}, "", 0, std::array{2U, 1U, 1U});
    split.add_composite(Kind::struct_, "s", 4, {{"a", 2, 0}});
    return make_pair(
        {{kDistilled, distilled.finish()}, {kSplit, split.finish()}, {kTarget, plain_base()}});
  };
  makers["fwd-id-crash"] = [] {
    return split_on([](Builder&) {},
                    [](Builder& split) { split.add({Kind::fwd, false, 0}, "f", kFarAway); });
  };
  makers["return-id-crash"] = [] {
    return split_on([](Builder&) {}, [](Builder& split) { split.add_func_proto(kFarAway); });
  };
  makers["deep-chain-crash"] = [] {
    constexpr std::uint32_t links = 100000;
    return split_on(
        [](Builder& base) {
          for (std::uint32_t link = 0; link < links; ++link)
            base.add_reference(Kind::ptr, base.end_id() - 1);
        },
        [](Builder& split) { split.add_reference(Kind::ptr, links + 1); });
  };
}

Makers all_makers() {
  Makers makers;
  add_header_checks(makers);
  add_reference_checks(makers);
  add_name_checks(makers);
  add_kind_checks(makers);
  add_rules(makers);
  add_deviations(makers);
  add_guards(makers);
  add_dedup_makers(makers);
  add_inspection_makers(makers);
  add_sequence_makers(makers);
  add_kernel_makers(makers);
  add_release_makers(makers);
  return makers;
}

// What more than one entry makes: pairs that once went unexplained, by a name of their own.
Makers combinations() {
  Makers makers;
  makers["lost-return-type"] = [] {
    // Distillation leaves the pointers out but keeps the id of the last: relocation reads beyond.
    return split_on(
        [](Builder& base) {
          for (int pointers = 0; pointers < 4; ++pointers) base.add_reference(Kind::ptr, 0);
        },
        [](Builder& split) { split.add_func_proto(5); });
  };
  return makers;
}

bool write_pair(const std::filesystem::path& path, const Pair& pair) {
  const ByteVector bytes = serialize(pair);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return static_cast<bool>(file);
}

int make_all(const std::filesystem::path& folder) {
  const Makers makers = all_makers();
  for (const Entry& entry : entries()) {
    const auto maker = makers.find(entry.name);
    if (maker == makers.end()) {
      std::cerr << "make-regressions: the entry " << entry.name << " has no pair\n";
      return 1;
    }
    if (!write_pair(folder / entry.pair_file(), maker->second())) {
      std::cerr << "make-regressions: cannot write " << (folder / entry.pair_file()) << '\n';
      return 2;
    }
  }
  for (const auto& [name, maker] : combinations()) {
    if (!write_pair(folder / (name + ".pair"), maker())) {
      std::cerr << "make-regressions: cannot write " << name << '\n';
      return 2;
    }
  }
  return 0;
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make-regressions FOLDER\n";
    return 2;
  }
  return retort::make_all(argv[1]);
}
