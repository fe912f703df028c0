// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What follows from how the kernel walks references: it keeps 32 types on its stack; it copies no
// more than 128 bits for a member; and what is behind a modifier that a pointer led through counts
// as seen, be it a struct that contains itself or an array that is larger than what holds it.
#include <cerrno>

#include "oracles/deviations/kernel_order.h"
#include "oracles/deviations/kernel_walk.h"
#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

int limit_depth(const OpenedLayer& layer, int reference) {
  if (reference != 0) return reference;
  return layer.kernel_walk().fault() == KernelWalk::Fault::depth ? E2BIG : 0;
}

int limit_copies(const OpenedLayer& layer, int reference) {
  if (reference != 0) return reference;
  return layer.kernel_walk().fault() == KernelWalk::Fault::copy_bits ? EINVAL : 0;
}

bool overlook_what_counts_as_seen(const OpenedLayer& layer, btf::Check check) {
  const bool concerned = check == btf::Check::reference_loop ||
                         check == btf::Check::member_bounds || check == btf::Check::size_overflow ||
                         check == btf::Check::sizeless_type;
  return concerned && types_pass_alone(layer) && layer.kernel_walk().took_unseen() &&
         layer.kernel_walk().code() == 0;
}

}  // namespace

const Deviation kDeepReferences = {.opened = limit_depth};
const Deviation kCopyLimit = {.opened = limit_copies};
const Deviation kCountedAsSeen = {.overlooks = overlook_what_counts_as_seen};

}  // namespace retort
