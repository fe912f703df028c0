// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/libbpf_size.h"

#include <algorithm>
#include <cerrno>

namespace retort {
namespace {

constexpr int kMostTypes = 32;  ///< on the way, arrays among them
constexpr std::int64_t kMostBytes = 0xffffffff;
constexpr std::uint32_t kPointerBytes = 8;

bool stands_for_another(btf::Kind kind) {
  return btf::is_modifier(kind) || kind == btf::Kind::var || kind == btf::Kind::decl_tag;
}

}  // namespace

std::int64_t resolved_in_libbpf(const btf::Btf& top, std::uint32_t id) {
  std::int64_t elements = 1;
  for (int way = 0; way < kMostTypes && id != 0; ++way) {
    const btf::Type type = top.type(id);
    if (stands_for_another(type.kind())) {
      id = type.type_id();
      continue;
    }
    if (type.kind() == btf::Kind::array) {
      elements *= type.fixed(2);
      if (elements > kMostBytes) return -E2BIG;
      id = type.fixed(0);
      continue;
    }
    const bool says_size = type.shape().third == btf::ThirdWord::size;
    if (!says_size && type.kind() != btf::Kind::ptr) return -EINVAL;
    const std::int64_t size = says_size ? type.size() : kPointerBytes;
    return elements != 0 && size > kMostBytes / elements ? -E2BIG : elements * size;
  }
  return -EINVAL;
}

std::uint32_t size_in_libbpf(const btf::Btf& top, std::uint32_t id) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(0, resolved_in_libbpf(top, id)));
}

}  // namespace retort
