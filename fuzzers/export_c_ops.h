// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The operations in C, one pair of functions each: the calls, and the text that is expected of them
// where they are accepted. export_c.cc puts the file around them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fuzzers/export.h"
#include "fuzzers/export_parts.h"

namespace retort {

/// Beyond this many types of a layer, expected and actual text are compared up to here.
inline constexpr std::uint32_t kSaidTypes = 1000;

/// Opens the parts, and returns where one is refused.
std::string open_calls(std::span<const CPart> parts);
/// `static void run(void)`: opens the parts, then makes the calls.
std::string run_function(const ExportInput& input, std::string_view calls);

std::string check_body(const ExportInput& input);
std::string check_expected(const ExportInput& input);
std::string find_body(const ExportInput& input);
std::string find_expected(const ExportInput& input);
std::string distill_body(const ExportInput& input);
std::string distill_expected(const ExportInput& input);
std::string relocate_body(const ExportInput& input);
std::string relocated_expected(const ExportInput& input);
std::string roundtrip_body(const ExportInput& input);
std::string dedup_body(const ExportInput& input);
std::string dedup_expected(const ExportInput& input);

// Properties have one text for all is well: "accepted".
std::string holds_expected(const ExportInput& input);
std::string reparse_body(const ExportInput& input);
std::string dump_body(const ExportInput& input);
std::string laws_body(const ExportInput& input);
std::string ext_body(const ExportInput& input);
std::string elf_body(const ExportInput& input);
std::string core_body(const ExportInput& input);
std::string sequence_body(const ExportInput& input);
std::string nomem_body(const ExportInput& input);

}  // namespace retort
