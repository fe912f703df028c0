// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Data shown as values of a type: what libbpf reads behind the data, the error that it loses in an
// array, and the struct that it leaves out because its first member is zero.
#include <algorithm>
#include <vector>

#include "oracles/any_data_question.h"
#include "oracles/deviation.h"
#include "oracles/properties/data_questions.h"
#include "oracles/properties/data_reads.h"
#include "oracles/properties/dump.h"

namespace retort {
namespace {

void overread(const Evaluation& evaluation, Answer& answer, Overread sort) {
  const auto reads = [&](const btf::Btf& top, const DataQuestion& question, Bytes data) {
    return reads_of(top, question, data).overread == sort;
  };
  if (any_data_question(evaluation, reads)) foretell_dump(answer, "data-bounds");
}

void bit_field_overread(const Evaluation& evaluation, Answer& answer) {
  overread(evaluation, answer, Overread::bit_field);
}

void whole_bit_field(const Evaluation& evaluation, Answer& answer) {
  overread(evaluation, answer, Overread::whole_bit_field);
}

void zero_check_overread(const Evaluation& evaluation, Answer& answer) {
  overread(evaluation, answer, Overread::zero_check);
}

void array_error_lost(const Evaluation& evaluation, Answer& answer) {
  const auto loses = [](const btf::Btf&, const DataQuestion& question, Bytes) {
    if (!question.regular || (question.options & kEmitZeroes) == 0) return false;
    DataQuestion outside = question;
    std::erase_if(outside.leaves, [](const Leaf& leaf) { return leaf.in_array; });
    return is_too_short(question) && !is_too_short(outside);
  };
  if (any_data_question(evaluation, loses)) foretell_dump(answer, "data-short");
}

void empty_elements(const Evaluation& evaluation, Answer& answer) {
  const auto refuses = [](const btf::Btf& top, const DataQuestion& question, Bytes data) {
    return question.regular && !is_too_short(question) &&
           is_refused_for_empty_elements(top, question, data);
  };
  if (any_data_question(evaluation, refuses)) foretell_dump(answer, "data-length");
}

void zero_by_first_member(const Evaluation& evaluation, Answer& answer) {
  const auto hides = [](const btf::Btf& top, const DataQuestion& question, Bytes data) {
    return question.regular && !is_too_short(question) &&
           (question.options & (kEmitZeroes | kSkipNames)) == 0 &&
           is_hidden_by_first_member(top, question, data);
  };
  if (any_data_question(evaluation, hides)) foretell_dump(answer, "data-zeroes");
}

}  // namespace

const Deviation kDataBitFieldOverread = {.answer = bit_field_overread};
const Deviation kDataWholeBitField = {.answer = whole_bit_field};
const Deviation kDataZeroCheckOverread = {.answer = zero_check_overread};
const Deviation kDataArrayErrorLost = {.answer = array_error_lost};
const Deviation kDataEmptyElements = {.answer = empty_elements};
const Deviation kDataZeroByFirstMember = {.answer = zero_by_first_member};

}  // namespace retort
