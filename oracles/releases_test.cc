// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Releases are described by how they differ, so what they name has to be there, and an oracle of
// which nothing is written has to find the description that is nearest.
#include "oracles/releases.h"

#include <gtest/gtest.h>

#include "oracles/entries.h"
#include "oracles/model.h"

namespace retort {
namespace {

std::string_view described_by(std::string_view oracle) {
  const Release* release = release_for(oracle);
  return release == nullptr ? "nobody" : release->oracle;
}

TEST(Releases, NameEntriesThatThereAre) {
  for (const Release& release : releases()) {
    for (const std::string_view name : release.mended)
      EXPECT_TRUE(find_entry(name)) << release.oracle << ": " << name;
    for (const std::string_view name : release.broken)
      EXPECT_TRUE(find_entry(name)) << release.oracle << ": " << name;
  }
}

TEST(Releases, MendOnlyWhatIsBrokenWhereTheyComeFromAndBreakOnlyWhatIsNot) {
  for (const Release& release : releases()) {
    if (release.like.empty()) continue;
    const EntrySet before = documented_entries(release.like);
    for (const std::string_view name : release.mended)
      EXPECT_TRUE(before.test(find_entry(name).value())) << release.oracle << ": " << name;
    for (const std::string_view name : release.broken)
      EXPECT_FALSE(before.test(find_entry(name).value())) << release.oracle << ": " << name;
  }
}

TEST(Releases, AnOracleIsDescribedByTheNewestReleaseThatIsNoNewer) {
  EXPECT_EQ(described_by("libbpf-6.12"), "libbpf-6.12");
  EXPECT_EQ(described_by("libbpf-6.18"), "libbpf-6.12");
  EXPECT_EQ(described_by("libbpf-7.10"), "libbpf-7.3");
  EXPECT_EQ(described_by("libbpf-5.4"), "libbpf-6.1");
  EXPECT_EQ(described_by("kernel-7.3-ungated"), "kernel-7.3-ungated");
  EXPECT_EQ(described_by("reference"), "nobody");
}

TEST(Releases, ALabelIsTakenForTheNewest) {
  EXPECT_EQ(described_by("libbpf-mine"), "libbpf-7.3");
}

TEST(Releases, OfLibbpfFollowThePolicyThatBearsTheirName) {
  for (const std::string_view oracle : {"libbpf-6.12", "libbpf-7.3"}) {
    const btf::Policy policy = policy_of(documented_entries(oracle));
    const btf::Policy* named = btf::find_policy(oracle);
    ASSERT_NE(named, nullptr);
    EXPECT_EQ(policy.rules, named->rules) << oracle;
    // The checks that libbpf should make and forgets are defects, not part of its design.
    EXPECT_EQ(policy.checks ^ named->checks,
              (btf::CheckSet{btf::Check::header_length, btf::Check::return_id_range}))
        << oracle;
  }
}

}  // namespace
}  // namespace retort
