// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// For tests: what a builder holds, as it is read.
#pragma once

#include "relocator/btf.h"
#include "relocator/builder.h"

namespace retort {

inline btf::BtfPtr parsed(const btf::Builder& builder) {
  return btf::Btf::parse(builder.finish()).value();
}

}  // namespace retort
