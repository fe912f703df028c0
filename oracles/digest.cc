// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/digest.h"

#include <bit>
#include <cstdint>

namespace retort {

std::uint64_t digest_of_result(btf::Bytes bytes, const btf::BtfPtr& base, btf::Dialect dialect) {
  const auto layer = btf::Btf::parse(bytes, {.base = base, .dialect = dialect, .borrow = true});
  return layer ? btf::canonical_digest(**layer).value() : 0;
}

std::uint64_t digest_of_distilled(btf::Bytes base, btf::Bytes split, btf::Dialect dialect) {
  const auto lower = btf::Btf::parse(base, {.dialect = dialect, .borrow = true});
  if (!lower) return 0;
  const auto upper = btf::Btf::parse(split, {.base = *lower, .dialect = dialect, .borrow = true});
  if (!upper) return 0;
  btf::Digest digest;
  // The canonical form knows no byte order, and a distillation has to carry it over.
  digest.add((*lower)->byte_order() == std::endian::native ? 0 : 1);
  digest.add((*upper)->byte_order() == std::endian::native ? 0 : 1);
  for (const std::uint64_t part :
       {btf::canonical_digest(**lower).value(), btf::canonical_digest(**upper).value()}) {
    digest.add(static_cast<std::uint32_t>(part));
    digest.add(static_cast<std::uint32_t>(part >> 32));
  }
  return digest.value();
}

}  // namespace retort
