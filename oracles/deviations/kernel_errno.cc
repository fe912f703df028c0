// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A kernel has errors of its own for some of what it refuses: E2BIG for fields of the header that
// it does not know, ENOTSUPP, which is no errno of user space, for a version, flags or encoding,
// and EEXIST for a loop. It looks at the header first, then at each type by itself, and at what
// types refer to last; the first that is wrong decides.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "oracles/deviation.h"
#include "oracles/deviations/kernel_order.h"
#include "oracles/deviations/kernel_walk.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

int errno_of_header(btf::Bytes bytes) {
  if (bytes.size() < 2 * btf::kWordBytes) return 0;
  const std::uint32_t length = btf::load_word(bytes.data() + btf::kWordBytes);
  if (length > bytes.size()) return EINVAL;
  for (std::size_t at = btf::kLayoutHeaderBytes; at < length; ++at)
    if (bytes[at] != std::byte{0}) return E2BIG;
  // Magic number, version and flags: what a header does not have counts as zero.
  std::array<std::byte, btf::kWordBytes> first{};
  std::ranges::copy(bytes.first(std::min<std::size_t>(length, first.size())), first.begin());
  std::uint16_t magic = 0;
  std::memcpy(&magic, first.data(), sizeof magic);
  if (magic != btf::kMagic) return EINVAL;
  const bool is_known = first[2] == std::byte{1} && first[3] == std::byte{0};
  return is_known ? 0 : kNotSupported;
}

int opened(const OpenedLayer& layer, int reference) {
  const int header = errno_of_header(layer.bytes);
  // What is refused for its byte order alone is another entry's.
  if (reference == 0) return header == EINVAL ? 0 : header;
  if (header != 0) return header;
  // Another errno than that of most faults is another entry's.
  if (!layer.btf || reference != EINVAL) return reference;
  if (const auto& own = layer.own_fault()) return own->code;
  const int walked = layer.kernel_walk().code();
  return walked != 0 ? walked : reference;
}

}  // namespace

const Deviation kKernelErrno = {.opened = opened};

}  // namespace retort
