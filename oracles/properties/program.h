// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The language of programs: sequences of libbpf's public calls as text, one call a line. Objects
// are named slots, and types are named by rank among the types that a slot has when the line runs,
// so that a program from which lines were taken, or whose BTF was cut down, still says something.
// What is no call is skipped: a text that was damaged mostly still runs.
//
//     base = parse BASE               # a part of the pair: BASE, SPLT, SPLT2, DIST or TRGT
//     mine = empty base               # a split on it
//     add_struct mine "s" 8
//     add_field mine "a" all:3 0 0    # a type of the stack; own:3 of the layer; new:0 added last
//     2 x add_field mine "b" beyond:0 32 0
//     low, high = distill mine
//     free high
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relocator/format.h"

namespace retort {

enum class Verb : std::uint8_t {
  // objects
  empty,
  parse,
  copy,
  distill,
  free,
  // what appends a type
  add_int,
  add_float,
  add_ptr,
  add_array,
  add_struct,
  add_union,
  add_enum,
  add_enum64,
  add_fwd,
  add_typedef,
  add_volatile,
  add_const,
  add_restrict,
  add_type_tag,
  add_func,
  add_func_proto,
  add_var,
  add_datasec,
  add_decl_tag,
  // what appends to the type added last
  add_field,
  add_enum_value,
  add_enum64_value,
  add_func_param,
  add_datasec_var_info,
  // other edits
  add_type,
  add_btf,
  add_str,
  add_name,
  dedup,
  dedup_colliding,
  permute,
  relocate,
  set_pointer_size,
  set_endianness,
  // questions
  find_str,
  find_name,
  type_by_id,
  name_by_offset,
  str_by_offset,
  find_by_name,
  find_by_name_kind,
  resolve_size,
  resolve_type,
  align_of,
  pointer_size,
  endianness,
  type_cnt,
  base_btf,
  raw_data,
};
inline constexpr std::size_t kVerbCount = static_cast<std::size_t>(Verb::raw_data) + 1;

/// What an argument is. The letters are those of VerbText::arguments.
enum class ArgumentSort : std::uint8_t {
  slot,       ///< s
  base,       ///< b: a slot that may be left out, at the end
  part,       ///< p
  type,       ///< t: a type of the first slot
  from_type,  ///< f: a type of the second slot
  name,       ///< n: a string, or null
  number,     ///< u
  kind,       ///< k
};

struct VerbText {
  std::string_view name;
  unsigned results = 0;  ///< slots on the left side
  std::string_view arguments;
};
const VerbText& text_of(Verb verb);
ArgumentSort sort_of(char letter);

constexpr bool appends_type(Verb verb) {
  return verb >= Verb::add_int && verb <= Verb::add_decl_tag;
}
constexpr bool appends_element(Verb verb) {
  return verb >= Verb::add_field && verb <= Verb::add_datasec_var_info;
}
/// What changes the types or strings of its first slot.
constexpr bool edits(Verb verb) {
  return verb >= Verb::add_int && verb <= Verb::relocate;
}

/// A type by its rank, counted round where there are fewer.
struct TypeRef {
  enum class Sort : std::uint8_t {
    void_,
    all,     ///< of the whole stack, from 1
    own,     ///< of the top layer
    new_,    ///< among those that earlier lines added, the latest first
    beyond,  ///< ids that do not exist yet, the next first
  };
  Sort sort = Sort::void_;
  std::uint32_t rank = 0;
  bool operator==(const TypeRef&) const = default;
};

struct Argument {
  std::optional<std::string> text{};  ///< slot, part or name; nothing for a name that is null
  TypeRef type{};
  std::uint64_t number = 0;  ///< or a kind
  bool operator==(const Argument&) const = default;
};

struct Call {
  Verb verb = Verb::empty;
  std::uint32_t times = 1;
  std::vector<std::string> results{};
  std::vector<Argument> arguments{};  ///< as many as the verb has, but for a base left out
  bool operator==(const Call&) const = default;
};

using Program = std::vector<Call>;

inline constexpr std::size_t kMaxCalls = 512;
inline constexpr std::uint32_t kMaxTimes = 70000;

/// Reads what can be read, up to kMaxCalls calls.
Program parse_program(std::string_view text);
std::optional<Call> parse_call(std::string_view line);
std::string to_text(const Call& call);
std::string to_text(const Program& program);

/// The program of a pair's PROG part as text; empty where there is none.
std::string_view program_text(btf::Bytes bytes);

}  // namespace retort
