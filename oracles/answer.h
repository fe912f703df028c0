// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Operations on a pair, and the answers that oracles give to them. Answers are plain values, so
// that they can be compared, sent through a pipe from a child process and written as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/pair.h"
#include "relocator/btf.h"
#include "relocator/canonical.h"

namespace retort {

enum class Op : std::uint8_t {
  check,      ///< parse and check every part
  find,       ///< every name of the top layer, with its kind and without
  distill,    ///< the top SPLT on BASE (and lower SPLTs)
  relocate,   ///< the top SPLT, whose base is DIST (and lower SPLTs), onto TRGT
  roundtrip,  ///< distil the top SPLT on BASE, relocate the result onto TRGT, or onto BASE
  dedup,      ///< the top layer with a witness for each of its types (witnesses.h)
  laws,       ///< what holds between answers to one pair and to its variants (properties/laws.h)
  reparse,    ///< an object says the same however it came to be (properties/reparse.h)
  dump,       ///< types and data as C text (properties/dump.h)
  ext,        ///< BEXT with its BTF (properties/ext.h)
  elf,        ///< ELFF, or a file made of the other parts (properties/elf.h)
  core,       ///< the relocations of CORE, or some of each type (properties/core.h)
  kernel,     ///< what else a kernel does with what it accepts (kernel/entry_points.h)
  sequence,   ///< the calls of PROG, in their order (properties/sequence.h)
  nomem,      ///< each of the others with one allocation failing (properties/nomem.h)
};
inline constexpr Op kOps[] = {Op::check, Op::find, Op::distill, Op::relocate, Op::roundtrip,
                              Op::dedup, Op::laws, Op::reparse, Op::dump,     Op::ext,
                              Op::elf,   Op::core, Op::kernel,  Op::sequence, Op::nomem};

std::string_view op_name(Op op);
std::optional<Op> find_op(std::string_view name);

/// Whether the operation is judged by properties that hold whatever the answer is, instead of by
/// the reference's answer: it is accepted where all of them hold, else broken.
bool is_property_op(Op op);

/// The operations that the pair's parts allow, in the order of kOps.
std::vector<Op> ops_of(const Pair& pair);
bool allows_op(const Pair& pair, Op op);

enum class Outcome : std::uint8_t {
  accepted,
  rejected,
  guarded,  ///< kept away by an entry
  crashed,
  hung,
  broken,  ///< a property does not hold
};
std::string_view outcome_name(Outcome outcome);
/// Whether the one who was asked did not live to answer.
constexpr bool is_death(Outcome outcome) {
  return outcome == Outcome::crashed || outcome == Outcome::hung;
}

/// A part of the pair, named as in the pair file, or the operation itself: where a rejection arose.
enum class Stage : std::uint8_t { base, split, distilled, target, distill, relocate, find, dedup };
std::string_view stage_name(Stage stage);

struct Answer {
  Outcome outcome = Outcome::accepted;
  int code = 0;                         ///< a positive errno where rejected
  Stage stage = Stage::base;            ///< where rejected
  std::uint64_t digest = 0;             ///< over the canonical form of what was accepted
  bool input_preserved = true;          ///< a rejected operation left its input as it was
  std::vector<std::byte> bytes{};       ///< the resulting split
  std::vector<std::byte> base_bytes{};  ///< distill: the distilled base
  std::string detail{};    ///< in words: the error, or how the process died; never compared
  std::string entry{};     ///< guarded: the entry that took it
  std::string property{};  ///< broken: the property that does not hold
};

/// The answer that a property does not hold, and in words how it shows.
Answer broken(std::string_view property, std::string detail);

/// Whether two answers say the same: verdict, errno, stage and canonical form, or the property that
/// is broken. Bytes do not count.
bool same_answer(const Answer& a, const Answer& b);
bool same_bytes(const Answer& a, const Answer& b);

}  // namespace retort
