// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/opened_pair.h"

#include <algorithm>

#include "oracles/deviations/kernel_order.h"
#include "oracles/deviations/kernel_walk.h"
#include "oracles/digest.h"
#include "relocator/canonical.h"
#include "relocator/check.h"

namespace retort {
namespace {

// Bits of the info word that the two dialects read differently.
constexpr std::uint32_t kWideInfoBits = 0x60ff0000;

OpenedParts open_parts(const Pair& pair, const btf::ParseOptions& options) {
  OpenedParts parts;
  const std::vector<std::byte>* base = pair.find(kBase);
  const std::vector<std::byte>* distilled = pair.find(kDistilled);
  const std::vector<std::byte>* target = pair.find(kTarget);
  parts.stack_is_distilled = distilled != nullptr;
  parts.stack.reserve(1 + pair.splits().size());
  if (distilled != nullptr && base != nullptr) parts.base.emplace(*base, options, nullptr);
  if (const auto* lowest = distilled != nullptr ? distilled : base; lowest != nullptr) {
    parts.stack.emplace_back(*lowest, options, nullptr);
    for (const std::vector<std::byte>* split : pair.splits())
      if (const btf::BtfPtr below = parts.stack.back().btf)
        parts.stack.emplace_back(*split, options, below);
  }
  if (target != nullptr) parts.target = OpenedLayer(*target, options, nullptr);
  return parts;
}

constexpr unsigned kWide = 2;
constexpr unsigned kFwdRefers = 1;

// Whether no layer says anything else when it is read as another view is.
bool read_alike(const OpenedParts& parts, unsigned differences) {
  const auto alike = [&](const OpenedLayer& layer) {
    return ((differences & kWide) == 0 || !layer.dialects_differ()) &&
           ((differences & kFwdRefers) == 0 || !layer.has_fwd_with_type());
  };
  return (!parts.base || alike(*parts.base)) && (!parts.target || alike(*parts.target)) &&
         std::ranges::all_of(parts.stack, alike);
}

}  // namespace

OpenedLayer::OpenedLayer(const std::vector<std::byte>& part, btf::ParseOptions options,
                         btf::BtfPtr base)
    : bytes(part), empty_(part.empty()) {
  options.base = std::move(base);
  auto parsed = btf::Btf::parse(part, options);
  if (parsed)
    btf = std::move(*parsed);
  else
    error = parsed.error();
}

const std::vector<btf::Error>& OpenedLayer::unmet() const {
  if (!unmet_) unmet_ = btf ? btf::first_of_each_unmet(*btf) : std::vector<btf::Error>{};
  return *unmet_;
}

const btf::Error* OpenedLayer::first_unmet(btf::CheckSet demanded) const {
  if (unmet_) {
    for (const btf::Error& place : *unmet_)
      if (demanded.has(*place.check)) return &place;
    return nullptr;
  }
  for (const auto& answered : answered_) {
    if (answered->demanded == demanded) return answered->first ? &*answered->first : nullptr;
    // What meets more demands than these meets these.
    if (!answered->first && (answered->demanded & demanded) == demanded) return nullptr;
  }
  answered_.push_back(
      std::make_unique<Answered>(Answered{demanded, btf::first_unmet(*btf, demanded)}));
  const Answered& answered = *answered_.back();
  return answered.first ? &*answered.first : nullptr;
}

// What this dialect cannot walk may be readable to the other; a header that is not of 24 bytes is.
bool OpenedLayer::dialects_differ() const {
  if (!btf) return !empty_;
  if (btf->header().hdr_len != btf::kHeaderBytes) return true;
  for (std::uint32_t id = btf->start_id(); id < btf->end_id(); ++id)
    if ((btf->type(id).word(1) & kWideInfoBits) != 0) return true;
  return false;
}

bool OpenedLayer::has_fwd_with_type() const {
  if (!btf) return false;
  for (std::uint32_t id = btf->start_id(); id < btf->end_id(); ++id) {
    const btf::Type type = btf->type(id);
    if (type.kind() == btf::Kind::fwd && type.word(2) != 0) return true;
  }
  return false;
}

const std::optional<OwnFault>& OpenedLayer::own_fault() const {
  if (!own_fault_) own_fault_ = find_own_fault(*btf);
  return *own_fault_;
}

const KernelWalk& OpenedLayer::kernel_walk() const {
  if (!walk_) walk_ = std::make_shared<KernelWalk>(*btf);
  return *walk_;
}

std::uint64_t OpenedLayer::digest() const {
  if (!digest_) digest_ = btf ? btf::canonical_digest(*btf).value() : 0;
  return *digest_;
}

const OpenedParts& OpenedPair::parts(const btf::Policy& policy) {
  const bool wide = policy.follows(btf::Rule::wide_vlen);
  const bool fwd_refers = policy.follows(btf::Rule::fwd_type_refers);
  const unsigned wanted = (wide ? kWide : 0U) + (fwd_refers ? kFwdRefers : 0U);
  if (views_[wanted] == nullptr) views_[wanted] = view_alike(wanted);
  if (views_[wanted] != nullptr) return *views_[wanted];
  opened_.push_back(std::make_unique<OpenedParts>(
      open_parts(pair_, {.dialect = wide ? btf::Dialect::wide : btf::Dialect::narrow,
                         .fwd_type_refers = fwd_refers,
                         .borrow = true})));
  views_[wanted] = opened_.back().get();
  return *views_[wanted];
}

const OpenedParts* OpenedPair::view_alike(unsigned wanted) const {
  for (unsigned other = 0; other < views_.size(); ++other)
    if (views_[other] != nullptr && read_alike(*views_[other], wanted ^ other))
      return views_[other];
  return nullptr;
}

const btf::NameIndex& OpenedPair::index(const btf::BtfPtr& layer) {
  for (const auto& [indexed, index] : indices_)
    if (indexed == layer) return *index;
  indices_.emplace_back(layer, std::make_unique<btf::NameIndex>(*layer));
  return *indices_.back().second;
}

const KnownRelocation& OpenedPair::relocation(const btf::BtfPtr& split, const btf::BtfPtr& target,
                                              const btf::Policy& policy, const Manner& manner,
                                              const btf::Judge& judge) {
  for (const auto& known : relocations_)
    if (known->split == split && known->target == target && known->manner == manner) return *known;
  relocations_.push_back(std::make_unique<KnownRelocation>(
      KnownRelocation{.manner = manner,
                      .split = split,
                      .target = target,
                      .result = btf::relocate(*split, index(target), policy, nullptr, &judge)}));
  KnownRelocation& made = *relocations_.back();
  if (made.result) made.digest = digest_of_result(made.result->bytes, target, split->dialect());
  return made;
}

}  // namespace retort
