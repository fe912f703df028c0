// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "corpus/inspection_regressions.h"

#include <vector>

#include "corpus/regression_parts.h"
#include "oracles/properties/elf_maker.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;

constexpr std::uint32_t kFarAway = 0x40000000;  // as an index, beyond any heap

Pair base_and_data(const std::function<void(Builder&)>& fill, std::vector<std::byte> data = {}) {
  Pair pair = base_of(base_with(fill));
  if (!data.empty()) pair.append(kData, std::move(data));
  return pair;
}

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

constexpr std::uint32_t bit_field(std::uint32_t bits, std::uint32_t offset) {
  return bits << 24 | offset;
}

// A struct in a struct in a struct, twice in each.
void add_nested_twice(Builder& base, int levels) {
  std::uint32_t size = 4;
  for (int level = 0; level < levels; ++level) {
    const std::uint32_t below = base.end_id() - 1;
    const std::uint32_t bits = level < 20 ? size * 8 : 0;
    size = level < 20 ? size * 2 : size;
    base.add_composite(level < 20 ? Kind::struct_ : Kind::union_, "s" + std::to_string(level), size,
                       {{"a", below, 0}, {"b", below, bits}});
  }
}

using Makers = std::map<std::string, std::function<Pair()>>;

void add_walks(Makers& makers) {
  makers["align-loop-crash"] = [] {
    return base_and_data(
        [](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"self", 2, 0}}); });
  };
  makers["long-header-swapped"] = [] {
    Pair pair = base_and_data([](Builder&) {});
    std::vector<std::byte> bytes = *pair.find(kBase);
    btf::store_word(bytes.data() + btf::kWordBytes, btf::kLayoutHeaderBytes);
    bytes.insert(bytes.begin() + btf::kHeaderBytes, 8, std::byte{});
    pair.set(kBase, bytes);
    return pair;
  };
  makers["align-blowup-hang"] = [] {
    return base_and_data([](Builder& base) { add_nested_twice(base, 44); });
  };
  makers["dump-loop-crash"] = [] {
    // typedef int (*f)(f) without the typedef.
    return base_and_data([](Builder& base) {
      base.add_reference(Kind::ptr, 3);
      base.add_func_proto(1, {{"f", 2}});
    });
  };
  makers["dump-return-id-crash"] = [] {
    return base_and_data([](Builder& base) { base.add_func_proto(kFarAway); });
  };
  makers["dump-offset-overflow"] = [] {
    return base_and_data([](Builder& base) {
      base.add_array(1, 1, 1U << 27);
      base.add_composite(Kind::struct_, "large", 1U << 29, {{"values", 2, 0}});
    });
  };
  makers["dump-zero-alignment"] = [] {
    return base_and_data([](Builder& base) {
      base.add_fwd("f", false);
      base.add_composite(Kind::struct_, "s", 8, {{"a", 1, 0}, {"f", 2, 64}});
    });
  };
  makers["dump-stale-list"] = [] {
    return base_and_data([](Builder& base) {
      std::uint32_t id = 1;
      for (int stars = 0; stars < 20; ++stars) id = base.add_reference(Kind::ptr, id);
      id = base.add_composite(Kind::struct_, "", 8, {{"far", id, 0}});
      // A pointer to an array: more than what the list keeps at hand is looked up.
      id = base.add_reference(Kind::ptr, base.add_array(id, 1, 2));
      base.add_composite(Kind::struct_, "s", 8, {{"near", id, 0}});
    });
  };
  makers["decl-loop"] = [] {
    return base_and_data([](Builder& base) {
      base.add_composite(Kind::struct_, "", 8, {{"next", 3, 0}});
      base.add_reference(Kind::ptr, 2);
    });
  };
  makers["dump-suffix-clash"] = [] {
    return base_and_data([](Builder& base) {
      base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 0}});
      base.add_composite(Kind::struct_, "s", 4, {{"b", 1, 0}});
      base.add_composite(Kind::struct_, "s___2", 4, {{"c", 1, 0}});
    });
  };
}

void add_data(Makers& makers) {
  makers["data-bit-field-overread"] = [] {
    return base_and_data(
        [](Builder& base) {
          base.add_composite(Kind::struct_, "s", 4,
                             {{"a", 1, bit_field(24, 0)}, {"b", 1, bit_field(8, 24)}}, true);
        },
        bytes({1, 2, 3, 4}));
  };
  makers["data-whole-bit-field"] = [] {
    return base_and_data([](Builder& base) {
      base.add_reference(Kind::ptr, 1);
      base.add_composite(Kind::struct_, "s", 16, {{"a", 1, 0}, {"p", 2, bit_field(8, 32)}}, true);
    });
  };
  makers["data-zero-check-overread"] = [] {
    return base_and_data(
        [](Builder& base) {
          base.add_reference(Kind::ptr, 4);
          base.add_array(1, 1, 4);
          base.add_composite(Kind::struct_, "s", 24, {{"a", 1, 0}, {"b", 1, 32}, {"c", 3, 64}});
        },
        bytes({1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  };
  makers["data-array-error-lost"] = [] {
    return base_and_data([](Builder& base) { base.add_array(1, 1, 4); }, bytes({1}));
  };
  makers["data-empty-elements"] = [] {
    return base_and_data([](Builder& base) {
      base.add_composite(Kind::struct_, "empty", 0);
      base.add_array(2, 1, 4);
    });
  };
  makers["data-zero-by-first-member"] = [] {
    return base_and_data(
        [](Builder& base) {
          base.add_composite(Kind::struct_, "inner", 8, {{"a", 1, 0}, {"b", 1, 32}});
          base.add_composite(Kind::struct_, "outer", 8, {{"held", 2, 0}});
          // Types are shown with other options by their id.
          for (int copy = 0; copy < 14; ++copy)
            base.add_composite(Kind::struct_, "outer" + std::to_string(copy), 8, {{"held", 2, 0}});
        },
        bytes({0, 0, 0, 0, 1, 0, 0, 0}));
  };
  makers["data-unaligned-enum"] = [] {
    return base_and_data([](Builder& base) {
      base.add_enum(Kind::enum_, "e", 4, {{"one", 1}});
      base.add_composite(Kind::struct_, "packed", 8, {{"e", 2, 8}});
    });
  };
  makers["data-bit-field-shift"] = [] {
    return base_and_data([](Builder& base) {
      base.add_composite(Kind::struct_, "s", 16, {{"a", 1, bit_field(65, 0)}}, true);
    });
  };
  makers["data-float-overflow"] = [] {
    return base_and_data([](Builder& base) { base.add_float("large", 516); });
  };
}

// A header, and one function record, or with `line` one line record.
std::vector<std::byte> ext_with(bool line, std::uint32_t section_name, std::uint32_t value) {
  const std::uint32_t record = line ? 16 : 8;
  const std::uint32_t length = 4 + 8 + record;
  std::vector<std::uint32_t> values = {
      0x0001eb9f, 24, 0,    line ? 0 : length, 0, line ? length : 0, record, section_name,
      1,          0,  value};
  if (line) values.insert(values.end(), {0, 0});
  return words(values);
}

Pair with_ext(std::vector<std::byte> ext) {
  Pair pair = base_and_data([](Builder&) {});
  pair.append(kExt, std::move(ext));
  return pair;
}

Pair with_core(std::string_view lines, const std::function<void(Builder&)>& fill) {
  Pair pair = base_and_data(fill);
  const auto text = std::as_bytes(std::span(lines));
  pair.append(kCore, {text.begin(), text.end()});
  return pair;
}

void add_core(Makers& makers) {
  makers["core-float"] = [] {
    return base_and_data([](Builder& base) { base.add_float("f", 8); });
  };
  makers["core-modifier-loop"] = [] {
    return base_and_data([](Builder& base) { base.add_reference(Kind::const_, 2); });
  };
  makers["core-blowup-hang"] = [] {
    return base_and_data([](Builder& base) {
      std::uint32_t below = 1;
      for (int level = 0; level < 31; ++level)
        below = base.add_func_proto(0, {{"a", below}, {"b", below}});
    });
  };
  makers["core-return-id-crash"] = [] {
    return base_and_data([](Builder& base) { base.add_func_proto(kFarAway); });
  };
  makers["core-bit-field-division"] = [] {
    return with_core("byte_off 2 0:0\n", [](Builder& base) {
      base.add_composite(Kind::struct_, "s", 4, {{"a", 0, bit_field(3, 0)}}, true);
    });
  };
  makers["core-array-loop-hang"] = [] {
    return with_core("byte_off 2 0:0\n", [](Builder& base) {
      base.add_composite(Kind::struct_, "s", 4, {{"a", 3, 0}});
      base.add_array(3, 1, 1);
    });
  };
  makers["core-value-overread"] = [] {
    Pair pair = with_core("enumval_exists 2 0\n",
                          [](Builder& base) { base.add_enum(Kind::enum_, "e", 4, {{"a", 1}}); });
    Builder target;
    target.add_enum(Kind::enum_, "e", 4);
    pair.append(kTarget, target.finish());
    return pair;
  };
}

void add_files(Makers& makers) {
  makers["ext-id-crash"] = [] { return with_ext(ext_with(false, 0, kFarAway)); };
  makers["ext-string-crash"] = [] { return with_ext(ext_with(true, 0, kFarAway)); };
  makers["elf-ext-lost"] = [] { return with_ext(bytes({1, 2, 3, 4})); };
  makers["elf-nobits-crash"] = [] {
    Builder base;
    base.add_int("int", 4, kSigned);
    const std::vector<std::byte> section = base.finish();
    const ElfSection sections[] = {{.name = ".BTF", .bytes = section}};
    std::vector<std::byte> file = make_elf(sections, {.order = std::endian::little});
    // The second section header's type; three headers stand last.
    constexpr std::size_t kHeader = 64;
    constexpr std::byte kNoBits{8};
    file[file.size() - 2 * kHeader + btf::kWordBytes] = kNoBits;
    Pair pair;
    pair.append(kElf, std::move(file));
    return pair;
  };
}

}  // namespace

void add_inspection_makers(Makers& makers) {
  add_core(makers);
  add_files(makers);
  add_walks(makers);
  add_data(makers);
}

}  // namespace retort
