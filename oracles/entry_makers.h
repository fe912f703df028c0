// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// How entries of the table are written down, for the files that hold a part of it each: entries.cc
// and those that it appends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oracles/entries.h"

namespace retort {

/// Entries of one sort, with the severity that most of it have, documented for libbpf-6.12.
Entry deviation(std::string name, Op op, std::string sentence, std::string_view upstream,
                const Deviation& code);
Entry guard(std::string name, Op op, std::string sentence, std::string_view upstream,
            GuardPredicate predicate);
Entry tolerance(std::string name, Op op, std::string sentence, std::string_view upstream,
                TolerancePredicate predicate);
/// The entry, where its severity is not that of most of its sort.
Entry with(Severity severity, Entry entry);

/// Defects of what only looks at BTF: accessors, re-parsing, dumping.
void append_inspection_defects(std::vector<Entry>& table);
/// Defects over several calls on one object, and where memory runs out.
void append_sequence_defects(std::vector<Entry>& table);

}  // namespace retort
