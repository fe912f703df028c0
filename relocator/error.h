// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What can go wrong, and where. An Error is a value without text: a code of the errno family, the
// reason, and the place (layer, type id, byte offset). sentence() turns it into words, here alone,
// so that every caller reports a place in the same manner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relocator/rules.h"

namespace btf {

/// Why an operation failed.
enum class Reason : std::uint8_t {
  // The bytes cannot be walked at all, whatever the policy.
  header_truncated,
  magic,
  foreign_header_length,
  section_bounds,
  section_overlap,
  type_section_alignment,
  string_section_empty,
  string_section_unterminated,
  first_string_not_empty,
  layout_section,
  type_truncated,
  kind_without_size,
  too_many_types,
  // A check of the policy is not met; Error::check says which.
  check,
  // Distillation.
  not_split,
  reference_to_base_kind,
  unplaceable_in_distilled_base,
  enum_size_unplaceable,
  // Relocation.
  distilled_kind,
  distilled_anonymous,
  unmatched,
  string_unmapped,
  strings_too_long,
};

/// Where the rule that was broken lives, and what broke it.
struct Error {
  int code = 0;  ///< a positive errno value
  Reason reason = Reason::check;
  std::optional<Check> check;            ///< set when reason is Reason::check
  std::uint32_t layer = 0;               ///< 0 is the lowest base
  std::optional<std::uint32_t> type_id;  ///< the type at fault
  std::optional<std::uint64_t> offset;   ///< byte offset within the layer's bytes
  std::optional<std::uint32_t> value;    ///< the offending id, offset, kind or size
};

/// The error as one sentence, without a final newline: "type 5 at byte 72: ...".
std::string sentence(const Error& error);

/// The reason alone, as a short stable name such as "type-truncated", for counting failures.
std::string_view reason_name(const Error& error);

}  // namespace btf
