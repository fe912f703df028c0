// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Checking: which demands of rules.h one layer of BTF meets. A policy names the demands that it
// makes; what the other layers hold is taken as checked before.
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include "relocator/btf.h"
#include "relocator/error.h"
#include "relocator/rules.h"

namespace btf {

/// Every check that this layer does not meet, whatever a policy demands.
CheckSet unmet_checks(const Btf& layer);

/// The same with places: for each check that is not met the first place, in the order in which they
/// were come upon.
std::vector<Error> first_of_each_unmet(const Btf& layer);

/// Every place where a check is not met, in the same order.
std::vector<Error> all_unmet(const Btf& layer);

/// The first demand among `demanded` that the layer does not meet, or nothing: header first, then
/// type by type. EINVAL, with the check, the type id and the byte offset.
std::optional<Error> first_unmet(const Btf& layer, CheckSet demanded);

/// Parses one layer as the policy reads it and checks it as the policy demands.
/// `borrow`: see ParseOptions.
std::expected<BtfPtr, Error> open(Bytes bytes, const Policy& policy, BtfPtr base = nullptr,
                                  bool borrow = false);

}  // namespace btf
