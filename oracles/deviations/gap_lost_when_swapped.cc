// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Bytes in foreign byte order are written anew: header, types and strings one after the other. The
// header keeps the offsets it came with, so that a gap between the sections, or before them, is
// announced but no longer there.
#include <cstring>

#include "oracles/deviation.h"
#include "oracles/digest.h"

namespace retort {
namespace {

// The section as it stands in the layer's bytes.
btf::Bytes section(btf::Bytes bytes, const btf::Btf& layer, std::uint32_t offset,
                   std::uint32_t length) {
  return bytes.subspan(std::size_t{layer.header().hdr_len} + offset, length);
}

void answer(const Evaluation& evaluation, Answer& answer) {
  if (answer.outcome != Outcome::accepted || evaluation.op != Op::relocate || !evaluation.split)
    return;
  const btf::Btf& split = *evaluation.split;
  const btf::Header& header = split.header();
  if (split.byte_order() == std::endian::native) return;
  const btf::Bytes before = answer.bytes;
  std::vector<std::byte> bytes(before.begin(), before.begin() + header.hdr_len);
  for (const btf::Bytes part : {section(before, split, header.type_off, header.type_len),
                                section(before, split, header.str_off, header.str_len)})
    bytes.insert(bytes.end(), part.begin(), part.end());
  answer.bytes = std::move(bytes);
  answer.digest = digest_of_result(answer.bytes, evaluation.target, split.dialect());
}

}  // namespace

const Deviation kGapLostWhenSwapped = {.answer = answer};

}  // namespace retort
