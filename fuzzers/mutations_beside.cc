// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of what stands beside BTF in a pair: .BTF.ext, data to be shown, CO-RE's relocations
// and a file. Each makes its part where there is none, mostly valid, and changes a word or a byte
// of it where there is one.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "fuzzers/choice.h"
#include "fuzzers/mutations.h"
#include "oracles/properties/elf_maker.h"

namespace retort {
namespace {

constexpr std::uint32_t kMagicVersionFlags = 0x0001eb9f;
constexpr std::size_t kMostLines = 24;

std::vector<std::byte> bytes_of(const std::vector<std::uint32_t>& words) {
  std::vector<std::byte> bytes(words.size() * btf::kWordBytes);
  for (std::size_t index = 0; index < words.size(); ++index)
    btf::store_word(bytes.data() + index * btf::kWordBytes, words[index]);
  return bytes;
}

std::uint32_t any_string(const Stack& stack, Random& random) {
  if (stack.end_string() == 0) return 0;
  const auto spot = random.below(stack.end_string());
  return random.one_in(4) ? 0 : spot;
}

// A subsection: the record size, then sections of records whose words `fill` chooses.
template <class Fill>
std::vector<std::uint32_t> subsection(const Stack& stack, std::uint32_t words, Random& random,
                                      Fill&& fill) {
  std::vector<std::uint32_t> made = {words * btf::kWordBytes};
  for (std::uint32_t section = random.between(1, 2); section > 0; --section) {
    const std::uint32_t records = random.between(1, 4);
    made.insert(made.end(), {any_string(stack, random), records});
    for (std::uint32_t record = 0; record < records; ++record) {
      std::vector<std::uint32_t> values(words);
      fill(values);
      made.insert(made.end(), values.begin(), values.end());
    }
  }
  return made;
}

std::vector<std::byte> make_ext(const Stack& stack, Random& random) {
  const std::size_t top = stack.layers.size() - 1;
  std::array<std::vector<std::uint32_t>, 3> parts;
  if (!random.one_in(4))
    parts[0] = subsection(stack, 2 + random.below(2), random, [&](auto& words) {
      words[1] = any_id_of(stack, top, Kind::func, random).value_or(any_id(stack, top, random));
    });
  if (!random.one_in(4))
    parts[1] = subsection(stack, 4, random, [&](auto& words) {
      words[1] = any_string(stack, random);
      words[2] = any_string(stack, random);
    });
  const bool with_core = !random.one_in(3);
  if (with_core)
    parts[2] = subsection(stack, 4, random, [&](auto& words) {
      words[1] = any_id(stack, top, random);
      words[2] = any_string(stack, random);
      words[3] = random.below(13);
    });
  std::vector<std::uint32_t> words = {kMagicVersionFlags, with_core ? 32U : 24U};
  std::uint32_t offset = 0;
  for (std::size_t part = 0; part < (with_core ? 3U : 2U); ++part) {
    const auto length = static_cast<std::uint32_t>(parts[part].size() * btf::kWordBytes);
    words.insert(words.end(), {offset, length});
    offset += length;
  }
  for (const auto& part : parts) words.insert(words.end(), part.begin(), part.end());
  return bytes_of(words);
}

bool change_ext(Draft& draft, Random& random) {
  const auto* old = draft.pair().find(kExt);
  if (old == nullptr || old->size() < btf::kWordBytes || random.one_in(4)) {
    const Stack* stack = draft.open(Where::split);
    if (stack == nullptr || stack->layers.empty()) return false;
    std::vector<std::byte> made = make_ext(*stack, random);
    draft.pair().set(kExt, std::move(made));
    return true;
  }
  std::vector<std::byte> bytes = *old;
  if (random.one_in(6)) {
    bytes.resize(random.index(bytes.size()));
  } else {
    std::byte* const at =
        bytes.data() + random.index(bytes.size() / btf::kWordBytes) * btf::kWordBytes;
    btf::store_word(at, other_number(btf::load_word(at), random));
  }
  draft.pair().set(kExt, std::move(bytes));
  return true;
}

bool change_data(Draft& draft, Random& random) {
  const auto* old = draft.pair().find(kData);
  std::vector<std::byte> bytes = old != nullptr ? *old : std::vector<std::byte>();
  if (bytes.size() < 4 || random.one_in(4)) bytes.resize(1 + random.below(64));
  for (std::uint32_t times = random.between(1, 4); times > 0; --times)
    random.pick(bytes) = random.one_in(2) ? std::byte{} : static_cast<std::byte>(random.word());
  draft.pair().set(kData, std::move(bytes));
  return true;
}

// As oracles/properties/core.h reads it.
std::string any_relocation(std::uint32_t types, Random& random) {
  static constexpr std::array<std::string_view, 13> kKinds = {
      "byte_off",       "byte_sz",       "field_exists", "signed",      "lshift_u64",
      "rshift_u64",     "local_type",    "target_type",  "type_exists", "type_size",
      "enumval_exists", "enumval_value", "type_matches"};
  std::string line(random.pick(kKinds));
  line += " " + std::to_string(random.below(types + 2)) + " 0";
  for (std::uint32_t depth = random.below(5); depth > 0; --depth)
    line += ":" + std::to_string(random.one_in(16) ? random.word() : random.below(4));
  return line;
}

bool change_core(Draft& draft, Random& random) {
  const Stack* stack = draft.open(Where::split);
  const std::uint32_t types = stack == nullptr ? 8 : stack->end_id();
  const auto* old = draft.pair().find(kCore);
  std::vector<std::string> lines;
  if (old != nullptr) {
    std::string_view text(reinterpret_cast<const char*>(old->data()), old->size());
    while (!text.empty()) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      lines.emplace_back(text.substr(0, length));
      text.remove_prefix(std::min(length + 1, text.size()));
    }
  }
  if (lines.size() > 1 && random.one_in(4))
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(random.index(lines.size())));
  else if (!lines.empty() && random.one_in(2))
    random.pick(lines) = any_relocation(types, random);
  else if (lines.size() < kMostLines)
    lines.push_back(any_relocation(types, random));
  std::vector<std::byte> text;
  for (const std::string& line : lines)
    for (const char character : line + "\n") text.push_back(static_cast<std::byte>(character));
  draft.pair().set(kCore, std::move(text));
  return true;
}

bool add_file(Draft& draft, Random& random) {
  const Pair& pair = draft.pair();
  std::vector<ElfSection> sections;
  for (const auto& [tag, name] :
       {std::pair(kBase, ".BTF"), std::pair(kExt, ".BTF.ext"), std::pair(kDistilled, ".BTF.base")})
    if (const auto* bytes = pair.find(tag)) sections.push_back({.name = name, .bytes = *bytes});
  if (const auto splits = pair.splits(); !splits.empty() && pair.find(kBase) == nullptr)
    sections.push_back({.name = ".BTF", .bytes = *splits[0]});
  if (sections.empty()) return false;
  const ElfForm form = {.is_64 = random.one_in(2),
                        .order = random.one_in(2) ? std::endian::little : std::endian::big};
  draft.pair().set(kElf, make_elf(sections, form));
  return true;
}

bool change_file(Draft& draft, Random& random) {
  const auto* old = draft.pair().find(kElf);
  if (old == nullptr || old->empty()) return add_file(draft, random);
  std::vector<std::byte> bytes = *old;
  if (random.one_in(6)) {
    bytes.resize(random.index(bytes.size()));
  } else if (random.one_in(2) && bytes.size() > 64) {
    // Headers stand at both ends.
    const std::size_t at =
        random.one_in(3)
            ? random.index(64)
            : bytes.size() - 1 - random.index(std::min<std::size_t>(bytes.size(), 320));
    bytes[at] = static_cast<std::byte>(random.word());
  } else {
    random.pick(bytes) ^= static_cast<std::byte>(1U << random.below(8));
  }
  draft.pair().set(kElf, std::move(bytes));
  return true;
}

constexpr Mutation kTable[] = {
    {"change-ext", 2, change_ext},
    {"change-data", 1, change_data},
    {"change-core", 1, change_core},
    {"change-file", 1, change_file},
};

std::string_view the_part;

}  // namespace

std::span<const Mutation> beside_mutations() {
  return kTable;
}

void prefer_part(std::string_view tag) {
  the_part = tag;
}

const Mutation* preferred_mutation() {
  static constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kByTag = {
      {{kExt, 0}, {kData, 1}, {kCore, 2}, {kElf, 3}}};
  for (const auto& [tag, index] : kByTag)
    if (tag == the_part) return &kTable[index];
  return nullptr;
}

}  // namespace retort
