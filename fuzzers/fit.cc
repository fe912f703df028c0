// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/fit.h"

#include <algorithm>
#include <set>

#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/text.h"

namespace retort {
namespace {

Misfit misfit(const btf::Btf& split, const btf::Btf& target, const btf::Mismatch& mismatch) {
  const btf::Type type = split.type(mismatch.distilled_id);
  Misfit result{.kind = std::string(btf::kind_name(type.kind())),
                .name = std::string(split.name(type)),
                .reason = mismatch.reason,
                .size = type.size(),
                .candidates = {}};
  for (const std::uint32_t id : mismatch.candidates)
    result.candidates.push_back(head_text(target, id));
  return result;
}

}  // namespace

std::string_view stage_name(Fit::Stage stage) {
  switch (stage) {
    case Fit::Stage::read:
      return "read";
    case Fit::Stage::distill:
      return "distill";
    case Fit::Stage::relocate:
      return "relocate";
  }
  return "";
}

std::string head_text(const btf::Btf& top, std::uint32_t id) {
  std::string text = btf::to_text(top, top.type(id));
  // A quote inside a name is escaped, so the second one ends it.
  const std::size_t name_end = text.find('\'', text.find('\'') + 1);
  const std::size_t members = text.find(" {", name_end);
  if (members != std::string::npos) text.resize(members);
  return text;
}

std::expected<Kernel, btf::Error> Kernel::open(btf::Bytes bytes, const btf::Policy& policy) {
  auto opened = btf::open(bytes, policy, nullptr, true);
  if (!opened) return std::unexpected(opened.error());
  return Kernel(std::move(*opened));
}

void Module::fail(Fit::Stage stage, const btf::Error& error) {
  failure_ = {.fits = false,
              .stage = stage,
              .reason = std::string(btf::reason_name(error)),
              .sentence = btf::sentence(error),
              .misfits = {}};
}

btf::BtfPtr Module::keep(std::expected<btf::BtfPtr, btf::Error> read) {
  if (read) return std::move(*read);
  fail(Fit::Stage::read, read.error());
  return nullptr;
}

btf::BtfPtr Module::parse(btf::Bytes bytes, btf::BtfPtr base) {
  const bool wide = policy_->follows(btf::Rule::wide_vlen);
  return keep(
      btf::Btf::parse(bytes, {.base = std::move(base),
                              .dialect = wide ? btf::Dialect::wide : btf::Dialect::narrow,
                              .fwd_type_refers = policy_->follows(btf::Rule::fwd_type_refers)}));
}

Module Module::on_distilled(btf::Bytes distilled, btf::Bytes split, const btf::Policy& policy) {
  Module module(policy);
  const btf::BtfPtr base = module.keep(btf::open(distilled, policy));
  if (base) module.split_ = module.keep(btf::open(split, policy, base));
  return module;
}

Module Module::on_kernel(const Kernel& kernel, btf::Bytes split, const btf::Policy& policy) {
  Module module(policy);
  const btf::BtfPtr source = module.keep(btf::open(split, policy, kernel.btf(), true));
  if (!source) return module;
  const auto distilled = btf::distill(*source, policy);
  if (!distilled) {
    module.fail(Fit::Stage::distill, distilled.error());
    return module;
  }
  // What was just written is not checked again: a design may leave a value without a size.
  const btf::BtfPtr base = module.parse(distilled->base, nullptr);
  if (base) module.split_ = module.parse(distilled->split, base);
  return module;
}

Fit Module::try_on(const Kernel& target) const {
  if (!split_) return failure_;
  const auto relocated = btf::relocate(*split_, target.index(), *policy_);
  if (relocated) return {};
  const btf::RelocationFailure& failure = relocated.error();
  Fit fit{.fits = false,
          .stage = Fit::Stage::relocate,
          .reason = std::string(btf::reason_name(failure.error)),
          .sentence = btf::sentence(failure.error),
          .misfits = {}};
  for (const btf::Mismatch& mismatch : failure.mismatches)
    fit.misfits.push_back(misfit(*split_, *target.btf(), mismatch));
  return fit;
}

void FitCount::add(const Fit& fit) {
  ++modules_;
  if (fit.stage == Fit::Stage::relocate) ++ready_;
  if (fit.fits) {
    ++fitting_;
    return;
  }
  std::set<std::string> reasons;
  std::set<std::string> types;
  for (const Misfit& misfit : fit.misfits) {
    reasons.emplace(btf::mismatch_name(misfit.reason));
    types.insert(misfit.kind + " " + btf::quoted(misfit.name));
  }
  if (reasons.empty()) reasons.insert(fit.reason);
  for (const std::string& reason : reasons) ++reasons_[reason];
  for (const std::string& type : types) ++types_[type];
}

std::vector<std::pair<std::string, std::size_t>> FitCount::worst() const {
  std::vector<std::pair<std::string, std::size_t>> types(types_.begin(), types_.end());
  std::ranges::sort(types, {}, [](const std::pair<std::string, std::size_t>& type) {
    return std::pair<std::ptrdiff_t, std::string_view>(-static_cast<std::ptrdiff_t>(type.second),
                                                       type.first);
  });
  return types;
}

}  // namespace retort
