// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Witnesses make a deduplication's map visible from outside: a VAR that points at each type of the
// layer is appended before, and since no VAR is ever merged, what they point at afterwards is where
// each type went. So an oracle that returns nothing but bytes can be judged type by type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oracles/answer.h"
#include "relocator/btf.h"
#include "relocator/dedup_check.h"

namespace retort {

/// The layer with a VAR for each of its types behind them, in its byte order, header of 24 bytes.
std::vector<std::byte> with_witnesses(const btf::Btf& layer);

/// What the reference makes of the layer with its witnesses: bytes and digest, or a rejection.
Answer deduplicate(const btf::BtfPtr& layer);

/// What is wrong with the result of some deduplication of the layer with its witnesses, in words,
/// or nothing: whether it is sound, and nothing else.
std::optional<std::string> unsound_result(
    const btf::BtfPtr& layer, btf::Bytes result,
    btf::Declarations declarations = btf::Declarations::become_definitions);

}  // namespace retort
