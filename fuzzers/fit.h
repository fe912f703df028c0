// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Fit: does a module relocate onto a kernel, and if not, which types break the fit? A distribution
// asks this for thousands of modules and a few kernels, so a kernel is read and indexed once, and
// the count of the answers is kept apart from how they are shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relocator/btf.h"
#include "relocator/index.h"
#include "relocator/relocate.h"
#include "relocator/rules.h"

namespace retort {

/// A kernel as one policy reads it, to distil on or to relocate onto.
class Kernel {
 public:
  /// Fails as btf::open() does. The bytes are borrowed.
  static std::expected<Kernel, btf::Error> open(btf::Bytes bytes, const btf::Policy& policy);

  [[nodiscard]] const btf::BtfPtr& btf() const { return btf_; }
  [[nodiscard]] const btf::NameIndex& index() const { return index_; }

 private:
  explicit Kernel(btf::BtfPtr btf) : btf_(std::move(btf)), index_(*btf_) {}

  btf::BtfPtr btf_;
  btf::NameIndex index_;
};

/// A distilled type that found no single match.
struct Misfit {
  std::string kind;  ///< "STRUCT"
  std::string name;
  btf::MismatchReason reason = btf::MismatchReason::no_such_name;
  std::uint32_t size = 0;               ///< of the distilled type; 0 for a FWD
  std::vector<std::string> candidates;  ///< the target's types, in words
  auto operator<=>(const Misfit&) const = default;
};

struct Fit {
  enum class Stage : std::uint8_t { read, distill, relocate };

  bool fits = true;
  Stage stage = Stage::relocate;  ///< where it failed
  std::string reason;             ///< short and stable, for counting: "unmatched", "type-truncated"
  std::string sentence;
  std::vector<Misfit> misfits;  ///< every type that breaks the fit
};
std::string_view stage_name(Fit::Stage stage);

/// A module's split BTF on its distilled base, made ready once and tried on any number of kernels.
class Module {
 public:
  /// From a module that carries its distilled base.
  static Module on_distilled(btf::Bytes distilled, btf::Bytes split, const btf::Policy& policy);
  /// From a module on the kernel that it was built for, which is distilled first.
  static Module on_kernel(const Kernel& kernel, btf::Bytes split, const btf::Policy& policy);

  [[nodiscard]] Fit try_on(const Kernel& target) const;
  /// Whether there is anything to try: the module could be read and distilled.
  [[nodiscard]] bool is_ready() const { return split_ != nullptr; }

 private:
  explicit Module(const btf::Policy& policy) : policy_(&policy) {}
  void fail(Fit::Stage stage, const btf::Error& error);
  btf::BtfPtr keep(std::expected<btf::BtfPtr, btf::Error> read);
  btf::BtfPtr parse(btf::Bytes bytes, btf::BtfPtr base);

  const btf::Policy* policy_;
  btf::BtfPtr split_;
  Fit failure_;  ///< why there is no split
};

/// One type in words, without its members: "[7] STRUCT 'page' size=64 vlen=7".
std::string head_text(const btf::Btf& top, std::uint32_t id);

/// What became of many modules on one kernel.
class FitCount {
 public:
  void add(const Fit& fit);

  [[nodiscard]] std::size_t modules() const { return modules_; }
  [[nodiscard]] std::size_t fitting() const { return fitting_; }
  /// Modules that got as far as relocation.
  [[nodiscard]] std::size_t ready() const { return ready_; }
  /// How many modules fail for each reason; for unmatched types these are the mismatches' reasons,
  /// and a module counts once for each that it has.
  [[nodiscard]] const std::map<std::string, std::size_t>& reasons() const { return reasons_; }
  /// The types that break most modules first: "STRUCT 'page'" and how many modules.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> worst() const;

 private:
  std::size_t modules_ = 0;
  std::size_t fitting_ = 0;
  std::size_t ready_ = 0;
  std::map<std::string, std::size_t> reasons_;
  std::map<std::string, std::size_t> types_;
};

}  // namespace retort
