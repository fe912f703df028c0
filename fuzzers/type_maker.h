// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Makes random types that are valid: members lie inside their struct, what is held by value has a
// size, names are what their kind allows. It learns what the stack holds already and refers to it,
// so that a split layer leans on its base in every way that the kinds permit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzzers/edit.h"
#include "fuzzers/random.h"

namespace retort {

class TypeMaker {
 public:
  /// Adds to the top layer of the stack, which must be valid and must not change otherwise
  /// meanwhile.
  TypeMaker(Stack& stack, Random& random);

  /// Adds one type of a random kind, and what it needs.
  void add_any();
  void add(Kind kind);

 private:
  /// A type whose values have a size.
  struct Value {
    std::uint32_t id = 0;
    std::uint32_t size = 0;
    Kind kind = Kind::void_;   ///< behind modifiers
    bool regular_int = false;  ///< an INT that fills its bytes
  };

  void learn();
  void note(std::uint32_t id, Value value);

  void add_int();
  void add_float();
  void add_reference(Kind kind);
  void add_array();
  void add_composite(Kind kind);
  void add_member(EditType& composite, std::uint32_t& cursor, std::uint32_t& end);
  void add_enumeration(Kind kind);
  void add_fwd();
  void add_func_proto();
  void add_func();
  void add_var();
  void add_datasec();
  void add_decl_tag();

  std::uint32_t append(const EditType& type) { return stack_.add(layer_, type); }
  std::uint32_t name(const std::string& text) { return stack_.intern(layer_, text); }
  std::uint32_t type_name();
  std::uint32_t member_name();
  std::string fresh_name();
  const Value& any_value();
  std::uint32_t index_type();
  std::uint32_t any_of(const std::vector<std::uint32_t>& ids);

  Stack& stack_;
  Random& random_;
  std::size_t layer_;
  std::vector<Value> values_;
  std::vector<std::uint32_t> referable_;  ///< what a pointer may lead to
  std::vector<std::uint32_t> protos_;     ///< whose parameters have names, as a FUNC needs them
  std::vector<std::uint32_t> taggable_;
  std::vector<Value> vars_, own_vars_;  ///< with the size of what they hold
  std::vector<std::string> names_;      ///< of types, for namesakes
};

}  // namespace retort
