// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Reducing: what the predicate needs stays, everything else goes; and every entry's regression
// pair, buried among generated types, comes back small.
#include "fuzzers/reduce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "fuzzers/draft.h"
#include "fuzzers/generator.h"
#include "fuzzers/keep_signature.h"
#include "oracles/entries.h"
#include "relocator/builder.h"
#include "relocator/text.h"

namespace retort {
namespace {

using btf::Builder;

// ---- predicates of our own ----

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

std::string text_of(const Pair& pair, std::string_view tag) {
  const std::vector<std::byte>* bytes = pair.find(tag);
  if (bytes == nullptr) return "absent";
  const auto layer = btf::Btf::parse(*bytes);
  return layer ? btf::to_text(**layer) : "unreadable";
}

// Three structs in a row, of which the second has a pointer to the first.
Pair three_structs() {
  Builder base;
  base.add_int("unsigned long", 8);
  base.add_composite(Kind::struct_, "first_of_all", 24, {{"number", 1, 0}});
  base.add_reference(Kind::ptr, 2);
  base.add_composite(Kind::struct_, "second", 16, {{"next", 3, 0}, {"number", 1, 64}});
  base.add_composite(Kind::struct_, "third", 64, {{"second", 4, 0}, {"number", 1, 128}});
  Pair pair;
  pair.append(kBase, base.finish());
  pair.append(kExt, bytes_of("whatever stands here"));
  return pair;
}

bool has_line_like(const Pair& pair, std::string_view part) {
  return text_of(pair, kBase).find(part) != std::string::npos;
}

TEST(Reduce, LeavesNothingWhereEverythingShowsIt) {
  const Reduction reduction = reduce(three_structs(), [](const Pair&) { return true; });
  EXPECT_TRUE(reduction.pair.parts.empty());
  EXPECT_TRUE(reduction.finished);
}

TEST(Reduce, LeavesThePairAsItIsWhereNothingElseShowsIt) {
  const Reduction reduction = reduce(three_structs(), [](const Pair&) { return false; });
  EXPECT_EQ(reduction.pair, three_structs());
}

TEST(Reduce, TakesAwayPartsTypesMembersNamesAndNumbers) {
  const Reduction reduction =
      reduce(three_structs(), [](const Pair& pair) { return has_line_like(pair, "PTR"); });
  ASSERT_EQ(reduction.pair.parts.size(), 1U);
  EXPECT_EQ(text_of(reduction.pair, kBase), "[1] PTR '(anon)' type_id=0\n");
}

TEST(Reduce, KeepsWhatIsReferredToWhereTheReferenceCounts) {
  const auto pointer_to_struct = [](const Pair& pair) {
    const auto layer = btf::Btf::parse(*pair.find(kBase));
    if (!layer) return false;
    for (std::uint32_t id = 1; id < (*layer)->end_id(); ++id) {
      const btf::Type type = (*layer)->type(id);
      if (type.kind() == Kind::ptr && (*layer)->type(type.type_id()).kind() == Kind::struct_)
        return true;
    }
    return false;
  };
  const Reduction reduction = reduce(three_structs(), [&](const Pair& pair) {
    return pair.find(kBase) != nullptr && pointer_to_struct(pair);
  });
  EXPECT_EQ(text_of(reduction.pair, kBase),
            "[1] STRUCT '(anon)' size=0 vlen=0 {}\n[2] PTR '(anon)' type_id=1\n");
}

TEST(Reduce, GivesNamesThatMustDifferShortOnes) {
  const auto two_names = [](const Pair& pair) {
    const std::string text = text_of(pair, kBase);
    const auto first = text.find("STRUCT '");
    const auto last = text.rfind("STRUCT '");
    return first != std::string::npos && first != last && text.find("(anon)") == text.npos &&
           text.substr(first, text.find("' size", first) - first) !=
               text.substr(last, text.find("' size", last) - last);
  };
  const Reduction reduction = reduce(three_structs(), two_names);
  EXPECT_EQ(text_of(reduction.pair, kBase),
            "[1] STRUCT 'a' size=0 vlen=0 {}\n[2] STRUCT 'b' size=0 vlen=0 {}\n");
}

TEST(Reduce, TakesLinesFromAProgram) {
  Pair pair = three_structs();
  pair.append(kProgram, bytes_of("open BASE\nfind a\ndedup\nfind b\nraw"));
  const Reduction reduction = reduce(pair, [](const Pair& candidate) {
    const auto* program = candidate.find(kProgram);
    if (program == nullptr) return false;
    const std::string_view text(reinterpret_cast<const char*>(program->data()), program->size());
    return text.find("dedup\n") < text.find("raw") && text.find("raw") != text.npos;
  });
  ASSERT_EQ(reduction.pair.parts.size(), 1U);
  EXPECT_EQ(reduction.pair.parts[0].bytes, bytes_of("dedup\nraw"));
}

TEST(Reduce, TakesBytesFromWhatCannotBeWalked) {
  std::vector<std::byte> damaged = *three_structs().find(kBase);
  damaged.resize(damaged.size() - 3);
  damaged.push_back(std::byte{0x7e});
  Pair pair;
  pair.append(kBase, damaged);
  const Reduction reduction = reduce(pair, [](const Pair& candidate) {
    const auto* base = candidate.find(kBase);
    return base != nullptr && std::ranges::find(*base, std::byte{0x7e}) != base->end();
  });
  EXPECT_EQ(reduction.pair.parts[0].bytes, std::vector{std::byte{0x7e}});
}

TEST(Reduce, NeverAsksTheSameTwiceAndStopsAtItsBudget) {
  std::vector<Pair> asked;
  const auto shows = [&](const Pair& pair) {
    EXPECT_EQ(std::ranges::find(asked, pair), asked.end());
    asked.push_back(pair);
    return has_line_like(pair, "'second'");
  };
  EXPECT_EQ(reduce(three_structs(), shows).questions, asked.size());
  asked.clear();
  const Reduction stopped = reduce(three_structs(), shows, {.questions = 3, .is_over = {}});
  EXPECT_EQ(asked.size(), 3U);
  EXPECT_FALSE(stopped.finished);
}

// ---- the corpus ----

// Adds types that have nothing to do with it to every layer of a stack, or only above all others.
bool bury(Stack& stack, std::uint32_t types, bool every_layer, Random& random) {
  for (std::size_t layer = every_layer ? 0 : stack.layers.size() - 1; layer < stack.layers.size();
       ++layer) {
    Stack extra;
    extra.layers.emplace_back();
    extra.layers[0].strings = {'\0'};
    generate_layer(extra, types, random);
    std::vector<EditType> added;
    const std::uint32_t shift = stack.end_id(layer) - 1;
    for (Layer& generated : extra.layers)
      for (EditType& type : generated.types) {
        for_each_id(type, [&](std::uint32_t& id) { id += id == 0 ? 0 : shift; });
        for_each_name(type, [&](std::uint32_t& name) {
          name = stack.intern(layer, std::string(extra.text(name).value_or("")));
        });
        added.push_back(type);
      }
    stack.add(layer, added);
  }
  return true;
}

Pair buried(const Pair& pair, const StillShows& shows, Random& random) {
  Pair large = pair;
  for (const Where where : kWheres)
    for (const bool every_layer : {true, false}) {
      Draft draft(large);
      Stack* stack = draft.open(where);
      if (stack == nullptr || !bury(*stack, 12, every_layer, random)) continue;
      Pair candidate = draft.pair();
      if (!shows(candidate)) continue;
      large = std::move(candidate);
      break;
    }
  return large;
}

Pair regression_pair(const Entry& entry) {
  std::ifstream file(std::string(RETORT_TEST_DATA) + "/" + entry.pair_file(), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_pair(std::as_bytes(std::span(text))).value();
}

TEST(Reduce, MakesEveryRegressionPairSmallAgainAfterItWasBuried) {
  // What hangs is small, and would otherwise have answered at once.
  const Asker ask = trusting_asker({.seconds = 0.3});
  std::vector<std::size_t> sizes;
  std::size_t grown = 0;
  for (std::size_t index = 0; index < entries().size(); ++index) {
    const Entry& entry = entries()[index];
    // What needs a chain of 30,000 types is no matter for a test.
    if (entry.name == "deep-chain-crash") continue;
    // What a program meets is foretold by a dry run of libbpf itself, and this is no child.
    if (entry.op == Op::sequence || entry.op == Op::nomem) continue;
    if (!probed_entries("libbpf-6.12").test(index)) continue;
    const Pair pair = regression_pair(entry);
    const auto shown = choose_difference(pair, entry.op, "libbpf-6.12", ask);
    ASSERT_TRUE(shown) << entry.name;
    const StillShows shows = keeps_signature(*shown, ask);
    Random random(index);
    const Pair large = buried(pair, shows, random);
    grown += count_types(large) > count_types(pair) ? 1 : 0;
    const Reduction reduction = reduce(large, shows);
    const std::size_t types = count_types(reduction.pair);
    EXPECT_TRUE(shows(reduction.pair)) << to_text(shown->signature);
    EXPECT_LE(types, std::max<std::size_t>(10, count_types(pair))) << entry.name;
    sizes.push_back(types);
    std::printf("%-32s %4zu types -> %zu, %5zu bytes, %zu questions\n", entry.name.c_str(),
                count_types(large), types, serialize(reduction.pair).size(), reduction.questions);
  }
  ASSERT_FALSE(sizes.empty());
  // Among other types some pairs show other differences as well, and stay as they are.
  EXPECT_GT(grown, sizes.size() * 3 / 4);
  std::ranges::nth_element(sizes, sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2));
  EXPECT_LT(sizes[sizes.size() / 2], 10U);
}

}  // namespace
}  // namespace retort
