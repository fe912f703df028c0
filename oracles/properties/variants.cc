// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/variants.h"

#include <deque>
#include <functional>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "oracles/opened_pair.h"
#include "relocator/builder.h"
#include "relocator/index.h"

namespace retort {
namespace {

constexpr std::string_view kIdleString = "retort_idle_string";

using IdMap = std::function<std::uint32_t(std::uint32_t)>;

std::uint32_t same_id(std::uint32_t id) {
  return id;
}

std::endian other(std::endian order) {
  return order == std::endian::little ? std::endian::big : std::endian::little;
}

bool is_well_formed(const OpenedLayer& layer) {
  return layer.btf && !layer.dialects_differ() &&
         layer.first_unmet(btf::agreed_policy().checks) == nullptr;
}

// How a layer is written anew.
struct Manner {
  bool swap = false;
  bool idle_string = false;
};

void write(const btf::Btf& layer, const Manner& manner, btf::Builder& builder) {
  if (manner.idle_string) builder.strings().add(kIdleString);
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    builder.copy(layer.type(id), layer, same_id);
}

std::vector<std::byte> rewritten(const btf::Btf& layer, const Manner& manner) {
  btf::Builder builder(manner.swap ? other(layer.byte_order()) : layer.byte_order());
  write(layer, manner, builder);
  return builder.finish();
}

Pair rewritten(const Pair& pair, const Layers& layers, const Manner& manner) {
  std::deque<btf::Builder> builders;
  for (const btf::BtfPtr& layer : layers.stack) {
    const std::endian order = manner.swap ? other(layer->byte_order()) : layer->byte_order();
    if (builders.empty())
      builders.emplace_back(order);
    else
      builders.emplace_back(builders.back(), order);
    write(*layer, manner, builders.back());
  }
  Pair result;
  std::size_t next_split = 1;
  const bool on_distilled = pair.find(kDistilled) != nullptr;
  for (const Part& part : pair.parts) {
    if (part.tag == (on_distilled ? kDistilled : kBase))
      result.append(part.tag, builders.front().finish());
    else if (part.tag == kSplit)
      result.append(part.tag, builders[next_split++].finish());
    else if (part.tag == kBase)
      result.append(part.tag, rewritten(*layers.base, manner));
    else if (part.tag == kTarget)
      result.append(part.tag, rewritten(*layers.target, manner));
    else
      result.append(part.tag, part.bytes);
  }
  return result;
}

}  // namespace

std::optional<Layers> well_formed_layers(const Pair& pair) {
  // Everything is read by the wide dialect: what the narrow one would read otherwise is refused.
  OpenedPair opened(pair);
  const OpenedParts& parts = opened.parts(btf::agreed_policy());
  Layers layers;
  for (const OpenedLayer& layer : parts.stack) {
    if (!is_well_formed(layer)) return {};
    layers.stack.push_back(layer.btf);
  }
  const bool whole = parts.stack.empty() || layers.stack.size() == 1 + pair.splits().size();
  if (!whole || (parts.stack.empty() && !pair.splits().empty())) return {};
  for (const auto& [part, layer] :
       {std::pair(&parts.base, &layers.base), std::pair(&parts.target, &layers.target)}) {
    if (!*part) continue;
    if (!is_well_formed(**part)) return {};
    *layer = (*part)->btf;
  }
  return layers;
}

Pair in_other_byte_order(const Pair& pair, const Layers& layers) {
  return rewritten(pair, layers, {.swap = true});
}

Pair with_idle_strings(const Pair& pair, const Layers& layers) {
  return rewritten(pair, layers, {.idle_string = true});
}

Pair with_target_reversed(const Pair& pair, const Layers& layers) {
  const btf::Btf& target = *layers.target;
  btf::Builder builder(target.byte_order());
  const IdMap reverse = [&](std::uint32_t id) { return id == 0 ? 0 : target.end_id() - id; };
  for (std::uint32_t id = target.end_id() - 1; id >= target.start_id(); --id)
    builder.copy(target.type(id), target, reverse);
  Pair result = pair;
  result.set(kTarget, builder.finish());
  return result;
}

bool names_are_unique(const btf::Btf& layer) {
  std::unordered_set<std::uint64_t> seen;
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    const std::string_view name = layer.name(type);
    // Two names with one hash count as the same: a law less is tried, none is tried wrongly.
    if (!name.empty() &&
        !seen.insert(btf::hash_name(name) + static_cast<std::uint64_t>(type.kind())).second)
      return false;
  }
  return true;
}

std::vector<std::byte> on_base_in_order(const btf::Btf& split, const btf::Btf& base) {
  const btf::StringTable strings = btf::StringTable::of(base);
  btf::Builder builder(strings, base.end_id(), split.byte_order());
  const IdMap reverse = [&](std::uint32_t id) {
    return id == 0 || id >= base.end_id() ? id : base.end_id() - id;
  };
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id)
    builder.copy(split.type(id), split, reverse);
  return builder.finish();
}

}  // namespace retort
