// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Mutations of the PROG part. They stand beside the table of mutations and not in it: only a target
// that runs programs asks for them, so that the others lose no time on text that nothing reads.
#pragma once

#include <cstdint>
#include <span>

#include "fuzzers/mutations.h"

namespace retort {

/// What the pairs of a target are for.
enum class Flavour : std::uint8_t {
  parts,     ///< the BTF alone
  programs,  ///< a program that runs on it
};
/// Said once, before the first mutation; parts where nobody says anything.
void set_flavour(Flavour flavour);
Flavour flavour();

std::span<const Mutation> program_mutations();
/// One of them by weight.
const Mutation& any_program_mutation(Random& random);

/// Gives the pair a program where it has none.
void ensure_program(Draft& draft, Random& random);

}  // namespace retort
