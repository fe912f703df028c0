// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/version.h"

#include <fmt/format.h>

#include "oracles/kernels.h"
#include "oracles/libbpf/ops.h"
#include "oracles/oracle.h"

namespace retort {

std::string version_text() {
  std::string text = "retort " RETORT_VERSION;
  const auto add = [&](std::string_view oracle, std::string_view version) {
    text += fmt::format("\n{:20} {}", oracle, version);
  };
  for (const auto& oracle : oracle_table()) {
    if (oracle->name() == "reference") continue;
    if (const auto why = oracle->unavailable())
      add(oracle->name(), "cannot be asked: " + *why);
    else
      add(oracle->name(), oracle->version());
  }
  for (const libbpf_missing* libbpf = retort_libbpf_missing; libbpf->name != nullptr; ++libbpf)
    add(libbpf->name, std::string("not built: ") + libbpf->reason);
  for (const MissingKernel& kernel : missing_kernels())
    add(kernel.name, "not built: " + std::string(kernel.reason));
  return text;
}

}  // namespace retort
