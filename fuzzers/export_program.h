// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A program as C: the calls on libbpf that it stands for, and the promises of a sequence in as many
// lines as a reader bears. Ranks are resolved where they are resolved here, at the call; what would
// be misuse is left out.
#pragma once

#include <cstdint>
#include <string>

#include "oracles/pair.h"

namespace retort {

/// How the calls are made.
enum class CRuns : std::uint8_t {
  compared,  ///< alone, with questions in between, and with objects parsed anew in between
  failing,   ///< again and again, each time with the next allocation failing
};

/// Definitions of C, `static void run_program(void)` the last of them. It says with
/// `say(format, ...)`, which has to be there, the first promise that does not hold. It wants
/// kTypesAsText, for CRuns::failing kFailingAllocator too, and each part that the program parses as
/// an array. The pair has a program. Only structures of BTF to 6.x are walked.
std::string program_as_c(const Pair& pair, CRuns runs);

}  // namespace retort
