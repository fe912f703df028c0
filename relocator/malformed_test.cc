// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The table of malformed inputs. Each ends in an error that names its place, or is accepted as the
// specification says; what is accepted by any reading then goes through every operation, so that
// the sanitizers see what each makes of it. Nothing here measures time; the slowest input is
// printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <ostream>

#include "relocator/canonical.h"
#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/graph.h"
#include "relocator/index.h"
#include "relocator/relocate.h"
#include "relocator/test_support.h"
#include "relocator/text.h"

namespace btf {
namespace {

using testing::all_kinds;
using testing::ByteVector;
using testing::every_kind;
using testing::kBothOrders;
using testing::known_layout;
using testing::must_parse;
using testing::must_parse_on;
using testing::poke;
using testing::RawLayer;

constexpr Dialect kBothDialects[] = {Dialect::narrow, Dialect::wide};
constexpr std::uint32_t kDeep = 200'000;

// Remembers which operation on which input took longest, as information.
class Clock {
 public:
  template <class Work>
  static auto time(std::string_view operation, Work&& work) {
    const auto begin = std::chrono::steady_clock::now();
    auto result = work();
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    ++operations_;
    if (time >= slowest_time_) {
      slowest_time_ = time;
      slowest_ = std::string(operation) + " of " + input_;
    }
    return result;
  }

  static void name_input(std::string input) {
    input_ = std::move(input);
    ++inputs_;
  }

  static void print() {
    std::printf("%u operations on %u inputs; the slowest, %s, took %lld ms\n", operations_, inputs_,
                slowest_.c_str(), static_cast<long long>(slowest_time_.count()));
  }

 private:
  static inline unsigned operations_ = 0;
  static inline unsigned inputs_ = 0;
  static inline std::chrono::milliseconds slowest_time_{};
  static inline std::string slowest_;
  static inline std::string input_;
};

class Malformed : public ::testing::Test {
 protected:
  static void TearDownTestSuite() { Clock::print(); }
};

// An error has a place within the bytes that it is about.
void expect_place(const Error& error, std::size_t size) {
  ASSERT_TRUE(error.offset) << sentence(error);
  EXPECT_LE(*error.offset, size) << sentence(error);
  EXPECT_NE(error.code, 0);
}

std::size_t distill_and_back(const Btf& btf, const NameIndex& target, const Policy& policy) {
  const auto distilled = Clock::time("distilling", [&] { return distill(btf, policy); });
  if (!distilled) return 0;
  const BtfPtr base = must_parse(distilled->base, {.dialect = btf.dialect()});
  const BtfPtr split = must_parse(distilled->split, {.base = base, .dialect = btf.dialect()});
  const auto relocated =
      Clock::time("relocating", [&] { return relocate(*split, target, policy); });
  return relocated ? relocated->bytes.size() : 0;
}

// As the base, and the distilled base, of a split that refers to all of it.
void exercise_as_base(const BtfPtr& btf, const NameIndex& target, const Policy& policy) {
  const StringTable strings = StringTable::of(*btf);
  Builder builder(strings, btf->end_id(), std::endian::native);
  for (std::uint32_t id = 1; id < std::min(btf->end_id(), 100U); ++id)
    builder.add_reference(Kind::ptr, id);
  const BtfPtr split = must_parse(builder.finish(), {.base = btf, .dialect = btf->dialect()});
  const auto relocated = relocate(*split, target, policy);
  if (relocated) {
    EXPECT_EQ(relocated->id_map.size(), split->end_id());
  }
  distill_and_back(*split, target, policy);
}

// Whatever can be parsed goes through every operation, under the earlier designs' policies as well
// where it is small.
void exercise(const BtfPtr& btf) {
  const CheckSet unmet = Clock::time("checking", [&] { return unmet_checks(*btf); });
  const auto first = first_unmet(*btf, CheckSet::all());
  ASSERT_EQ(first.has_value(), !unmet.empty());
  if (first) expect_place(*first, btf->image().size());
  EXPECT_EQ(Clock::time("digesting", [&] { return canonical_digest(*btf); }).hex().size(), 16U);
  const bool is_small = btf->image().size() < 10'000 && btf->end_id() < 10'000;
  if (is_small) {
    const std::string text = Clock::time("writing", [&] { return to_text(*btf); });
    EXPECT_GE(text.size(), btf->end_id() - btf->start_id());
  }
  EXPECT_EQ(to_wire(*btf, {btf->image().begin(), btf->image().end()}).size(), btf->image().size());
  const NameIndex index = Clock::time("indexing", [&] { return NameIndex(*btf); });
  EXPECT_EQ(index.find("record"), find_by_name(*btf, "record"));
  GraphComparison graph(*btf, *btf);
  EXPECT_TRUE(Clock::time("comparing", [&] {
    for (std::uint32_t id = btf->start_id(); id < btf->end_id(); ++id)
      if (!graph.same(id, id)) return false;
    return true;
  }));
  for (const Policy& policy : policies()) {
    if (!is_small && policy.follows(Rule::distill_fwd)) continue;
    EXPECT_LE(reached_base_types(*btf, policy).size(), btf->start_id());
    distill_and_back(*btf, index, policy);
    const auto relocated = Clock::time("relocating", [&] { return relocate(*btf, index, policy); });
    if (!relocated && btf->base()) {
      EXPECT_NE(relocated.error().error.code, 0);
    }
    if (is_small) exercise_as_base(btf, index, policy);
  }
}

// Parses in every way; errors have places, everything else is exercised. Returns whether the agreed
// policy opens it.
bool survives(const std::string& name, const ByteVector& bytes, const BtfPtr& base = nullptr) {
  Clock::name_input(name);
  for (const Dialect dialect : kBothDialects)
    for (const bool fwd_type_refers : {false, true}) {
      const ParseOptions options{
          .base = base, .dialect = dialect, .fwd_type_refers = fwd_type_refers};
      const auto parsed = Clock::time("parsing", [&] { return Btf::parse(bytes, options); });
      if (parsed)
        exercise(*parsed);
      else
        expect_place(parsed.error(), bytes.size());
    }
  const auto opened = open(bytes, agreed_policy(), base, true);
  if (!opened) expect_place(opened.error(), bytes.size());
  return opened.has_value();
}

Error refusal(const ByteVector& bytes, const BtfPtr& base = nullptr,
              Dialect dialect = Dialect::wide) {
  const auto parsed = Btf::parse(bytes, {.base = base, .dialect = dialect});
  if (!parsed) return parsed.error();
  const auto unmet = first_unmet(**parsed, CheckSet::all());
  if (!unmet) throw std::runtime_error("accepted, but should not");
  return *unmet;
}

// --- Truncation

// Every kind, and a layout, behind a header of 32 bytes.
RawLayer everything(std::endian order) {
  const BtfPtr all = must_parse(all_kinds());
  RawLayer raw{.order = order, .header_bytes = kLayoutHeaderBytes, .layout = known_layout()};
  const Header& header = all->header();
  for (std::uint32_t at = 0; at < header.type_len; at += kWordBytes)
    raw.types.push_back(load_word(all->image().data() + header.hdr_len + at));
  raw.strings.assign(
      reinterpret_cast<const char*>(all->image().data()) + header.hdr_len + header.str_off,
      header.str_len);
  return raw;
}

TEST_F(Malformed, AFileThatEndsTooEarlyIsRefusedAtEveryByte) {
  for (const std::endian order : kBothOrders)
    for (const ByteVector& whole : {all_kinds(order), everything(order).bytes()}) {
      ASSERT_TRUE(survives("the whole", whole));
      for (std::size_t size = 0; size < whole.size(); ++size) {
        const ByteVector bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(survives("a truncated file", bytes)) << size;
        EXPECT_FALSE(Btf::parse(bytes)) << size;
      }
    }
}

TEST_F(Malformed, ATypeSectionThatEndsTooEarlyIsRefusedAtEveryByteThatEndsNoRecord) {
  for (const std::endian order : kBothOrders) {
    const RawLayer whole = everything(order);
    const BtfPtr parsed = must_parse(whole.bytes());
    const ByteVector bytes = whole.bytes();
    std::uint32_t ends_at = kLayoutHeaderBytes;
    std::uint32_t id = 0;  // of the last whole record
    for (std::uint32_t length = 0; length < parsed->header().type_len; ++length) {
      if (kLayoutHeaderBytes + length ==
          parsed->record_offset(id + 1) + parsed->type(id + 1).words() * kWordBytes) {
        ++id;
        ends_at = kLayoutHeaderBytes + length;
      }
      ByteVector cut = bytes;
      poke(cut, 12, length, order);
      EXPECT_FALSE(survives("truncated types", cut)) << length;
      const auto result = Btf::parse(cut);
      EXPECT_EQ(result.has_value(), kLayoutHeaderBytes + length == ends_at) << length;
      if (result) continue;
      EXPECT_EQ(result.error().reason, Reason::type_truncated);
      EXPECT_EQ(result.error().type_id, id + 1) << length;
      EXPECT_EQ(result.error().offset, ends_at) << length;
    }
  }
}

TEST_F(Malformed, AStringSectionThatEndsTooEarlyIsRefusedOrLeavesNamesOutOfRange) {
  for (const std::endian order : kBothOrders) {
    const ByteVector whole = all_kinds(order);
    const Header header = must_parse(whole)->header();
    for (std::uint32_t length = 0; length < header.str_len; ++length) {
      ByteVector bytes(whole.begin(),
                       whole.begin() + static_cast<std::ptrdiff_t>(24 + header.str_off + length));
      poke(bytes, 20, length, order);
      EXPECT_FALSE(survives("truncated strings", bytes)) << length;
      const Error error = refusal(bytes);
      if (length == 0) {
        EXPECT_EQ(error.reason, Reason::string_section_empty);
      } else if (bytes.back() != std::byte{0}) {
        EXPECT_EQ(error.reason, Reason::string_section_unterminated);
      } else {
        EXPECT_EQ(error.check, Check::name_range);
      }
    }
  }
}

TEST_F(Malformed, ABaseWhoseFirstStringIsNotEmptyIsRefused) {
  const Error error = refusal(RawLayer{.strings = std::string("x\0", 2)}.bytes());
  EXPECT_EQ(error.reason, Reason::first_string_not_empty);
  EXPECT_EQ(error.offset, 24U);
}

TEST_F(Malformed, WhatIsNoBtfIsRefusedByItsMagic) {
  for (const std::string text :
       {"\x7f"
        "ELF............................",
        "\x89PNG\r\n..........................", "................................",
        "\x9f\xeb............................."}) {
    ByteVector bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    EXPECT_FALSE(survives("no BTF", bytes));
    if (text[1] != '\xeb') {
      EXPECT_EQ(refusal(bytes).reason, Reason::magic);
    }
  }
}

// --- The header

TEST_F(Malformed, EveryHeaderFieldAtItsLimitsIsRefusedUnlessItIsTheRightValue) {
  const std::uint32_t limits[] = {0,  1,  3,  4,          23,         24,         25,
                                  32, 33, 40, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};
  const BtfPtr base = must_parse(all_kinds());
  for (const std::endian order : kBothOrders)
    for (const bool wide : {false, true})
      for (const bool split : {false, true}) {
        const ByteVector bytes = wide ? everything(order).bytes() : all_kinds(order);
        const auto size = static_cast<std::uint32_t>(bytes.size());
        std::vector<std::uint32_t> values(std::begin(limits), std::end(limits));
        values.insert(values.end(), {size - 1, size, size + 1, size - 24, size - 32});
        for (std::size_t field = 4; field < (wide ? 32U : 24U); field += 4)
          for (const std::uint32_t value : values) {
            ByteVector changed = bytes;
            poke(changed, field, value, order);
            // On a base of its own the ids and names mean something else, but can be read.
            const bool accepted = survives("a header field", changed, split ? base : nullptr);
            if (!split) {
              EXPECT_EQ(accepted, changed == bytes) << field << " " << value;
            }
          }
      }
}

TEST_F(Malformed, TypesAreAlignedToWords) {
  for (const std::uint32_t gap : {1U, 2U, 3U, 4U}) {
    const ByteVector packed = all_kinds();
    ByteVector bytes(packed.begin(), packed.begin() + 24);
    bytes.resize(24 + gap);
    bytes.insert(bytes.end(), packed.begin() + 24, packed.end());
    poke(bytes, 8, gap);
    poke(bytes, 16, gap + testing::peek(packed, 16));
    EXPECT_FALSE(survives("types after a gap", bytes));
    const Error error = refusal(bytes);
    EXPECT_EQ(error.reason, gap == 4 ? Reason::check : Reason::type_section_alignment) << gap;
    EXPECT_EQ(error.offset, gap == 4 ? 24U : 8U) << gap;
  }
}

TEST_F(Malformed, EveryByteOfTheHeaderAtEveryValueIsSurvived) {
  for (const std::endian order : kBothOrders) {
    const ByteVector whole = everything(order).bytes();
    for (std::size_t at = 0; at < kLayoutHeaderBytes; ++at)
      for (unsigned value = 0; value < 256; value += 3) {
        ByteVector bytes = whole;
        bytes[at] = static_cast<std::byte>(value);
        EXPECT_EQ(survives("a header byte", bytes), bytes == whole) << at << " " << value;
      }
  }
}

TEST_F(Malformed, ALayoutThatContradictsTheFormatIsTold) {
  for (const std::endian order : kBothOrders) {
    const RawLayer good = everything(order);
    const CheckSet layout = {Check::layout_fits};
    for (std::size_t kind = 0; kind < good.layout.size(); ++kind)
      for (const unsigned wrong : {1U, 2U, 3U, 4U, 8U, 16U, 252U, 255U}) {
        RawLayer raw = good;
        raw.layout[kind].first = static_cast<std::uint8_t>(raw.layout[kind].first + wrong);
        // Void has no size that could be wrong, as long as it is made of words.
        const bool fits = kind == 0 && wrong % 4 == 0;
        const auto error = first_unmet(*must_parse(raw.bytes()), layout);
        EXPECT_EQ(!error, fits) << kind << " " << wrong;
        if (error) EXPECT_EQ(error->value, kind);
      }
    for (const std::pair<std::uint8_t, std::uint8_t> entry : {std::pair{2, 4}, std::pair{4, 2}}) {
      RawLayer unknown = good;
      unknown.layout.push_back(entry);  // of a kind that only the layout knows, but not in words
      EXPECT_EQ(first_unmet(*must_parse(unknown.bytes()), layout)->value, kKindCount);
      unknown.types.insert(unknown.types.end(), {0, kKindCount << 24, 0});
      EXPECT_EQ(refusal(unknown.bytes()).reason, Reason::kind_without_size);
    }
    RawLayer raw = good;
    raw.layout.resize(129);
    EXPECT_EQ(first_unmet(*must_parse(raw.bytes()), layout)->value, 128U);
    raw.layout.resize(128);
    EXPECT_FALSE(first_unmet(*must_parse(raw.bytes()), layout));
    ByteVector odd = good.bytes();
    poke(odd, 28, static_cast<std::uint32_t>(good.layout.size() * 4 - 2), order);
    EXPECT_EQ(refusal(odd).reason, Reason::layout_section);
  }
}

// --- Words of the types

TEST_F(Malformed, EveryIdOutOfRangeIsRefusedWhereItStands) {
  constexpr CheckSet kRanges = {Check::id_range, Check::return_id_range};
  for (const std::endian order : kBothOrders) {
    const ByteVector bytes = all_kinds(order);
    const BtfPtr good = must_parse(bytes);
    for (const Kind kind : every_kind()) {
      const Type type = good->type(static_cast<std::uint32_t>(kind));
      for_each_id(type, [&](std::size_t word) {
        const std::uint64_t at = good->record_offset(type.id()) + word * kWordBytes;
        for (const std::uint32_t id : {20U, 21U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
          ByteVector changed = bytes;
          poke(changed, at, id, order);
          EXPECT_FALSE(survives("an id out of range", changed));
          // An id that leads elsewhere may offend another type, which comes first, as well.
          const Error error = first_unmet(*must_parse(changed), kRanges).value();
          EXPECT_EQ(error.check, kind == Kind::func_proto && word == 2 ? Check::return_id_range
                                                                       : Check::id_range)
              << kind_name(kind) << " " << word;
          EXPECT_EQ(error.type_id, type.id()) << kind_name(kind) << " " << word;
          EXPECT_EQ(error.offset, at) << kind_name(kind) << " " << word;
          EXPECT_EQ(error.value, id);
        }
      });
    }
  }
}

TEST_F(Malformed, EveryStringOffsetOutOfRangeIsRefusedWhereItStands) {
  for (const std::endian order : kBothOrders) {
    const ByteVector bytes = all_kinds(order);
    const BtfPtr good = must_parse(bytes);
    for (const Kind kind : every_kind()) {
      const Type type = good->type(static_cast<std::uint32_t>(kind));
      for_each_name(type, [&](std::size_t word) {
        const std::uint64_t at = good->record_offset(type.id()) + word * kWordBytes;
        for (const std::uint32_t offset :
             {good->end_string(), good->end_string() + 1, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
          ByteVector changed = bytes;
          poke(changed, at, offset, order);
          EXPECT_FALSE(survives("a string offset out of range", changed));
          const Error error = refusal(changed);
          EXPECT_EQ(error.check, Check::name_range) << kind_name(kind) << " " << word;
          EXPECT_EQ(error.type_id, type.id());
          EXPECT_EQ(error.offset, at);
          EXPECT_EQ(error.value, offset);
        }
      });
    }
  }
}

TEST_F(Malformed, EveryWordOfEveryKindAtItsLimitsIsSurvived) {
  for (const std::endian order : kBothOrders) {
    const ByteVector bytes = all_kinds(order);
    const Header header = must_parse(bytes)->header();
    for (std::uint32_t at = 24; at < 24 + header.type_len; at += kWordBytes)
      for (const std::uint32_t value :
           {0U, 1U, 2U, 19U, 0xffU, 0x7fffffffU, 0x80000000U, 0xffff0000U, 0xffffffffU}) {
        ByteVector changed = bytes;
        poke(changed, at, value, order);
        const bool accepted = survives("a word of a type", changed);
        if (changed == bytes) {
          EXPECT_TRUE(accepted) << at;
        }
      }
  }
}

TEST_F(Malformed, AHugeVlenIsRefusedOfEveryKindThatHasElements) {
  for (const std::endian order : kBothOrders)
    for (const Dialect dialect : kBothDialects)
      for (const Kind kind : every_kind()) {
        const std::uint32_t vlen = dialect == Dialect::wide ? 0xffffff : 0xffff;
        const std::uint32_t record[] = {0, pack_info({kind, false, vlen}), 0, 0, 0, 0};
        const Shape shape = shape_of(kind);
        const RawLayer raw{
            .order = order,
            .types = {std::begin(record), record + shape.words(shape.element == 0 ? vlen : 1)}};
        EXPECT_FALSE(survives("a huge vlen", raw.bytes()));
        const Error error = refusal(raw.bytes(), nullptr, dialect);
        EXPECT_EQ(error.type_id, 1U) << kind_name(kind);
        if (shape.element == 0) {
          EXPECT_EQ(error.reason, Reason::check) << kind_name(kind);
          continue;
        }
        EXPECT_EQ(error.reason, Reason::type_truncated) << kind_name(kind);
        EXPECT_EQ(error.offset, 24U);
        EXPECT_EQ(error.value, vlen);
      }
}

TEST_F(Malformed, AKindThatIsNotKnownIsRefusedWithoutALayout) {
  for (const std::endian order : kBothOrders)
    for (unsigned kind = 0; kind < kMaxKinds; ++kind) {
      if (kind != 0 && kind < kKindCount) continue;
      const RawLayer raw{.order = order,
                         .types = {0, pack_info({Kind::ptr, false, 0}), 0, 0, kind << 24, 0}};
      EXPECT_FALSE(survives("an unknown kind", raw.bytes()));
      const Error wide = refusal(raw.bytes());
      EXPECT_EQ(wide.reason, Reason::kind_without_size) << kind;
      EXPECT_EQ(wide.type_id, 2U);
      EXPECT_EQ(wide.offset, 36U);
      EXPECT_EQ(wide.value, kind);
      const auto narrow = Btf::parse(raw.bytes(), {.dialect = Dialect::narrow});
      const unsigned as_narrow = kind & 0x1f;
      // Of the kinds that the narrow dialect sees, some need more words than there are.
      if (as_narrow == 0 || as_narrow >= kKindCount) {
        EXPECT_EQ(narrow.error().reason, Reason::kind_without_size) << kind;
      } else {
        EXPECT_EQ(narrow.has_value(), shape_of(static_cast<Kind>(as_narrow)).fixed == 0) << kind;
      }
    }
}

TEST_F(Malformed, VoidIsRefusedEvenWhereALayoutSizesIt) {
  const RawLayer raw{
      .header_bytes = kLayoutHeaderBytes, .types = {0, 0, 0}, .layout = known_layout()};
  EXPECT_FALSE(survives("a void type", raw.bytes()));
  EXPECT_EQ(refusal(raw.bytes()).reason, Reason::kind_without_size);
}

// --- Cycles

TEST_F(Malformed, CyclesOfEveryLengthAndSortAreRefusedByTheCheckAndSurvivedByTheRest) {
  using Link = std::function<void(Builder&, std::uint32_t to)>;
  const std::pair<std::string, Link> sorts[] = {
      {"const", [](Builder& b, std::uint32_t to) { b.add_reference(Kind::const_, to); }},
      {"ptr", [](Builder& b, std::uint32_t to) { b.add_reference(Kind::ptr, to); }},
      {"typedef", [](Builder& b, std::uint32_t to) { b.add_reference(Kind::typedef_, to, "t"); }},
      {"type tag", [](Builder& b, std::uint32_t to) { b.add_reference(Kind::type_tag, to, "t"); }},
      {"array", [](Builder& b, std::uint32_t to) { b.add_array(to, to, 1); }},
      {"struct", [](Builder& b,
                    std::uint32_t to) { b.add_composite(Kind::struct_, "s", 8, {{"m", to, 0}}); }},
      {"anonymous union",
       [](Builder& b, std::uint32_t to) { b.add_composite(Kind::union_, "", 8, {{"m", to, 0}}); }},
  };
  for (const auto& [name, link] : sorts)
    for (const std::uint32_t length : {1U, 2U, 3U, 31U, 33U, 1000U}) {
      Builder base;
      for (std::uint32_t id = 1; id < length; ++id) link(base, id + 1);
      link(base, 1);
      const ByteVector bytes = base.finish();
      EXPECT_FALSE(survives("a cycle of " + name, bytes)) << length;
      EXPECT_TRUE(unmet_checks(*must_parse(bytes)).has(Check::reference_loop)) << name;
      const auto error = first_unmet(*must_parse(bytes), {Check::reference_loop});
      ASSERT_TRUE(error && error->type_id && error->offset) << name;
    }
}

TEST_F(Malformed, FunctionsSectionsAndTagsThatReferToThemselvesAreRefused) {
  const std::function<void(Builder&)> builds[] = {
      [](Builder& b) { b.add_func("f", 1, 1); },
      [](Builder& b) { b.add_func_proto(1, {{"a", 1}}); },
      [](Builder& b) { b.add_var("v", 1, 1); },
      [](Builder& b) { b.add_decl_tag("t", 1, 0); },
      [](Builder& b) {
        const std::uint32_t entry[] = {1, 0, 4};
        b.add({Kind::datasec, false, 1}, ".data", 4, entry);
      },
  };
  for (const auto& build : builds) {
    Builder base;
    build(base);
    EXPECT_FALSE(survives("a type that refers to itself", base.finish()));
  }
}

// --- Depth and width

// A split that holds the end of a deep chain in the base, through every operation.
void survive_deep(const std::string& name, const ByteVector& base_bytes, std::uint32_t last) {
  Clock::name_input(name);
  const BtfPtr base = Clock::time("parsing", [&] { return must_parse(base_bytes); });
  const CheckSet unmet = Clock::time("checking", [&] { return unmet_checks(*base); });
  EXPECT_FALSE(unmet.has(Check::reference_loop));
  const StringTable strings = StringTable::of(*base);
  Builder split(strings, base->end_id(), std::endian::native);
  split.add_composite(Kind::struct_, "holder", 8, {{"m", last, 0}});
  exercise(must_parse_on(base, split.finish()));
}

struct Chain {
  std::string name;
  std::function<void(Builder&, std::uint32_t to)> link;
};

void PrintTo(const Chain& chain, std::ostream* out) {
  *out << chain.name;
}

class MalformedChain : public Malformed, public ::testing::WithParamInterface<Chain> {};

TEST_P(MalformedChain, OfAnyDepthIsWalkedWithoutRecursion) {
  for (const bool downward : {false, true}) {
    // From the last type down to the first, or from the first up to the last.
    Builder base;
    base.add_int("int", 4);
    for (std::uint32_t id = 2; id <= kDeep; ++id)
      GetParam().link(base, downward ? id - 1 : id == kDeep ? 1 : id + 1);
    survive_deep("a chain of " + GetParam().name, base.finish(), downward ? kDeep : 2);
  }
}

const Chain kChains[] = {
    {"Modifiers", [](Builder& b, std::uint32_t to) { b.add_reference(Kind::volatile_, to); }},
    {"Pointers", [](Builder& b, std::uint32_t to) { b.add_reference(Kind::ptr, to); }},
    {"Arrays", [](Builder& b, std::uint32_t to) { b.add_array(to, 1, 2); }},
    {"AnonymousStructs",
     [](Builder& b, std::uint32_t to) { b.add_composite(Kind::struct_, "", 8, {{"", to, 0}}); }},
    {"Prototypes", [](Builder& b, std::uint32_t to) { b.add_func_proto(0, {{"", to}}); }},
};

INSTANTIATE_TEST_SUITE_P(Of, MalformedChain, ::testing::ValuesIn(kChains),
                         [](const auto& chain) { return chain.param.name; });

TEST_F(Malformed, WaysThroughATypeAreNotCountedOut) {
  // Each struct holds the one before it twice: 2^1000 ways, 1000 types.
  Builder base;
  base.add_int("int", 4);
  for (std::uint32_t id = 1; id <= 1000; ++id)
    base.add_composite(Kind::struct_, "", 8, {{"a", id, 0}, {"b", id, 0}});
  survive_deep("2^1000 ways", base.finish(), 1001);
}

TEST_F(Malformed, AStructOfVeryManyMembersIsRead) {
  RawLayer raw{.types = {0, pack_info({Kind::union_, false, 0xffffff}), 0}};
  raw.types.resize(3 + 3 * std::size_t{100'000}, 0);
  raw.types[1] = pack_info({Kind::union_, false, 100'000});
  EXPECT_FALSE(survives("100,000 members", raw.bytes()));
  EXPECT_EQ(refusal(raw.bytes()).check, Check::void_reference);
}

TEST_F(Malformed, VeryManyTypesOfOneNameInTheTargetAreReadOncePerDistilledType) {
  for (const Kind kind : {Kind::struct_, Kind::int_, Kind::enum_}) {
    const auto add = [&](Builder& builder, std::uint32_t bytes) {
      if (kind == Kind::int_)
        builder.add_int("x", bytes);
      else if (kind == Kind::enum_)
        builder.add_enum(kind, "x", bytes);
      else
        builder.add_composite(kind, "x", bytes);
    };
    const testing::RelocationInput input{
        .distilled = [&](Builder& base) { add(base, 4); },
        .split = [](Builder& split) { split.add_reference(Kind::ptr, 1); },
        .target =
            [&](Builder& target) {
              for (std::uint32_t number = 1; number <= 100'000; ++number)
                add(target, number == 77'777 ? 4 : 8);
            }};
    const BtfPtr split = input.parse_split();
    const BtfPtr target = input.parse_target();
    Clock::name_input("100,000 of one name");
    const NameIndex index(*target);
    for (const Policy& policy : policies()) {
      const auto relocated =
          Clock::time("relocating", [&] { return relocate(*split, index, policy); });
      ASSERT_TRUE(relocated) << policy.name;
      EXPECT_EQ(relocated->id_map[1], 77'777U) << policy.name;
    }
  }
}

TEST_F(Malformed, ManyTypesOfOneNameOnBothSidesAreJudgedOncePerPair) {
  class CountingJudge : public Judge {
   public:
    [[nodiscard]] bool fits(const Match& match) const override {
      ++calls;
      return Judge::fits(match);
    }
    mutable std::size_t calls = 0;
  };
  constexpr std::uint32_t kMany = 1000;
  const testing::RelocationInput input{.distilled =
                                           [](Builder& base) {
                                             for (std::uint32_t size = 0; size < kMany; ++size)
                                               base.add_composite(Kind::struct_, "s", size);
                                           },
                                       .target =
                                           [](Builder& target) {
                                             for (std::uint32_t size = kMany; size > 0; --size)
                                               target.add_composite(Kind::struct_, "s", size - 1);
                                           }};
  const BtfPtr split = input.parse_split();
  const BtfPtr target = input.parse_target();
  const CountingJudge judge;
  Clock::name_input("1,000 by 1,000 of one name");
  const NameIndex index(*target);
  const auto relocated = Clock::time(
      "relocating", [&] { return relocate(*split, index, agreed_policy(), nullptr, &judge); });
  ASSERT_TRUE(relocated);
  for (std::uint32_t id = 1; id <= kMany; ++id) EXPECT_EQ(relocated->id_map[id], kMany + 1 - id);
  EXPECT_EQ(judge.calls, std::size_t{kMany} * kMany);
}

TEST_F(Malformed, VeryManyEqualStringsAreReadThrough) {
  std::string strings(1, '\0');
  for (int count = 0; count < 100'000; ++count) strings += std::string("x\0", 2);
  const BtfPtr btf = must_parse(RawLayer{.strings = strings}.bytes());
  Clock::name_input("100,000 equal strings");
  const StringTable table = Clock::time("gathering", [&] { return StringTable::of(*btf); });
  EXPECT_EQ(table.find("x"), 1U);
  EXPECT_EQ(table.end(), btf->end_string());
}

TEST_F(Malformed, AStringAsLongAsTheFileIsComparedOnlyWhereItIsUsed) {
  // Two thousand names that all end in the same hundred kilobytes.
  RawLayer raw{.strings = std::string(1, '\0') + std::string(100'000, 'a') + std::string(1, '\0')};
  for (std::uint32_t offset = 1; offset <= 2000; ++offset)
    raw.types.insert(raw.types.end(), {offset, pack_info({Kind::struct_, false, 0}), 4});
  Clock::name_input("long names");
  const BtfPtr btf = must_parse(raw.bytes());
  const NameIndex index = Clock::time("indexing", [&] { return NameIndex(*btf); });
  EXPECT_EQ(index.find(std::string(100'000, 'a')), 1U);
  EXPECT_FALSE(index.find("b"));
}

}  // namespace
}  // namespace btf
