// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// Every promise of a sequence, and that it is seen to be broken: libbpf's table is changed in one
// place, and a program is run that meets the place.
#include "oracles/properties/sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/libbpf_oracle.h"
#include "oracles/properties/nomem.h"
#include "oracles/properties/type_room.h"
#include "relocator/builder.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

const libbpf_ops& real() {
  return **retort_libbpf_all;
}

btf::Dialect dialect() {
  return dialect_of(real());
}

Pair with_program(std::string_view program) {
  Pair pair;
  const auto bytes = std::as_bytes(std::span(program));
  pair.append(kProgram, {bytes.begin(), bytes.end()});
  return pair;
}

Answer run(const libbpf_ops& ops, std::string_view program) {
  real().init();
  return check_sequence({.ops = &ops, .dialect = dialect()}, with_program(program));
}

constexpr std::string_view kOrdinary =
    "a = empty\n"
    "add_int a \"int\" 4 1\n"
    "add_struct a \"s\" 8\n"
    "add_field a \"x\" new:1 0 0\n"
    "add_field a \"y\" new:1 0x20 3\n"
    "b = empty a\n"
    "add_ptr b all:1\n"
    "add_typedef b \"t\" new:0\n"
    "add_str b \"s\"\n"
    "find_by_name_kind b \"t\" typedef\n"
    "find_by_name b \"no such name\"\n"
    "resolve_size b new:0\n"
    "align_of b all:1\n"
    "set_endianness b 1\n"
    "low, high = distill b\n"
    "c = copy b\n"
    "dedup c\n"
    "add_btf c low\n"
    "raw_data c\n"
    "free c\n";

TEST(Sequences, AnOrdinaryLifeKeepsEveryPromise) {
  const Answer answer = run(real(), kOrdinary);
  EXPECT_EQ(answer.outcome, Outcome::accepted) << answer.property << ": " << answer.detail;
}

TEST(Sequences, EveryCallOfAnOrdinaryLifeRuns) {
  const Program program = parse_program(kOrdinary);
  const ProgramRun run = run_program(real(), dialect(), with_program(kOrdinary), program, {});
  ASSERT_EQ(run.steps.size(), program.size());
  for (std::size_t call = 0; call < program.size(); ++call)
    EXPECT_TRUE(run.steps[call].ran) << to_text(program[call]);
}

TEST(Sequences, MisuseIsNeverExecuted) {
  const char* const text =
      "a = empty\n"
      "add_typedef a \"t\" beyond:5\n"
      "align_of a new:0\n"
      "dedup a\n"
      "free a\n"
      "type_cnt a\n";
  const ProgramRun run =
      run_program(real(), dialect(), with_program(text), parse_program(text), {});
  EXPECT_FALSE(run.broken);
  for (const std::size_t call : {2U, 3U, 5U}) EXPECT_FALSE(run.steps[call].ran);
}

TEST(Sequences, AHazardousCallIsFoundWithoutBeingMade) {
  EXPECT_TRUE(reaches(with_program("a = empty\nalign_of a beyond:0\n"), dialect(),
                      Hazard::align_of_missing));
  EXPECT_TRUE(reaches(with_program("a = empty\nadd_typedef a \"t\" beyond:0\nalign_of a all:0\n"),
                      dialect(), Hazard::align_of_endless));
  EXPECT_TRUE(sequence_hazards(with_program(kOrdinary), dialect()).none());
}

// ---- a table with one defect ----

int code_without_errno(const lb_btf* btf, const char* name) {
  const int code = real().find(btf, name);
  errno = 0;
  return code;
}
int later_id(lb_btf* btf, const lb_add* what) {
  const int id = real().add(btf, what);
  return id > 0 ? id + 1 : id;
}
int other_size(lb_btf* btf, const lb_add* what) {
  lb_add other = *what;
  if (other.what == lb_struct) ++other.size;
  return real().add(btf, &other);
}
int deaf(lb_btf* /*btf*/, int /*big*/) {
  return 0;
}
int finds_nothing(const lb_btf* /*btf*/, const char* /*name*/, std::uint32_t /*kind*/) {
  errno = ENOENT;
  return -ENOENT;
}
std::size_t size_that_edits(const lb_btf* btf) {
  real().add_string(const_cast<lb_btf*>(btf), "edited");
  lb_add what{};
  what.what = lb_ptr;
  real().add(const_cast<lb_btf*>(btf), &what);
  return real().pointer_size(btf);
}
// Bytes in which one word of the first type is another.
const void* other_bytes(const lb_btf* btf, std::uint32_t* length) {
  static std::vector<std::byte> bytes;
  const auto* data = static_cast<const std::byte*>(real().raw(btf, length));
  bytes.assign(data, data + *length);
  if (bytes.size() > btf::kHeaderBytes + 8) bytes[btf::kHeaderBytes + 8] ^= std::byte{1};
  return bytes.data();
}
int failure_that_edits(lb_btf* btf, const lb_add* what) {
  if (what->what != lb_float) return real().add(btf, what);
  lb_add pointer{};
  pointer.what = lb_ptr;
  real().add(btf, &pointer);
  errno = EINVAL;
  return -EINVAL;
}
// The id that was guessed depends on what was asked before.
int remembers_question = 0;
const void* remembering_raw(const lb_btf* btf, std::uint32_t* length) {
  ++remembers_question;
  return real().raw(btf, length);
}
int remembering_resolve(const lb_btf* btf, std::uint32_t id) {
  return real().resolve_type(btf, id) + (remembers_question > 0 ? 1 : 0);
}

struct Defect {
  const char* property;
  void (*plant)(libbpf_ops& ops);
};

class PlantedDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(PlantedDefect, BreaksItsPromise) {
  remembers_question = 0;
  libbpf_ops ops = real();
  GetParam().plant(ops);
  const Answer answer = run(ops,
                            "a = empty\n"
                            "add_int a \"int\" 4 1\n"
                            "add_struct a \"s\" 8\n"
                            "add_float a \"f\" 3\n"
                            "add_const a all:0\n"
                            "resolve_type a new:0\n"
                            "find_by_name a \"nothing\"\n"
                            "find_by_name_kind a \"s\" struct\n"
                            "set_endianness a 1\n"
                            "raw_data a\n");
  EXPECT_EQ(answer.outcome, Outcome::broken);
  EXPECT_EQ(answer.property, GetParam().property) << answer.detail;
}

INSTANTIATE_TEST_SUITE_P(
    Sequences, PlantedDefect,
    ::testing::Values(
        Defect{"errors-are-told", [](libbpf_ops& ops) { ops.find = code_without_errno; }},
        Defect{"next-id", [](libbpf_ops& ops) { ops.add = later_id; }},
        Defect{"reads-back", [](libbpf_ops& ops) { ops.add = other_size; }},
        Defect{"failure-changes-nothing", [](libbpf_ops& ops) { ops.add = failure_that_edits; }},
        Defect{"setters-are-heard", [](libbpf_ops& ops) { ops.set_endianness = deaf; }},
        Defect{"finds-the-first", [](libbpf_ops& ops) { ops.find_kind = finds_nothing; }},
        Defect{"raw-data-says-the-same", [](libbpf_ops& ops) { ops.raw = other_bytes; }},
        Defect{"getters-change-nothing",
               [](libbpf_ops& ops) { ops.pointer_size = size_that_edits; }},
        Defect{"getters-change-nothing",
               [](libbpf_ops& ops) {
                 ops.raw = remembering_raw;
                 ops.resolve_type = remembering_resolve;
               }}),
    [](const ::testing::TestParamInfo<Defect>& defect) {
      std::string name(defect.param.property);
      std::erase(name, '-');
      return name + std::to_string(defect.index);
    });

// ---- the order of types ----

int stays_as_it_is(lb_btf* /*btf*/, std::uint32_t* /*map*/, std::uint32_t /*count*/) {
  return 0;
}

constexpr std::string_view kPermuted =
    "a = empty\n"
    "add_int a \"int\" 4 1\n"
    "add_ptr a all:0\n"
    "add_struct a \"s\" 8\n"
    "add_field a \"x\" all:1 0 0\n"
    "permute a 0\n"
    "find_by_name_kind a \"s\" struct\n"
    "b = empty a\n"
    "add_typedef b \"t\" all:0\n"
    "add_typedef b \"u\" new:0\n"
    "permute b 1\n";

TEST(Sequences, APermutationThatMovesNothingBreaksAPromise) {
  libbpf_ops ops = real();
  ops.permute = stays_as_it_is;
  const Answer answer = run(ops, kPermuted);
  EXPECT_EQ(answer.property, "reads-back");
  EXPECT_THAT(answer.detail, HasSubstr("call 6, permute a 0: "));
}

TEST(Sequences, APermutationKeepsEveryPromiseOrIsLeftOut) {
  const Program program = parse_program(kPermuted);
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops) {
    (*ops)->init();
    const ProgramRun run =
        run_program(**ops, dialect_of(**ops), with_program(kPermuted), program, {});
    EXPECT_FALSE(run.broken) << run.broken->detail;
    for (const std::size_t call : {5U, 10U})
      EXPECT_EQ(run.steps[call].ran, (*ops)->permute != nullptr);
  }
}

TEST(Sequences, ACopyThatComesToReferToItselfReadsBack) {
  const Answer answer = run(real(),
                            "a = empty\n"
                            "add_int a \"int\" 4 1\n"
                            "add_typedef a \"t\" all:0\n"
                            "b = empty\n"
                            "add_type b a all:1\n");
  EXPECT_EQ(answer.outcome, Outcome::accepted) << answer.detail;
}

TEST(Sequences, AppendingASplitToItselfOrToItsLikeKeepsEveryPromiseOrIsRefused) {
  constexpr std::string_view text =
      "a = empty\n"
      "add_int a \"int\" 4 1\n"
      "b = empty a\n"
      "add_ptr b all:0\n"
      "add_const b new:0\n"
      "c = empty a\n"
      "add_btf c b\n"
      "add_btf c b\n"
      "add_btf b b\n";
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops) {
    (*ops)->init();
    const ProgramRun run =
        run_program(**ops, dialect_of(**ops), with_program(text), parse_program(text), {});
    EXPECT_FALSE(run.broken) << run.broken->property << ": " << run.broken->detail;
  }
}

TEST(TypeRoom, GrowsByAQuarterAndOverflowsOnlyWhereTheBlockIsNoLarger) {
  TypeRoom room;
  for (const std::uint32_t expected : {16U, 24U, 36U, 48U, 60U, 75U, 93U, 116U}) {
    room.append(12);
    EXPECT_EQ(room.room, expected);
  }
  EXPECT_FALSE(room.overflows(12));
  room.is_exact = true;
  EXPECT_TRUE(room.overflows(20));
  EXPECT_FALSE(room.overflows(21));
  room.append(21);
  EXPECT_FALSE(room.overflows(4));
}

// ---- hazards ----

// A split with one TYPEDEF of that name is appended to itself, then a type of its base to it.
Pair doubled_split_and_its_base(std::string_view name) {
  btf::Builder base;
  base.add_int("int", 4, 1);
  btf::Builder split(base, std::endian::native);
  split.add_reference(btf::Kind::typedef_, 1, name);
  Pair pair = with_program(
      "a = parse BASE\n"
      "b = parse SPLT a\n"
      "add_btf b b\n"
      "add_type b a all:0\n");
  pair.append(kBase, base.finish());
  pair.append(kSplit, split.finish());
  return pair;
}

TEST(Hazards, ABaseKeepsItsBytesWhileOnlyItsOwnNamesAreAppended) {
  for (const btf::Dialect read : {btf::Dialect::narrow, btf::Dialect::wide})
    EXPECT_TRUE(reaches(doubled_split_and_its_base("int"), read, Hazard::own_bytes));
}

TEST(Hazards, ABaseGivesUpItsBytesWhereANewNameIsLookedUp) {
  if (dialect_of(version_reading(btf::Dialect::wide)) != btf::Dialect::wide)
    GTEST_SKIP() << "no version that appends a split to its like";
  EXPECT_FALSE(reaches(doubled_split_and_its_base("t"), btf::Dialect::wide, Hazard::own_bytes));
}

TEST(Hazards, ADistilledBaseWithoutTypesIsStillAsItWasMade) {
  constexpr std::string_view kDistillsNothing =
      "a = empty\n"
      "b = empty a\n"
      "add_ptr b void\n"
      "low, high = distill b\n"
      "add_name high low void\n";
  for (const btf::Dialect read : {btf::Dialect::narrow, btf::Dialect::wide})
    EXPECT_TRUE(reaches(with_program(kDistillsNothing), read, Hazard::own_bytes));
}

TEST(Hazards, WhatFailsWhileAWholeObjectIsAppendedLeavesItsRoomBehind) {
  if (dialect_of(version_reading(btf::Dialect::wide)) != btf::Dialect::wide)
    GTEST_SKIP() << "no version that undoes what it appended as it should";
  const Pair pair = with_program(
      "a = empty\n"
      "4 x add_ptr a void\n"
      "b = empty\n"
      "add_ptr b void\n"
      "add_btf b a\n"
      "permute b 0\n"
      "add_ptr b void\n");
  EXPECT_FALSE(reaches(pair, btf::Dialect::wide, Hazard::stale_room));
  EXPECT_TRUE(reaches_by(Op::nomem, pair, btf::Dialect::wide, Hazard::stale_room));
}

// ---- memory ----

void free_that_miscounts(lb_btf* btf) {
  real().free(btf);
  ++real().memory->live;
}

TEST(Memory, WhatIsNotGivenBackIsTold) {
  libbpf_ops ops = real();
  ops.free = free_that_miscounts;
  const Answer answer = LibbpfOracle(ops).answer(Op::sequence, with_program("a = empty\n"));
  EXPECT_EQ(answer.property, "no-leak");
}

TEST(Memory, TheNthAllocationFailsAndNoOther) {
  lb_memory& memory = *real().memory;
  memory.fail_at = memory.count + 2;
  lb_btf* const refused = real().new_empty(nullptr);
  EXPECT_EQ(refused, nullptr);
  EXPECT_EQ(memory.failed, 1);
  lb_btf* const made = real().new_empty(nullptr);
  EXPECT_NE(made, nullptr);
  real().free(made);
  memory.fail_at = 0;
}

TEST(Memory, AFailingAllocationIsToldByEveryCallOfAnOrdinaryLife) {
  // Deduplication and appending a whole object do not: those are entries of the table.
  const std::string_view text = kOrdinary.substr(0, kOrdinary.find("dedup"));
  const Program program = parse_program(text);
  const Pair pair = with_program(text);
  const ProgramRun plain = run_program(real(), dialect(), pair, program, {});
  EXPECT_GT(plain.allocations, 50U);
  for (std::uint64_t nth = 1; nth <= plain.allocations; ++nth) {
    const ProgramRun run = run_program(real(), dialect(), pair, program, {.fail_at = nth});
    EXPECT_TRUE(run.failed_to_allocate) << nth;
    EXPECT_FALSE(run.broken) << nth << ": " << run.broken->detail;
  }
}

int error_that_misleads(const void* data, std::uint32_t length, lb_btf* base, lb_btf** out) {
  const int code = real().parse(data, length, base, out);
  return code == -ENOMEM ? -EINVAL : code;
}

TEST(Memory, AnotherErrorForWantOfMemoryIsABrokenPromise) {
  libbpf_ops ops = real();
  ops.parse = error_that_misleads;
  lb_btf* const object = real().new_empty(nullptr);
  std::uint32_t length = 0;
  const auto* data = static_cast<const std::byte*>(real().raw(object, &length));
  Pair pair;
  pair.append(kBase, {data, data + length});
  real().free(object);
  const Answer answer = LibbpfOracle(ops).answer(Op::nomem, pair);
  EXPECT_EQ(answer.property, "nomem-is-told");
  EXPECT_THAT(answer.detail, HasSubstr("check with allocation 1 of"));
  const Answer plain = LibbpfOracle(real()).answer(Op::nomem, pair);
  // Of deduplication the table has an entry; parsing says what it should.
  EXPECT_THAT(plain.detail, ::testing::Not(HasSubstr("check with")));
}

TEST(Memory, FewAllocationsAllFailAndManyInEveryStretch) {
  const Pair pair = with_program("a = empty\n");
  EXPECT_THAT(allocations_to_fail(3, pair), ::testing::ElementsAre(1, 2, 3));
  const std::vector<std::uint64_t> some = allocations_to_fail(120, pair);
  ASSERT_EQ(some.size(), 12U);
  for (std::size_t stretch = 0; stretch < some.size(); ++stretch) {
    EXPECT_GT(some[stretch], stretch * 10);
    EXPECT_LE(some[stretch], stretch * 10 + 10);
  }
}

}  // namespace
}  // namespace retort
