// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A program as C: the calls on libbpf that it stands for, and the promises of a sequence in as many
// lines as a reader bears. Ranks are resolved where they are resolved here, at the call; what would
// be misuse is left out.
#pragma once

#include <string>

#include "oracles/pair.h"

namespace retort {

/// Definitions of C, `static void run_program(void)` the last of them. It calls `say(format, ...)`,
/// which has to be there, with "accepted\n", or with the first promise that does not hold; and it
/// wants <bpf/btf.h>, <errno.h>, <stdio.h>, <stdlib.h> and <string.h>. Empty where the pair has no
/// program. Only structures of BTF to 6.x are walked.
std::string program_as_c(const Pair& pair);

}  // namespace retort
