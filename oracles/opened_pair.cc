// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/opened_pair.h"

#include "relocator/canonical.h"
#include "relocator/check.h"

namespace retort {
namespace {

// Bits of the info word that the two dialects read differently.
constexpr std::uint32_t kWideInfoBits = 0x60ff0000;

// Where the dialect or the reading of FWDs has anything to decide. What this dialect cannot walk
// may be readable to the other; a header that is not of 24 bytes is.
void note_readings(OpenedLayer& layer, bool empty) {
  if (!layer.btf) {
    layer.dialects_differ = !empty;
    return;
  }
  const btf::Btf& btf = *layer.btf;
  layer.dialects_differ = btf.header().hdr_len != btf::kHeaderBytes;
  for (std::uint32_t id = btf.start_id(); id < btf.end_id(); ++id) {
    const btf::Type type = btf.type(id);
    layer.dialects_differ = layer.dialects_differ || (type.word(1) & kWideInfoBits) != 0;
    layer.has_fwd_with_type =
        layer.has_fwd_with_type || (type.kind() == btf::Kind::fwd && type.word(2) != 0);
  }
}

OpenedLayer open_layer(const std::vector<std::byte>& bytes, btf::ParseOptions options,
                       btf::BtfPtr base) {
  OpenedLayer layer;
  options.base = std::move(base);
  auto parsed = btf::Btf::parse(bytes, options);
  if (parsed)
    layer.btf = std::move(*parsed);
  else
    layer.error = parsed.error();
  note_readings(layer, bytes.empty());
  if (!layer.btf) return layer;
  layer.unmet = btf::first_of_each_unmet(*layer.btf);
  layer.digest = btf::canonical_digest(*layer.btf).value();
  return layer;
}

OpenedParts open_parts(const Pair& pair, const btf::ParseOptions& options) {
  OpenedParts parts;
  const std::vector<std::byte>* base = pair.find(kBase);
  const std::vector<std::byte>* distilled = pair.find(kDistilled);
  const std::vector<std::byte>* target = pair.find(kTarget);
  parts.stack_is_distilled = distilled != nullptr;
  if (distilled != nullptr && base != nullptr) parts.base = open_layer(*base, options, nullptr);
  if (const auto* lowest = distilled != nullptr ? distilled : base; lowest != nullptr) {
    parts.stack.push_back(open_layer(*lowest, options, nullptr));
    for (const std::vector<std::byte>* split : pair.splits())
      if (const btf::BtfPtr below = parts.stack.back().btf)
        parts.stack.push_back(open_layer(*split, options, below));
  }
  if (target != nullptr) parts.target = open_layer(*target, options, nullptr);
  return parts;
}

}  // namespace

const btf::Error* OpenedLayer::first_unmet(btf::CheckSet demanded) const {
  for (const btf::Error& place : unmet)
    if (demanded.has(*place.check)) return &place;
  return nullptr;
}

const OpenedParts& OpenedPair::parts(const btf::Policy& policy) {
  const bool wide = policy.follows(btf::Rule::wide_vlen);
  const bool fwd_refers = policy.follows(btf::Rule::fwd_type_refers);
  std::optional<OpenedParts>& view = views_[(wide ? 2U : 0U) + (fwd_refers ? 1U : 0U)];
  if (!view)
    view = open_parts(pair_, {.dialect = wide ? btf::Dialect::wide : btf::Dialect::narrow,
                              .fwd_type_refers = fwd_refers,
                              .borrow = true});
  return *view;
}

const btf::NameIndex& OpenedPair::index(const btf::BtfPtr& layer) {
  for (const auto& [indexed, index] : indices_)
    if (indexed == layer) return *index;
  indices_.emplace_back(layer, std::make_unique<btf::NameIndex>(*layer));
  return *indices_.back().second;
}

}  // namespace retort
