// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Bytes in foreign byte order are written anew: header, types, the layout section of releases that
// know it, and strings one after the other. The header keeps the offsets it came with, so that a
// gap between the sections, or before them, is announced but no longer there.
#include <cstring>

#include "oracles/deviation.h"
#include "oracles/digest.h"

namespace retort {
namespace {

// The section as it stands in the layer's bytes.
btf::Bytes section(btf::Bytes bytes, const btf::Btf& layer, std::uint32_t offset,
                   std::uint32_t length) {
  if (length == 0) return {};
  return bytes.subspan(std::size_t{layer.header().hdr_len} + offset, length);
}

bool has_gap(const btf::Btf& layer) {
  const btf::Header& header = layer.header();
  if (header.type_off != 0) return true;
  if (header.layout_len != 0 && header.layout_off != header.type_len) return true;
  return header.str_off != header.type_len + header.layout_len;
}

// The property of re-parsing that a stack breaks: bytes in foreign order are written anew the first
// time, others once their order is changed.
std::string_view broken_by(const btf::Btf& top) {
  std::string_view property;
  for (const btf::Btf* layer = &top; layer != nullptr; layer = layer->base().get()) {
    if (!has_gap(*layer)) continue;
    if (layer->byte_order() != std::endian::native) return "serialised";
    property = "swapped";
  }
  return property;
}

void reparse_answer(const Evaluation& evaluation, Answer& answer) {
  for (const btf::BtfPtr& top : {evaluation.source, evaluation.target})
    if (const std::string_view property = top ? broken_by(*top) : ""; !property.empty()) {
      answer = broken(property, {});
      return;
    }
}

void answer(const Evaluation& evaluation, Answer& answer) {
  if (evaluation.op == Op::reparse) return reparse_answer(evaluation, answer);
  if (answer.outcome != Outcome::accepted || evaluation.op != Op::relocate || !evaluation.split)
    return;
  const btf::Btf& split = *evaluation.split;
  const btf::Header& header = split.header();
  if (split.byte_order() == std::endian::native) return;
  const btf::Bytes before = answer.bytes;
  std::vector<std::byte> bytes(before.begin(), before.begin() + header.hdr_len);
  for (const btf::Bytes part : {section(before, split, header.type_off, header.type_len),
                                section(before, split, header.layout_off, header.layout_len),
                                section(before, split, header.str_off, header.str_len)})
    bytes.insert(bytes.end(), part.begin(), part.end());
  answer.bytes = std::move(bytes);
  answer.digest = digest_of_result(answer.bytes, evaluation.target, split.dialect());
}

// Reading the other byte order refuses any header but the shortest, writing it does not.
void long_header_answer(const Evaluation& evaluation, Answer& answer) {
  if (evaluation.op != Op::reparse) return;
  for (const btf::BtfPtr& top : {evaluation.source, evaluation.target}) {
    if (!top) continue;
    const std::string_view property = broken_by(*top);
    if (property == "serialised") return;
    for (const btf::Btf* layer = top.get(); layer != nullptr; layer = layer->base().get())
      if (layer->header().hdr_len != btf::kHeaderBytes) {
        answer = broken("swapped", {});
        return;
      }
    if (!property.empty()) return;
  }
}

}  // namespace

const Deviation kLongHeaderSwapped = {.answer = long_header_answer};
const Deviation kGapLostWhenSwapped = {.answer = answer};

}  // namespace retort
