// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A kernel has errors of its own for some of what it refuses: E2BIG for fields of the header that
// it does not know, ENOTSUPP, which is no errno of user space, for a version, flags or encoding,
// and EEXIST for a loop. It looks at the header first, then at each type by itself, and at what
// types refer to last; the first that is wrong decides.
#include <cerrno>
#include <cstddef>

#include "oracles/deviation.h"
#include "oracles/deviations/kernel_order.h"
#include "oracles/deviations/kernel_walk.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

constexpr int kNotSupported = 524;  // ENOTSUPP

int errno_of_header(btf::Bytes bytes) {
  if (bytes.size() < 2 * btf::kWordBytes) return 0;
  const std::uint32_t first = btf::load_word(bytes.data());
  const std::uint32_t length = btf::load_word(bytes.data() + btf::kWordBytes);
  if (length > bytes.size()) return EINVAL;
  for (std::size_t at = btf::kLayoutHeaderBytes; at < length; ++at)
    if (bytes[at] != std::byte{0}) return E2BIG;
  if ((first & 0xffff) != btf::kMagic) return EINVAL;
  return first >> 16 != 1 ? kNotSupported : 0;
}

// The first type that is wrong by itself.
const btf::Error* first_own(const OpenedLayer& layer) {
  const btf::Error* first = nullptr;
  for (const btf::Error& error : layer.unmet()) {
    if (!error.type_id || !is_own_fault(layer, error)) continue;
    if (first == nullptr || error.type_id < first->type_id) first = &error;
  }
  return first;
}

int opened(const OpenedLayer& layer, int reference) {
  const int header = errno_of_header(layer.bytes);
  // What is refused for its byte order alone is another entry's.
  if (reference == 0) return header == EINVAL ? 0 : header;
  if (header != 0) return header;
  // Another errno than that of most faults is another entry's.
  if (!layer.btf || reference != EINVAL) return reference;
  // Sections come before types.
  for (const btf::Error& error : layer.unmet())
    if (!error.type_id && is_own_fault(layer, error)) return reference;
  if (const btf::Error* own = first_own(layer); own != nullptr)
    return own->check == btf::Check::int_encoding ? kNotSupported : reference;
  if (layer.unmet().empty()) return reference;
  const int walked = layer.kernel_walk().code();
  return walked != 0 ? walked : reference;
}

}  // namespace

const Deviation kKernelErrno = {.opened = opened};

}  // namespace retort
