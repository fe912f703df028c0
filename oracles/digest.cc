// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/digest.h"

#include <bit>
#include <cstdint>
#include <optional>

namespace retort {

std::uint64_t digest_of_result(btf::Bytes bytes, const btf::BtfPtr& base, btf::Dialect dialect) {
  const auto layer = btf::Btf::parse(bytes, {.base = base, .dialect = dialect, .borrow = true});
  return layer ? btf::canonical_digest(**layer).value() : 0;
}

std::uint64_t digest_of(const Pair& pair) {
  btf::Digest digest;
  for (const Part& part : pair.parts) {
    digest.add(part.tag);
    digest.add(
        std::string_view(reinterpret_cast<const char*>(part.bytes.data()), part.bytes.size()));
  }
  return digest.value();
}

namespace {

struct BothLayers {
  btf::BtfPtr base;
  btf::BtfPtr split;
};

std::optional<BothLayers> read_both(btf::Bytes base, btf::Bytes split, btf::Dialect dialect) {
  const auto lower = btf::Btf::parse(base, {.dialect = dialect, .borrow = true});
  if (!lower) return {};
  const auto upper = btf::Btf::parse(split, {.base = *lower, .dialect = dialect, .borrow = true});
  if (!upper) return {};
  return BothLayers{.base = *lower, .split = *upper};
}

void add_both(btf::Digest& digest, const BothLayers& layers) {
  digest.add_wide(btf::canonical_digest(*layers.base).value());
  digest.add_wide(btf::canonical_digest(*layers.split).value());
}

}  // namespace

std::uint64_t digest_of_both(btf::Bytes base, btf::Bytes split, btf::Dialect dialect) {
  const auto layers = read_both(base, split, dialect);
  if (!layers) return 0;
  btf::Digest digest;
  add_both(digest, *layers);
  return digest.value();
}

std::uint64_t digest_of_distilled(btf::Bytes base, btf::Bytes split, btf::Dialect dialect) {
  const auto layers = read_both(base, split, dialect);
  if (!layers) return 0;
  btf::Digest digest;
  // The canonical form knows no byte order, and a distillation has to carry it over.
  digest.add(layers->base->byte_order() == std::endian::native ? 0 : 1);
  digest.add(layers->split->byte_order() == std::endian::native ? 0 : 1);
  add_both(digest, *layers);
  return digest.value();
}

}  // namespace retort
