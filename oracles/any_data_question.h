// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What entries about shown data ask of a pair: whether something holds for one of the questions
// that a dump of it is asked, with the very bytes that it is asked to show.
#pragma once

#include <vector>

#include "oracles/deviation.h"
#include "oracles/properties/data_questions.h"

namespace retort {

/// test(top, question, data)
template <class Test>
bool any_data_question(const Evaluation& evaluation, Test&& test) {
  if (evaluation.op != Op::dump || !evaluation.source) return false;
  const btf::Btf& top = *evaluation.source;
  for (const DataQuestion& question : data_questions(top)) {
    std::vector<std::byte> data(question.given);
    fill_data(evaluation.pair, question, data);
    if (test(top, question, Bytes(data))) return true;
  }
  return false;
}

}  // namespace retort
