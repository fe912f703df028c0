// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Exporting a finding: as something that its receiver can use without this project. A C file that
// needs libbpf alone, a subtest in the notation of upstream's selftests, or the bare parts. What is
// expected in them is the reference's answer; nothing of an oracle goes in but words in a comment.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/answer.h"
#include "oracles/pair.h"

namespace retort {

struct ExportInput {
  std::string name;      ///< of the pair, as in its file's name
  const Pair& pair;      ///< borrowed
  Op op = Op::check;     ///< that is exported
  Answer expected;       ///< the reference's
  std::string came;      ///< in words: who answers otherwise, and what; empty where nobody does
  std::string property;  ///< that is broken, where one is
  std::string reach;     ///< in words
  std::vector<std::size_t> entries;  ///< that explain it, as indices of entries()
};

/// The text, or one sentence why there is none.
using Exported = std::expected<std::string, std::string>;

Exported export_c(const ExportInput& input);
Exported export_selftest(const ExportInput& input);

/// A part under the name of the file that it goes to: base.btf, split2.btf, prog.txt.
struct NamedPart {
  std::string file;
  const Part* part = nullptr;
  bool is_known = true;  ///< the tag is one that means something
};
std::vector<NamedPart> named_parts(const Pair& pair);

/// How an operation is said in C: the body of a function `static void run(void)` that makes the
/// calls and prints with say() what came of them, and the same text as it is expected. An operation
/// joins by one line in the table in export_c.cc.
struct CSnippet {
  Op op;
  std::string (*body)(const ExportInput& input);
  std::string (*expected)(const ExportInput& input);
};
std::span<const CSnippet> c_snippets();

}  // namespace retort
