// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// For the tests: the layers of a pair as a policy reads them, each split on the layer below it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracles/pair.h"
#include "relocator/check.h"

namespace retort {

/// The top of the stack of split layers, or a sentence that names the part which is refused.
inline std::expected<btf::BtfPtr, std::string> open_stack(const Pair& pair,
                                                          const btf::Policy& policy) {
  const auto* lowest = pair.find(kDistilled);
  if (lowest == nullptr) lowest = pair.find(kBase);
  if (lowest == nullptr) return std::unexpected("there is no base");
  std::vector<const std::vector<std::byte>*> layers = pair.splits();
  layers.insert(layers.begin(), lowest);
  btf::BtfPtr top;
  for (const auto* layer : layers) {
    auto opened = btf::open(*layer, policy, top);
    if (!opened) return std::unexpected("split stack: " + btf::sentence(opened.error()));
    top = *opened;
  }
  return top;
}

/// Why a part is refused, or nothing.
inline std::optional<std::string> refusal(const Pair& pair, const btf::Policy& policy) {
  const auto stack = open_stack(pair, policy);
  if (!stack) return stack.error();
  for (const std::string_view tag : {kBase, kTarget}) {
    const auto* part = pair.find(tag);
    if (part == nullptr) continue;
    const auto opened = btf::open(*part, policy);
    if (!opened) return std::string(tag) + ": " + btf::sentence(opened.error());
  }
  return {};
}

}  // namespace retort
