// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Cases of deduplication: for each sentence that upstream's selftests hold libbpf to, an input of
// our own making. The reference and every oracle are put to the same cases.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "relocator/builder.h"

namespace btf::testing {

struct DedupCase {
  std::string_view sentence;
  void (*base)(Builder& base);
  void (*split)(Builder& split);  ///< null where the base itself is deduplicated
  std::string_view left;          ///< the types that the top layer is left with (left_in_words)
};

std::span<const DedupCase> dedup_cases();

/// The layers' bytes, lowest first.
std::vector<std::vector<std::byte>> layers_of(const DedupCase& from);

/// The types of a layer in words: "INT int; PTR 1", ids behind names, counted as in the stack.
std::string left_in_words(const Btf& layer);

}  // namespace btf::testing
