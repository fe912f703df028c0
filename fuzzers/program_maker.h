// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Makes programs (oracles/properties/program.h) that do something: slots are bound before they are
// used, names are those that the pair has, ids mostly exist. What is wrong about a call is rare, so
// that the calls behind it still meet an object worth looking at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzzers/draft.h"
#include "fuzzers/random.h"
#include "oracles/properties/program.h"

namespace retort {

class ProgramMaker {
 public:
  /// Borrows the draft's parts: they say what can be parsed, and which names there are.
  ProgramMaker(Draft& draft, Random& random);

  /// A whole program: objects of the pair, edits, operations and questions.
  Program make();
  /// One call, on the slots that are bound where it will stand.
  Call any_call(const std::vector<std::string>& slots);
  /// The verb's arguments anew.
  Call call_of(Verb verb, const std::vector<std::string>& slots);
  Argument any_argument(ArgumentSort sort, const std::vector<std::string>& slots);

 private:
  Call object(const std::string& slot, const std::vector<std::string>& slots);
  void bind_pair(Program& program);
  void append_composite(Program& program, const std::string& slot);
  std::string any_slot(const std::vector<std::string>& slots);
  std::string any_name();
  TypeRef any_type();
  std::uint64_t any_number();

  Random& random_;
  std::vector<std::string> parts_;
  std::vector<std::string> names_;
};

/// The slots that are bound before that call.
std::vector<std::string> slots_before(const Program& program, std::size_t call);

}  // namespace retort
