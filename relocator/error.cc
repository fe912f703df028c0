// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Errors in words: the one place where they become sentences.
#include "relocator/error.h"

#include "relocator/format.h"

namespace btf {
namespace {

struct ReasonText {
  std::string_view name;
  std::string_view sentence;
  std::string_view value;  ///< what Error::value is, or empty if it is not worth saying
};

ReasonText text_of(Reason reason) {
  switch (reason) {
    case Reason::header_truncated:
      return {"header-truncated", "the header does not fit the data", "length"};
    case Reason::magic:
      return {"magic", "this is not BTF: the magic number is wrong", ""};
    case Reason::foreign_header_length:
      return {"foreign-header-length",
              "a header of this length cannot be read in foreign byte order", "length"};
    case Reason::section_bounds:
      return {"section-bounds", "the section reaches beyond the end of the data", "offset"};
    case Reason::section_overlap:
      return {"section-overlap", "the section overlaps another one", "offset"};
    case Reason::type_section_alignment:
      return {"type-section-alignment", "the type section is not aligned to 4 bytes", "offset"};
    case Reason::string_section_empty:
      return {"string-section-empty", "a base has no strings, not even the empty one", ""};
    case Reason::string_section_unterminated:
      return {"string-section-unterminated",
              "the string section is too long or its last string has no end", ""};
    case Reason::first_string_not_empty:
      return {"first-string-not-empty", "the first string of a base is not the empty one", ""};
    case Reason::layout_section:
      return {"layout-section", "the layout section contradicts the format", "entry"};
    case Reason::type_truncated:
      return {"type-truncated", "the type reaches beyond the end of the type section", "vlen"};
    case Reason::kind_without_size:
      return {"kind-without-size", "the kind is unknown and no layout gives its size", "kind"};
    case Reason::too_many_types:
      return {"too-many-types", "there are more types than ids", ""};
    case Reason::check:
      return {"check", "a check is not met", "value"};
    case Reason::not_split:
      return {"not-split", "there is no base below this BTF", ""};
    case Reason::reference_to_base_kind:
      return {"reference-to-base-kind",
              "a FUNC, VAR, DATASEC or DECL_TAG of the base cannot be referred to", "id"};
    case Reason::unplaceable_in_distilled_base:
      return {"unplaceable", "an anonymous INT, FLOAT or FWD has no place in a distilled base", ""};
    case Reason::enum_size_unplaceable:
      return {"unplaceable-enum", "an enumeration of this size has no place in a distilled base",
              "size"};
    case Reason::distilled_kind:
      return {"distilled-kind", "a distilled base cannot hold this kind", "kind"};
    case Reason::distilled_anonymous:
      return {"distilled-anonymous", "a type of a distilled base has no name", "kind"};
    case Reason::unmatched:
      return {"unmatched", "the distilled type does not match exactly one type of the target", ""};
    case Reason::string_unmapped:
      return {"string-unmapped", "a string of the distilled base is no name of a distilled type",
              "offset"};
    case Reason::strings_too_long:
      return {"strings-too-long", "the string offsets would not fit 32 bits", "length"};
  }
  return {};
}

}  // namespace

std::string_view reason_name(const Error& error) {
  return error.check ? text_of(*error.check).name : text_of(error.reason).name;
}

std::string sentence(const Error& error) {
  std::string text;
  const auto append = [&](std::string_view label, std::uint64_t value) {
    if (!text.empty()) text += " ";
    text += std::string(label) + " " + std::to_string(value);
  };
  if (error.layer != 0) append("layer", error.layer);
  if (error.type_id) append("type", *error.type_id);
  if (error.offset) append("at byte", *error.offset);
  if (!text.empty()) text += ": ";
  std::string_view value_label = text_of(error.reason).value;
  if (error.check) {
    text += "[" + std::string(text_of(*error.check).name) + "] not met: ";
    text += text_of(*error.check).sentence;
    value_label = "value";
  } else {
    text += text_of(error.reason).sentence;
  }
  if (error.value && !value_label.empty())
    text += " (" + std::string(value_label) + " " + std::to_string(*error.value) + ")";
  return text;
}

}  // namespace btf
