// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The layers that a command works on: FILE on what --base names, lowest first. A module that
// carries its distilled base in .BTF.base lies on that one.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "fuzzers/cli/console.h"
#include "fuzzers/cli/failure.h"
#include "fuzzers/cli/input.h"
#include "oracles/pair.h"
#include "relocator/btf.h"
#include "relocator/rules.h"

namespace retort {

struct FileLayers {
  std::vector<BtfFile> files;  ///< lowest first; the last is FILE
  bool on_distilled = false;   ///< the lowest is the .BTF.base of FILE

  [[nodiscard]] const BtfFile& top() const { return files.back(); }
};

Result<FileLayers> read_layers(const std::string& file, const std::vector<std::string>& bases,
                               const Console& console);

using Opened = std::expected<btf::BtfPtr, btf::Error>;

/// The top layer on all others, each parsed and checked as the policy demands.
Opened open_layers(const FileLayers& layers, const btf::Policy& policy);
/// The same without any check, for commands that only show what is there.
Opened parse_layers(const FileLayers& layers);

/// The layers as a pair, for oracles.
Pair pair_of(const FileLayers& layers);

/// The file that holds the layer at fault.
const std::string& file_at_fault(const FileLayers& layers, const btf::Error& error);
/// What is wrong there, in words.
std::string sentence_in(const FileLayers& layers, const btf::Error& error);
/// Both, as the end of a command.
std::unexpected<Failure> rejected_in(const FileLayers& layers, const btf::Error& error);

}  // namespace retort
