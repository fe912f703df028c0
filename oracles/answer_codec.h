// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// An answer as bytes, for the way from a child process to its parent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oracles/answer.h"

namespace retort {

std::string encode_answer(const Answer& answer);
/// Nothing where the bytes are not exactly one whole answer.
std::optional<Answer> decode_answer(std::string_view bytes);

}  // namespace retort
