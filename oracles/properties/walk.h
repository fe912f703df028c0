// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// How long a walk is that follows references from a type and remembers nothing: libbpf walks like
// that when it aligns a type or prints one. A loop makes such a walk endless, and types that are
// used twice on each level make it as long as two to the number of levels.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "relocator/btf.h"

namespace retort {

inline constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

/// Called for every type that a walk enters from another, with how often it does.
using Visit = std::function<void(std::uint32_t id, std::uint32_t times)>;
using Steps = std::function<void(const btf::Type&, const Visit&)>;

/// By id of the stack below `top`: the number of types that a walk from there enters, each as often
/// as it is entered; kEndless where it does not end. Ids out of range count as one.
std::vector<std::uint64_t> walk_lengths(const btf::Btf& top, const Steps& steps);

/// What has to be looked at to align a type: modifiers, elements, members.
void steps_of_alignment(const btf::Type& type, const Visit& visit);
/// What has to be printed to declare something of a type: everything but what has a name.
void steps_of_declaration(const btf::Type& type, const Visit& visit);
/// What has to be looked at to show data of a type: every element and member.
void steps_of_data(const btf::Type& type, const Visit& visit);
/// What is followed, without looking back, to find the order of definitions.
void steps_of_order(const btf::Type& type, const Visit& visit);

}  // namespace retort
