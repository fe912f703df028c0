// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/libbpf_size.h"

namespace retort {
namespace {

constexpr int kMostTypes = 32;  ///< on the way, arrays among them
constexpr std::uint64_t kMostBytes = 0xffffffff;
constexpr std::uint32_t kPointerBytes = 8;

bool stands_for_another(btf::Kind kind) {
  return btf::is_modifier(kind) || kind == btf::Kind::var || kind == btf::Kind::decl_tag;
}

}  // namespace

std::uint32_t size_in_libbpf(const btf::Btf& top, std::uint32_t id) {
  std::uint64_t elements = 1;
  for (int way = 0; way < kMostTypes && id != 0; ++way) {
    const btf::Type type = top.type(id);
    if (stands_for_another(type.kind())) {
      id = type.type_id();
      continue;
    }
    if (type.kind() == btf::Kind::array) {
      elements *= type.fixed(2);
      if (elements > kMostBytes) return 0;
      id = type.fixed(0);
      continue;
    }
    const bool says_size = type.shape().third == btf::ThirdWord::size;
    if (!says_size && type.kind() != btf::Kind::ptr) return 0;
    const std::uint64_t bytes = elements * (says_size ? type.size() : kPointerBytes);
    return bytes <= kMostBytes ? static_cast<std::uint32_t>(bytes) : 0;
  }
  return 0;
}

}  // namespace retort
