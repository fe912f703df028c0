// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/tolerances.h"

#include <cerrno>

namespace retort {
namespace {

bool is_string_failure(const Answer& answer) {
  return answer.outcome == Outcome::rejected && answer.stage == Stage::relocate &&
         answer.code == ENOENT;
}

// Whether two relocated splits are equal but for their string offsets.
bool equal_but_for_names(const btf::Btf& split, btf::Bytes a, btf::Bytes b) {
  if (a.size() != b.size()) return false;
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const btf::Type type = split.type(id);
    std::vector<bool> is_name(type.words());
    btf::for_each_name(type, [&](std::size_t word) { is_name[word] = true; });
    for (std::size_t word = 0; word < type.words(); ++word) {
      const std::size_t at = split.record_offset(id) + word * btf::kWordBytes;
      if (at + btf::kWordBytes > a.size()) return false;
      if (!is_name[word] && btf::load_word(a.data() + at) != btf::load_word(b.data() + at))
        return false;
    }
  }
  return true;
}

}  // namespace

bool stacked_strings_differ(const Evaluation& evaluation, const Answer& predicted,
                            const Answer& answer) {
  if (evaluation.op != Op::relocate || !evaluation.split || !evaluation.split->base() ||
      !evaluation.split->base()->base())
    return false;
  if (is_string_failure(predicted) || is_string_failure(answer))
    return predicted.outcome == Outcome::accepted || answer.outcome == Outcome::accepted ||
           predicted.input_preserved != answer.input_preserved;
  return predicted.outcome == Outcome::accepted && answer.outcome == Outcome::accepted &&
         equal_but_for_names(*evaluation.split, predicted.bytes, answer.bytes);
}

}  // namespace retort
