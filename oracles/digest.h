// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Digests of results, made the same way for every oracle: the bytes that it wrote are read by the
// relocator, without any check, and put into canonical form.
#pragma once

#include "oracles/pair.h"
#include "relocator/btf.h"
#include "relocator/canonical.h"

namespace retort {

/// The digest of one layer on its base; 0 if the bytes cannot be read.
std::uint64_t digest_of_result(btf::Bytes bytes, const btf::BtfPtr& base, btf::Dialect dialect);

/// Over tags and bytes of a pair: what tells pairs apart.
std::uint64_t digest_of(const Pair& pair);

/// The digest of two layers in their canonical form, without their byte order.
std::uint64_t digest_of_both(btf::Bytes base, btf::Bytes split, btf::Dialect dialect);

/// The digest of what distillation returns, a base and the split on it, each in its byte order; 0
/// if unreadable.
std::uint64_t digest_of_distilled(btf::Bytes base, btf::Bytes split, btf::Dialect dialect);

}  // namespace retort
