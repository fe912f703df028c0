// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A FUNC that the kernel has looked at already counts as its prototype, so a pointer to a FUNC that
// comes before it is accepted, and so is a modifier of a FUNC unless a pointer led there. Which of
// the two it is depends on where the kernel's walk began.
#include "oracles/deviations/kernel_order.h"
#include "oracles/deviations/kernel_walk.h"
#include "oracles/kernel_deviations.h"

namespace retort {
namespace {

bool overlooks(const OpenedLayer& layer, btf::Check check) {
  return check == btf::Check::sizeless_type && types_pass_alone(layer) &&
         layer.kernel_walk().code() == 0 && !layer.kernel_walk().took_unseen();
}

}  // namespace

const Deviation kReferenceToFunc = {.overlooks = overlooks};

}  // namespace retort
