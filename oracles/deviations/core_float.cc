// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// CO-RE's comparisons know no FLOAT: a type that holds one, or leads to one, is neither compatible
// with itself nor does it match itself, unless what comes before is too deep to be compared.
#include <algorithm>

#include "oracles/deviation.h"
#include "oracles/properties/core.h"
#include "oracles/properties/core_compare.h"

namespace retort {
namespace {

void answer(const Evaluation& evaluation, Answer& answer) {
  if (evaluation.op != Op::core || !evaluation.source) return;
  const btf::Btf& top = *evaluation.source;
  CoreComparison comparison(top);
  for (std::uint32_t id = 1; id < std::min(top.end_id(), kMostCompared); ++id) {
    if (!is_compared_with_itself(top.type(id))) continue;
    if (comparison.compatible(id) == CoreComparison::Verdict::no ||
        comparison.matches(id) == CoreComparison::Verdict::no) {
      answer = broken("core-reflexive", {});
      return;
    }
  }
}

}  // namespace

const Deviation kCoreFloat = {.answer = answer};

}  // namespace retort
