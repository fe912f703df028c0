// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the exports have in common: the parts of a pair by the names of C variables, their bytes as
// C arrays, dumps as comments, and the pair's layers as they are opened, one on the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fuzzers/export.h"
#include "relocator/btf.h"

namespace retort {

/// A part that is BTF, as an operation opens it.
struct CPart {
  std::string variable;  ///< "base", "split", "split2", "distilled", "target"
  std::string tag;
  const std::vector<std::byte>* bytes = nullptr;
  std::string on;    ///< the variable of the layer below; empty for none
  btf::BtfPtr read;  ///< null where it, or what is below it, cannot be walked
};

/// The parts in the order in which every oracle opens them for the operation.
std::vector<CPart> parts_in_order(const Pair& pair, Op op);
/// The layer that the operation works on: the topmost SPLT, or what there is.
const CPart& top_part(const std::vector<CPart>& parts);

/// "static const unsigned char base_raw[] = ...", preceded by its dump.
std::string c_array(const CPart& part);
/// The same of any bytes, preceded by a sentence about them.
std::string c_bytes(std::string_view variable, Bytes bytes, std::string_view sentence);
/// A string as a C literal, split after each newline.
std::string c_literal(std::string_view text, std::string_view indent);
/// What must not end a comment early, or be read as a trigraph.
std::string for_comment(std::string_view text);
/// The sentences of the entries, what is expected and what came, as lines without decoration.
std::vector<std::string> explanation_lines(const ExportInput& input);
/// "accepted", or "rejected with errno 22 at BASE (what the reference says)".
std::string expectation_text(const Answer& expected);
/// The name with nothing but letters, digits and underscores.
std::string c_identifier(std::string_view name);

}  // namespace retort
