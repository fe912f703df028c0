// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/releases.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "oracles/entries.h"
#include "oracles/kernel_entries.h"

namespace retort {
namespace {

using Names = std::string_view;

// What came with resilient split BTF: relocation, distillation, and the iterator over fields.
constexpr Names kNotYetIn61[] = {
    "elf-ext-lost",          "dedup-merges-declarations",        "rule:fwd-type-refers",
    "rule:names-by-content", "rule:distill-refuses-unplaceable", "rule:namesakes-per-kind",
    "rule:exact-kind-wins",  "rule:distilled-namesakes-by-size",
};
// btf_sanity_check() came with 6.7.
constexpr Names kUncheckedIn61[] = {
    "check:name-range",
    "check:id-range",
    "check:func-refers-to-proto",
};

constexpr Names kMendedIn73[] = {
    "rule:wide-vlen",
    "long-header-swapped",
    "long-header-turned",
    "elf-ext-lost",
    "elf-nobits-crash",
    "short-header-crash",
    "vlen-wraps",
    "append-rollback-crash",
    "gap-lost-when-written",
    "dedup-struct-loop-crash",
    "dedup-refuses-typedef-loops",
};
constexpr Names kBrokenIn73[] = {
    "check:layout-fits",          "check:unknown-kind",     "dedup-endless-chain-hang",
    "dedup-merges-unlike-arrays", "header-extra-locked",    "layout-size-crash",
    "find-start-stale",           "gap-lost-nomem",         "unknown-kind-refused",
    "void-sized-by-layout",       "ext-overlap-crash",      "ext-overlap-turned-twice",
    "ext-long-record-unturned",   "ext-other-order-stale",  "permute-append-crash",
    "gap-lost-when-turned",       "gap-lost-when-modified",
};

constexpr Names kMendedInKernel73[] = {
    "tag-kflag-refused",
    "type-tags-first",
    "layout-fields-refused",
};
constexpr Names kBrokenInKernel73[] = {
    "check:layout-fits", "modifier-chain-limit",     "module-layout-unseen",
    "strings-anywhere",  "vmlinux-taken-for-sorted",
};
constexpr Names kBrokenInTrusting73[] = {
    "check:layout-fits",    "base-layout-unseen", "modifier-chain-limit",
    "module-layout-unseen", "strings-anywhere",   "vmlinux-taken-for-sorted",
};

constexpr Release kReleases[] = {
    {"libbpf-6.1", "libbpf-6.12", kNotYetIn61, kUncheckedIn61},
    {"libbpf-6.12", "", {}, {}},
    {"libbpf-7.3", "libbpf-6.12", kMendedIn73, kBrokenIn73},
    {"kernel-6.12", "", {}, {}},
    {"kernel-6.12-ungated", "", {}, {}},
    {"kernel-7.3", "kernel-6.12", kMendedInKernel73, kBrokenInKernel73},
    {"kernel-7.3-ungated", "kernel-6.12-ungated", kMendedInKernel73, kBrokenInTrusting73},
};

constexpr Names kUngated = "-ungated";

struct OracleName {
  Names family;             ///< "libbpf", "kernel"
  std::vector<int> series;  /// of a label, empty
  bool ungated = false;
};

std::vector<int> parse_series(Names text) {
  std::vector<int> series;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (at != end) {
    int number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || (next != end && *next != '.')) return {};
    series.push_back(number);
    at = next == end ? end : next + 1;
  }
  return series;
}

OracleName parse_name(Names oracle) {
  OracleName name;
  const std::size_t dash = oracle.find('-');
  name.family = oracle.substr(0, dash);
  if (dash == Names::npos) return name;
  Names rest = oracle.substr(dash + 1);
  name.ungated = rest.ends_with(kUngated);
  if (name.ungated) rest.remove_suffix(kUngated.size());
  name.series = parse_series(rest);
  return name;
}

bool names_one_of(std::span<const Names> names, Names wanted) {
  return std::ranges::find(names, wanted) != names.end();
}

bool holds_for(const Entry& entry, const Release& release) {
  if (names_one_of(release.mended, entry.name)) return false;
  if (names_one_of(release.broken, entry.name)) return true;
  if (!release.like.empty()) return is_documented(entry, release.like);
  return entry.oracles == release.oracle || is_documented_for_kernel(entry.name, release.oracle);
}

}  // namespace

std::span<const Release> releases() {
  return kReleases;
}

const Release* release_for(std::string_view oracle) {
  const OracleName wanted = parse_name(oracle);
  const Release* best = nullptr;
  for (const Release& release : kReleases) {
    const OracleName name = parse_name(release.oracle);
    if (name.family != wanted.family || name.ungated != wanted.ungated) continue;
    // A label that the user gave is taken for the newest release that is described.
    if (best == nullptr || wanted.series.empty() || name.series <= wanted.series) best = &release;
  }
  return best;
}

bool is_documented(const Entry& entry, std::string_view oracle) {
  const Release* release = release_for(oracle);
  return release != nullptr && holds_for(entry, *release);
}

std::string documented_oracles(const Entry& entry) {
  std::string text;
  for (const Release& release : kReleases)
    if (holds_for(entry, release)) text += (text.empty() ? "" : ",") + std::string(release.oracle);
  return text;
}

}  // namespace retort
