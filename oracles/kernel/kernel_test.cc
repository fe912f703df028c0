// SPDX-License-Identifier: GPL-2.0
//
// Who accepts what: a row for each sort of input on which libbpf and the kernel's two ways of
// reading BTF differ, put to the kernel itself and to the reference under its description. And what
// holds of relocation in the kernel.
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <functional>

#include "oracles/entries.h"
#include "oracles/kernel/kernel_oracle.h"
#include "oracles/model.h"
#include "relocator/builder.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;
using ByteVector = std::vector<std::byte>;

constexpr std::uint32_t kSigned = 1;
constexpr std::size_t kHeaderWords = btf::kHeaderBytes / btf::kWordBytes;

struct Row {
  std::string input;
  bool loaded;   ///< BPF_BTF_LOAD accepts it
  bool trusted;  ///< it is accepted as a vmlinux or a module's base
  std::function<ByteVector()> make;
};

ByteVector base_with(const std::function<void(Builder&)>& fill,
                     std::endian order = std::endian::native) {
  Builder base(order);
  base.add_int("int", 4, kSigned);
  fill(base);
  return base.finish();
}

ByteVector plain() {
  return base_with([](Builder&) {});
}

std::function<ByteVector()> types(std::function<void(Builder&)> fill) {
  return [fill = std::move(fill)] { return base_with(fill); };
}

std::uint32_t word(const ByteVector& bytes, std::size_t at) {
  return btf::load_word(bytes.data() + at * btf::kWordBytes);
}

void set_word(ByteVector& bytes, std::size_t at, std::uint32_t value) {
  btf::store_word(bytes.data() + at * btf::kWordBytes, value);
}

// The header's words: magic, version and flags; its length; offset and length of types and strings.
std::function<ByteVector()> header_word(std::size_t at, std::uint32_t value) {
  return [=] {
    ByteVector bytes = plain();
    set_word(bytes, at, value);
    return bytes;
  };
}

ByteVector trailing_bytes() {
  ByteVector bytes = plain();
  bytes.resize(bytes.size() + 4);
  return bytes;
}

ByteVector gap_before_strings() {
  ByteVector bytes = plain();
  const std::size_t strings = btf::kHeaderBytes + word(bytes, 4);
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(strings), 4, std::byte{0});
  set_word(bytes, 4, word(bytes, 4) + 4);
  return bytes;
}

ByteVector longer_header(std::byte extra) {
  ByteVector bytes = plain();
  bytes.insert(bytes.begin() + btf::kHeaderBytes, 16, extra);
  set_word(bytes, 1, btf::kHeaderBytes + 16);
  return bytes;
}

// A header that ends before its version, which then counts as none.
ByteVector header_of_two_bytes() {
  ByteVector bytes = plain();
  set_word(bytes, 1, 2);
  return bytes;
}

ByteVector without_types() {
  return Builder().finish();
}

ByteVector strings_first() {
  ByteVector bytes = plain();
  const std::uint32_t type_length = word(bytes, 3);
  ByteVector strings(bytes.begin() + btf::kHeaderBytes + type_length, bytes.end());
  strings.resize((strings.size() + 3) / 4 * 4);
  ByteVector swapped(bytes.begin(), bytes.begin() + btf::kHeaderBytes);
  swapped.insert(swapped.end(), strings.begin(), strings.end());
  swapped.insert(swapped.end(), bytes.begin() + btf::kHeaderBytes,
                 bytes.begin() + btf::kHeaderBytes + type_length);
  const auto string_length = static_cast<std::uint32_t>(strings.size());
  set_word(swapped, 2, string_length);
  set_word(swapped, 4, 0);
  set_word(swapped, 5, string_length);
  return swapped;
}

ByteVector foreign_order() {
  constexpr bool little = std::endian::native == std::endian::little;
  return base_with([](Builder&) {}, little ? std::endian::big : std::endian::little);
}

// An unknown kind behind a header of the newer dialect, which has a layout for it.
ByteVector kind_with_layout() {
  ByteVector bytes = plain();
  bytes.insert(bytes.begin() + btf::kHeaderBytes, 8, std::byte{0});
  set_word(bytes, 1, btf::kLayoutHeaderBytes);
  set_word(bytes, kHeaderWords + 1, 4);
  bytes.resize(bytes.size() + 4);
  return bytes;
}

ByteVector int_with_two_encodings() {
  ByteVector bytes = plain();
  set_word(bytes, kHeaderWords + 3, 0x03000020);
  return bytes;
}

std::vector<Row> rows() {
  const auto reference_to_self = [](Kind kind, std::string_view name) {
    return types([=](Builder& base) { base.add_reference(kind, 2, name); });
  };
  return {
      {"trailing bytes", false, false, trailing_bytes},
      {"a gap before the strings", false, false, gap_before_strings},
      {"version 2", false, false, header_word(0, 0x0002eb9f)},
      {"flags 1", false, false, header_word(0, 0x0101eb9f)},
      {"a longer header that is not zero", false, false,
       [] { return longer_header(std::byte{1}); }},
      {"a longer header of zeros", true, true, [] { return longer_header(std::byte{0}); }},
      {"a header of two bytes", false, false, header_of_two_bytes},
      {"no types at all", false, true, without_types},
      {"strings before types", false, false, strings_first},
      {"an unknown kind with a layout", false, false, kind_with_layout},
      {"the other byte order", false, false, foreign_order},
      {"an anonymous INT", true, true, types([](Builder& base) { base.add_int({}, 4); })},
      {"an anonymous FLOAT", true, true, types([](Builder& base) { base.add_float({}, 8); })},
      {"an anonymous FWD", false, false, types([](Builder& base) { base.add_fwd({}, false); })},
      {"an anonymous TYPEDEF", false, false,
       types([](Builder& base) { base.add_reference(Kind::typedef_, 1); })},
      {"a named PTR", false, false,
       types([](Builder& base) { base.add_reference(Kind::ptr, 1, "p"); })},
      {"a named CONST", false, false,
       types([](Builder& base) { base.add_reference(Kind::const_, 1, "c"); })},
      {"a name that is no identifier", false, false,
       types([](Builder& base) { base.add_composite(Kind::struct_, "a b", 4); })},
      {"an identifier with letters of Latin-1", true, true,
       types([](Builder& base) { base.add_composite(Kind::struct_, "na\xefve", 4); })},
      {"a FWD with a type", false, false,
       types([](Builder& base) { base.add({Kind::fwd, false, 0}, "f", 1); })},
      {"a PTR with vlen", false, false,
       types([](Builder& base) { base.add({Kind::ptr, false, 1}, {}, 1); })},
      {"a PTR with kflag", false, false,
       types([](Builder& base) { base.add({Kind::ptr, true, 0}, {}, 1); })},
      {"a member that begins beyond its struct", false, false,
       types([](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 64}}); })},
      {"a member that ends beyond its struct", false, true,
       types([](Builder& base) { base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 32}}); })},
      {"a loop before a member that begins beyond its struct", false, false,
       types([](Builder& base) {
         base.add_reference(Kind::ptr, 2);
         base.add_composite(Kind::struct_, "s", 4, {{"a", 1, 64}});
       })},
      {"a loop before an id that no BTF has", false, false, types([](Builder& base) {
         base.add_reference(Kind::ptr, 2);
         base.add_reference(Kind::ptr, 0x100000);
       })},
      {"a loop before a parameter that is no identifier", false, true, types([](Builder& base) {
         base.add_reference(Kind::ptr, 2);
         base.add_func_proto(0, {{"a b", 1}});
       })},
      {"members that do not ascend", false, false, types([](Builder& base) {
         base.add_composite(Kind::struct_, "s", 8, {{"a", 1, 32}, {"b", 1, 0}});
       })},
      {"a union's member off zero", false, false,
       types([](Builder& base) { base.add_composite(Kind::union_, "u", 8, {{"a", 1, 32}}); })},
      {"an enum of 3 bytes", false, false,
       types([](Builder& base) { base.add({Kind::enum_, false, 0}, "e", 3); })},
      {"a float of 10 bytes", false, false, types([](Builder& base) { base.add_float("f", 10); })},
      {"a DATASEC without size", false, false,
       types([](Builder& base) { base.add({Kind::datasec, false, 0}, ".data", 0); })},
      {"an extern FUNC", false, false,
       types([](Builder& base) { base.add_func("f", base.add_func_proto(0), 2); })},
      {"an extern VAR", false, false, types([](Builder& base) { base.add_var("v", 1, 2); })},
      {"an INT with two encodings", false, false, int_with_two_encodings},
      {"a typedef of itself", false, false, reference_to_self(Kind::typedef_, "t")},
      {"a pointer to itself", false, true, reference_to_self(Kind::ptr, {})},
      {"a struct that holds itself", false, true,
       types([](Builder& base) { base.add_composite(Kind::struct_, "s", 8, {{"s", 2, 0}}); })},
      {"a DECL_TAG on an INT", false, true,
       types([](Builder& base) { base.add_decl_tag("tag", 1); })},
  };
}

Pair base_of(const ByteVector& bytes) {
  Pair pair;
  pair.append(kBase, bytes);
  return pair;
}

Answer predicted_for(std::string_view oracle, const Pair& pair) {
  return Model(documented_entries(oracle)).answer(Op::check, pair);
}

class EveryKernel : public ::testing::TestWithParam<const kernel_version*> {
 protected:
  static KernelOracle kernel(KernelPath path) { return {*GetParam(), path}; }
};

std::vector<const kernel_version*> versions() {
  std::vector<const kernel_version*> all;
  for (const kernel_version* at = retort_kernel_all; at->ops != nullptr; ++at) all.push_back(at);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Kernel, EveryKernel, ::testing::ValuesIn(versions()),
                         [](const auto& version) {
                           std::string name = "v" + std::string(version.param->series);
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

TEST_P(EveryKernel, LoadsAndRefusesWhatTheTableSays) {
  const KernelOracle kernel = EveryKernel::kernel(KernelPath::checked);
  for (const Row& row : rows()) {
    const Answer answer = kernel.answer(Op::check, base_of(row.make()));
    EXPECT_EQ(answer.outcome, row.loaded ? Outcome::accepted : Outcome::rejected)
        << row.input << ": " << answer.detail;
  }
}

TEST_P(EveryKernel, TrustsOrRefusesAsVmlinuxWhatTheTableSays) {
  const KernelOracle kernel = EveryKernel::kernel(KernelPath::trusted);
  for (const Row& row : rows()) {
    const Answer answer = kernel.answer(Op::check, base_of(row.make()));
    EXPECT_EQ(answer.outcome, row.trusted ? Outcome::accepted : Outcome::rejected)
        << row.input << ": " << answer.detail;
  }
}

void expect_as_described(const KernelOracle& kernel) {
  for (const Row& row : rows()) {
    const Pair pair = base_of(row.make());
    const Answer answer = kernel.answer(Op::check, pair);
    const Answer predicted = predicted_for(kernel.name(), pair);
    EXPECT_TRUE(same_answer(answer, predicted))
        << row.input << ": errno " << answer.code << ", predicted " << predicted.code;
  }
}

TEST_P(EveryKernel, LoadsAndRefusesAsTheReferenceDoesUnderItsDescription) {
  expect_as_described(EveryKernel::kernel(KernelPath::checked));
}

TEST_P(EveryKernel, TrustsAndRefusesAsTheReferenceDoesUnderItsDescription) {
  expect_as_described(EveryKernel::kernel(KernelPath::trusted));
}

TEST_P(EveryKernel, LeavesNothingAllocatedWhateverItIsGiven) {
  for (const KernelPath path : {KernelPath::checked, KernelPath::trusted})
    for (const Row& row : rows())
      EXPECT_NE(EveryKernel::kernel(path).answer(Op::check, base_of(row.make())).outcome,
                Outcome::broken)
          << row.input;
}

Pair module_of(const Builder& distilled, const Builder& split, const Builder& target) {
  Pair pair;
  pair.append(kDistilled, distilled.finish());
  pair.append(kSplit, split.finish());
  pair.append(kTarget, target.finish());
  return pair;
}

TEST_P(EveryKernel, RelocatesAModuleAsTheReferenceDoes) {
  Builder distilled;
  distilled.add_int("int", 4, kSigned);
  distilled.add_composite(Kind::struct_, "s", 8);
  Builder split(distilled, std::endian::native);
  split.add_reference(Kind::ptr, 2);
  split.add_composite(Kind::struct_, "own", 16, {{"s", 2, 0}, {"i", 1, 64}});
  Builder target;
  target.add_float("double", 8);
  target.add_composite(Kind::struct_, "s", 8);
  target.add_int("int", 4, kSigned);
  const Pair pair = module_of(distilled, split, target);
  const Answer answer = EveryKernel::kernel(KernelPath::checked).answer(Op::relocate, pair);
  const Answer reference = answer_under(btf::agreed_policy(), Op::relocate, pair);
  EXPECT_EQ(answer.outcome, Outcome::accepted) << answer.detail;
  EXPECT_TRUE(same_answer(answer, reference));
  EXPECT_TRUE(same_bytes(answer, reference));
}

Pair module_with_function() {
  Builder distilled;
  distilled.add_int("int", 4, kSigned);
  Builder split(distilled, std::endian::native);
  split.add_func("f", split.add_func_proto(1), 1);
  split.add_composite(Kind::struct_, "own", 8, {{"i", 1, 0}});
  Builder target;
  target.add_composite(Kind::struct_, "s", 8);
  target.add_int("int", 4, kSigned);
  return module_of(distilled, split, target);
}

TEST_P(EveryKernel, ShowsComparesAndTakesInWhatItAccepts) {
  const KernelOracle kernel = EveryKernel::kernel(KernelPath::checked);
  const Pair pair = module_with_function();
  const Answer answer = kernel.answer(Op::kernel, pair);
  EXPECT_EQ(answer.outcome, Outcome::accepted) << answer.property << ": " << answer.detail;
  for (const Row& row : rows()) {
    const Answer alone = kernel.answer(Op::kernel, base_of(row.make()));
    EXPECT_NE(alone.outcome, Outcome::broken) << row.input << ": " << alone.property;
  }
}

// A struct of one function, what a map has for its value, and the function that stands in for it.
Pair module_with_struct_ops() {
  constexpr std::uint32_t integer = 2;
  // In the order of their names, in which one release looks up.
  Builder base;
  const std::uint32_t common =
      base.add_composite(Kind::struct_, "bpf_struct_ops_common_value", 4, {{"state", integer, 0}});
  base.add_int("int", 4, kSigned);
  Builder split(base, std::endian::native);
  const std::uint32_t proto = split.add_func_proto(integer);
  const std::uint32_t run = split.add_reference(Kind::ptr, proto);
  const std::uint32_t operations = split.add_composite(Kind::struct_, "ops", 8, {{"run", run, 0}});
  split.add_composite(Kind::struct_, "bpf_struct_ops_ops", 16,
                      {{"common", common, 0}, {"data", operations, 64}});
  split.add_composite(Kind::struct_, "no_value", 8, {{"run", run, 0}});
  split.add_func("retort_stub", proto, 1);
  return module_of(base, split, base);
}

TEST_P(EveryKernel, OffersAStructOfFunctionsByTheStructThatHoldsIt) {
  const kernel_ops& ops = *GetParam()->ops;
  const Pair pair = module_with_struct_ops();
  ByteVector target = *pair.find(kTarget);
  ByteVector distilled = *pair.find(kDistilled);
  ByteVector split = *pair.splits().front();
  const auto size = [](const ByteVector& bytes) { return static_cast<unsigned>(bytes.size()); };
  kn_btf* vmlinux = nullptr;
  ASSERT_EQ(ops.parse_base(target.data(), size(target), &vmlinux), 0);
  ops.set_vmlinux(vmlinux);
  kn_module* module = nullptr;
  kn_btf* btf = nullptr;
  ASSERT_EQ(ops.module_coming(split.data(), size(split), distilled.data(), size(distilled), &module,
                              &btf),
            0);
  EXPECT_NE(ops.register_struct_ops(module, "no_value"), 0);
  EXPECT_NE(ops.register_struct_ops(module, "nothing"), 0);
  EXPECT_EQ(ops.register_struct_ops(module, "ops"), 0) << ops.log();
  const int value = ops.find(btf, "bpf_struct_ops_ops", static_cast<unsigned>(Kind::struct_));
  ASSERT_GT(value, 0);
  EXPECT_TRUE(ops.has_struct_ops(btf, static_cast<unsigned>(value)));
  EXPECT_FALSE(ops.has_struct_ops(btf, static_cast<unsigned>(value) + 1));
  ops.module_going(module);
  ops.put(vmlinux);
  const KernelOracle kernel = EveryKernel::kernel(KernelPath::checked);
  const Answer answer = kernel.answer(Op::kernel, pair);
  EXPECT_EQ(answer.outcome, Outcome::accepted) << answer.property << ": " << answer.detail;
}

TEST_P(EveryKernel, FindsTheTargetOfARelocationByItsNameAlone) {
  const Pair pair = base_of(base_with([](Builder& base) {
    base.add_composite(Kind::struct_, "a", 4, {{"m", 1, 0}});
    base.add_composite(Kind::union_, "a", 4, {{"m", 1, 0}});
  }));
  const Answer answer = EveryKernel::kernel(KernelPath::checked).answer(Op::kernel, pair);
  EXPECT_EQ(answer.property, "core-finds-the-type-itself") << answer.detail;
}

TEST_P(EveryKernel, ShowsTheFirstPointerOfAnArrayInPlaceOfEach) {
  const Pair pair = base_of(
      base_with([](Builder& base) { base.add_array(base.add_reference(Kind::ptr, 1), 1, 2); }));
  const Answer answer = EveryKernel::kernel(KernelPath::checked).answer(Op::kernel, pair);
  EXPECT_EQ(answer.property, "each-element-is-shown");
}

TEST_P(EveryKernel, IsAskedToShowOnlyWhatItWasGivenWithCare) {
  EXPECT_FALSE(EveryKernel::kernel(KernelPath::trusted).answers(Op::kernel, base_of(plain())));
}

TEST(Kernel, CannotBeAskedAboutModulesOnModules) {
  const KernelOracle kernel(retort_kernel_all[0], KernelPath::checked);
  Pair pair = base_of(plain());
  pair.append(kSplit, {});
  EXPECT_TRUE(kernel.answers(Op::check, pair));
  pair.append(kSplit, {});
  EXPECT_FALSE(kernel.answers(Op::check, pair));
}

}  // namespace
}  // namespace retort
