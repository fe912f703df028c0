// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/inspection_guards.h"

#include <algorithm>
#include <limits>

#include "oracles/any_data_question.h"
#include "oracles/properties/data_reads.h"
#include "oracles/properties/declaration_list.h"
#include "oracles/properties/nomem.h"
#include "oracles/properties/printed_layout.h"
#include "oracles/properties/walk.h"
#include "relocator/resolve.h"

namespace retort {
namespace {

// So many steps take a second or more in any build.
constexpr std::uint64_t kTooLong = std::uint64_t{1} << 26;

std::uint64_t longest(const btf::Btf& top, const Steps& steps) {
  const std::vector<std::uint64_t> walks = walk_lengths(top, steps);
  return *std::ranges::max_element(walks);
}

// The longest walk that does end.
std::uint64_t longest_end(const btf::Btf& top, const Steps& steps) {
  std::uint64_t length = 0;
  for (const std::uint64_t walk : walk_lengths(top, steps))
    if (walk != kEndless) length = std::max(length, walk);
  return length;
}

template <class Test>
bool any_alignment(const Evaluation& evaluation, Test&& test) {
  if (evaluation.source && test(*evaluation.source)) return true;
  return evaluation.target && test(*evaluation.target);
}

template <class Test>
bool any_type(const btf::Btf& top, Test&& test) {
  for (std::uint32_t id = 1; id < top.end_id(); ++id)
    if (test(top.type(id))) return true;
  return false;
}

bool dumps(const Evaluation& evaluation) {
  return evaluation.op == Op::dump && evaluation.source;
}

// Whether showing data comes to what the member stands for.
bool any_reads(const Evaluation& evaluation, bool DataReads::* hazard) {
  return any_data_question(evaluation,
                           [&](const btf::Btf& top, const DataQuestion& question, Bytes data) {
                             return reads_of(top, question, data).*hazard;
                           });
}

}  // namespace

bool has_alignment_loop(const Evaluation& evaluation, const Answer&) {
  if (runs_program(evaluation.op))
    return reaches_by(evaluation.op, evaluation.pair, evaluation.dialect(),
                      Hazard::align_of_endless);
  if (dumps(evaluation)) {
    const btf::Btf& top = *evaluation.source;
    const std::vector<std::uint64_t> walks = walk_lengths(top, steps_of_alignment);
    return any_type(top, [&](const btf::Type& type) {
      return btf::is_composite(type.kind()) && type.name_offset() == 0 &&
             walks[type.id()] == kEndless;
    });
  }
  return evaluation.op == Op::reparse && any_alignment(evaluation, [](const btf::Btf& top) {
           return longest(top, steps_of_alignment) == kEndless;
         });
}

bool has_alignment_of_zero(const Evaluation& evaluation, const Answer&) {
  return dumps(evaluation) && has_padding_before_unaligned(*evaluation.source);
}

bool has_moved_list(const Evaluation& evaluation, const Answer&) {
  return dumps(evaluation) && has_list_moved_while_in_use(*evaluation.source);
}

bool has_walk_too_long(const Evaluation& evaluation, const Answer&) {
  if (evaluation.op != Op::reparse && !dumps(evaluation)) return false;
  return any_alignment(evaluation, [&](const btf::Btf& top) {
    return longest_end(top, steps_of_alignment) > kTooLong ||
           (dumps(evaluation) && longest_end(top, steps_of_declaration) > kTooLong);
  });
}

bool has_order_loop(const Evaluation& evaluation, const Answer&) {
  return dumps(evaluation) && longest(*evaluation.source, steps_of_order) == kEndless;
}

bool has_printed_return_id_out_of_range(const Evaluation& evaluation, const Answer&) {
  if (!dumps(evaluation)) return false;
  const btf::Btf& top = *evaluation.source;
  return any_type(top, [&](const btf::Type& type) {
    return type.kind() == btf::Kind::func_proto && type.type_id() >= top.end_id();
  });
}

bool has_offset_beyond_int(const Evaluation& evaluation, const Answer&) {
  // Rounded up to the next pointer, in bits.
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max() - 64;
  if (!dumps(evaluation)) return false;
  btf::Resolver resolver(*evaluation.source);
  return any_type(*evaluation.source, [&](const btf::Type& type) {
    if (!btf::is_composite(type.kind())) return false;
    for (std::uint32_t index = 0; index < type.vlen(); ++index) {
      const std::uint32_t word = type.element(index, 2);
      const auto offset = static_cast<std::int32_t>(btf::member_bit_offset(word, type.kflag()));
      const std::uint64_t bits = resolver.resolve(type.element(index, 1)).size * 8;
      if (offset > 0 && static_cast<std::uint64_t>(offset) > most) return true;
      if (bits > most || static_cast<std::int64_t>(bits) + offset > std::int64_t{most}) return true;
    }
    return false;
  });
}

bool shows_unaligned_enum(const Evaluation& evaluation, const Answer&) {
  return any_reads(evaluation, &DataReads::shifts_all_out);
}

bool shows_bit_field_too_long(const Evaluation& evaluation, const Answer&) {
  return any_reads(evaluation, &DataReads::shifts_too_far);
}

bool shows_float_too_large(const Evaluation& evaluation, const Answer&) {
  return any_reads(evaluation, &DataReads::overflows_float);
}

}  // namespace retort
