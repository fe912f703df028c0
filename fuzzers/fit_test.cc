// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Whether a module fits a kernel, what breaks the fit, and how that is counted.
#include "fuzzers/fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relocator/builder.h"
#include "relocator/distill.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;
using btf::MismatchReason;
using testing::ElementsAre;
using testing::Pair;

using Bytes = std::vector<std::byte>;

struct Built {
  Bytes kernel;
  Bytes module;
};

// A kernel with `inode` of that size, and a module that embeds it and points at `file`.
Built build(std::uint32_t inode_bytes) {
  Builder kernel;
  const std::uint32_t inode = kernel.add_composite(Kind::struct_, "inode", inode_bytes);
  const std::uint32_t file = kernel.add_composite(Kind::struct_, "file", 8);
  Builder module(kernel, std::endian::native);
  const std::uint32_t pointer = module.add_reference(Kind::ptr, file);
  module.add_composite(Kind::struct_, "my_inode", inode_bytes + 8,
                       {{"inode", inode, 0}, {"file", pointer, inode_bytes * 8}});
  return {kernel.finish(), module.finish()};
}

const btf::Policy& agreed() {
  return btf::agreed_policy();
}

Fit fit_onto(const Built& built, const Bytes& target) {
  const auto kernel = Kernel::open(built.kernel, agreed());
  const auto onto = Kernel::open(target, agreed());
  return Module::on_kernel(*kernel, built.module, agreed()).try_on(*onto);
}

TEST(Fit, AModuleFitsTheKernelThatItWasBuiltFor) {
  const Built built = build(16);
  EXPECT_TRUE(fit_onto(built, built.kernel).fits);
}

TEST(Fit, AnEmbeddedStructThatGrewBreaksTheFit) {
  const Fit fit = fit_onto(build(16), build(24).kernel);
  EXPECT_FALSE(fit.fits);
  EXPECT_EQ(fit.stage, Fit::Stage::relocate);
  EXPECT_EQ(fit.reason, "unmatched");
  ASSERT_EQ(fit.misfits.size(), 1U);
  EXPECT_EQ(fit.misfits[0].kind, "STRUCT");
  EXPECT_EQ(fit.misfits[0].name, "inode");
  EXPECT_EQ(fit.misfits[0].size, 16U);
  EXPECT_EQ(fit.misfits[0].reason, MismatchReason::other_size);
  EXPECT_THAT(fit.misfits[0].candidates, ElementsAre("[1] STRUCT 'inode' size=24 vlen=0"));
}

TEST(Fit, EveryMissingTypeIsNamedAndNotOnlyTheFirst) {
  Builder empty;
  empty.add_int("int", 4);
  const Fit fit = fit_onto(build(16), empty.finish());
  ASSERT_EQ(fit.misfits.size(), 2U);
  EXPECT_EQ(fit.misfits[0].reason, MismatchReason::no_such_name);
  EXPECT_EQ(fit.misfits[1].name, "file");
}

TEST(Fit, AModuleThatCarriesItsDistilledBaseNeedsNoKernel) {
  const Built built = build(16);
  const auto source = btf::Btf::parse(built.module, {.base = *btf::Btf::parse(built.kernel)});
  const auto distilled = btf::distill(**source, agreed());
  ASSERT_TRUE(distilled);
  const Module module = Module::on_distilled(distilled->base, distilled->split, agreed());
  EXPECT_TRUE(module.try_on(*Kernel::open(built.kernel, agreed())).fits);
}

TEST(Fit, AModuleThatCannotBeReadFitsNothingAndSaysWhy) {
  const Built built = build(16);
  const auto kernel = Kernel::open(built.kernel, agreed());
  const Bytes cut(built.module.begin(), built.module.end() - 1);
  const Module module = Module::on_kernel(*kernel, cut, agreed());
  EXPECT_FALSE(module.is_ready());
  const Fit fit = module.try_on(*kernel);
  EXPECT_FALSE(fit.fits);
  EXPECT_EQ(fit.stage, Fit::Stage::read);
  EXPECT_EQ(fit.reason, "section-bounds");
}

TEST(Fit, AModuleThatRefersToAFunctionOfTheKernelCannotBeDistilled) {
  Builder kernel;
  const std::uint32_t proto = kernel.add_func_proto(0);
  const std::uint32_t function = kernel.add_func("function", proto, 1);
  Builder module(kernel, std::endian::native);
  module.add_decl_tag("tag", function);
  const Bytes bytes = kernel.finish();
  const auto opened = Kernel::open(bytes, agreed());
  const Bytes split = module.finish();
  const Fit fit = Module::on_kernel(*opened, split, agreed()).try_on(*opened);
  EXPECT_EQ(fit.stage, Fit::Stage::distill);
  EXPECT_EQ(fit.reason, "reference-to-base-kind");
}

// The second design distils to FWD what a module holds by pointer, and a variable's type too.
TEST(Fit, ADistilledSplitIsNotHeldToTheChecksOfInput) {
  Builder kernel;
  const std::uint32_t held = kernel.add_composite(Kind::struct_, "held", 8);
  Builder module(kernel, std::endian::native);
  module.add_var("variable", held, 1);
  const Bytes kernel_bytes = kernel.finish();
  const Bytes module_bytes = module.finish();
  const btf::Policy& v2 = *btf::find_policy("v2");
  const auto opened = Kernel::open(kernel_bytes, v2);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(Module::on_kernel(*opened, module_bytes, v2).try_on(*opened).fits);
}

TEST(Fit, AHeadLeavesOutTheMembersEvenIfTheNameLooksLikeThem) {
  Builder builder;
  const std::uint32_t number = builder.add_int("int", 4);
  builder.add_composite(Kind::struct_, "a' {b", 4, {{"m", number, 0}});
  const Bytes bytes = builder.finish();
  EXPECT_EQ(head_text(**btf::Btf::parse(bytes), 2), "[2] STRUCT 'a\\x27 {b' size=4 vlen=1");
}

Fit misfit_of(std::initializer_list<std::pair<const char*, MismatchReason>> types) {
  Fit fit{.fits = false,
          .stage = Fit::Stage::relocate,
          .reason = "unmatched",
          .sentence = {},
          .misfits = {}};
  for (const auto& [name, reason] : types)
    fit.misfits.push_back(
        {.kind = "STRUCT", .name = name, .reason = reason, .size = 8, .candidates = {}});
  return fit;
}

TEST(FitCount, CountsAModuleOnceForEachReasonThatItHas) {
  FitCount count;
  count.add({});
  count.add(misfit_of({{"a", MismatchReason::other_size}, {"b", MismatchReason::other_size}}));
  count.add(misfit_of({{"b", MismatchReason::other_size}, {"c", MismatchReason::several}}));
  EXPECT_EQ(count.modules(), 3U);
  EXPECT_EQ(count.fitting(), 1U);
  EXPECT_THAT(count.reasons(), ElementsAre(Pair("other-size", 2), Pair("several-fit", 1)));
}

TEST(FitCount, NamesTheTypesThatBreakMostModulesFirst) {
  FitCount count;
  count.add(misfit_of({{"a", MismatchReason::other_size}, {"b", MismatchReason::other_size}}));
  count.add(misfit_of({{"c", MismatchReason::other_size}, {"b", MismatchReason::other_size}}));
  EXPECT_THAT(count.worst(),
              ElementsAre(Pair("STRUCT 'b'", 2), Pair("STRUCT 'a'", 1), Pair("STRUCT 'c'", 1)));
}

TEST(FitCount, AModuleThatWasNeverReadyIsNoRelocation) {
  FitCount count;
  count.add({.fits = false,
             .stage = Fit::Stage::distill,
             .reason = "unplaceable",
             .sentence = {},
             .misfits = {}});
  EXPECT_EQ(count.ready(), 0U);
  EXPECT_THAT(count.reasons(), ElementsAre(Pair("unplaceable", 1)));
}

}  // namespace
}  // namespace retort
