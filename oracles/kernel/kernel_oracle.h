// SPDX-License-Identifier: GPL-2.0
//
// A version of the kernel as an oracle. `checked` asks with care: BASE, DIST and TRGT are loaded as
// BPF_BTF_LOAD loads them, a SPLT passes the full check of types as well, and only what passes is
// relocated. `trusted` asks as a kernel asks itself, about its vmlinux, a module's .BTF and its
// .BTF.base, of which it believes that references and sizes are right; what follows from a wrong
// one may be anything.
#pragma once

#include <string>
#include <vector>

#include "oracles/kernel/ops.h"
#include "oracles/oracle.h"

namespace retort {

enum class KernelPath : std::uint8_t { checked, trusted };

class KernelOracle : public Oracle {
 public:
  KernelOracle(const kernel_version& version, KernelPath path);
  /// From now on the detail of an answer is all that the kernel said, not its last line alone.
  void tell_whole_log() { tells_whole_log_ = true; }

  /// From now on a rejection comes without words: to have some the kernel is asked twice.
  void tell_no_reasons() { tells_why_ = false; }

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::string_view version() const override { return version_.version; }
  [[nodiscard]] std::string_view describes() const override;
  [[nodiscard]] bool answers(Op op, const Pair& pair) const override;
  [[nodiscard]] Answer answer(Op op, const Pair& pair) const override;

 private:
  const kernel_version& version_;
  KernelPath path_;
  std::string name_;
  bool tells_whole_log_ = false;
  bool tells_why_ = true;
  /// The target that passed all checks last. Thousands of modules may come with one vmlinux.
  mutable std::vector<std::byte> passed_;
};

}  // namespace retort
