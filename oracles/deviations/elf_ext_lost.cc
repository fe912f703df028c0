// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A file whose .BTF.ext is refused is accepted without it: what makes the object returns a null
// pointer where it fails, and what calls it looks for an error pointer.
#include "oracles/deviation.h"
#include "oracles/properties/ext_records.h"

namespace retort {
namespace {

void answer(const Evaluation& evaluation, Answer& answer) {
  const auto* ext = evaluation.pair.find(kExt);
  if (evaluation.op != Op::elf || ext == nullptr || evaluation.pair.find(kElf) != nullptr ||
      !evaluation.source)
    return;
  if (!read_ext(*ext)) answer = broken("elf-ext", {});
}

}  // namespace

const Deviation kElfExtLost = {.answer = answer};

}  // namespace retort
