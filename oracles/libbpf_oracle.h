// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A version of libbpf as an oracle: opens the parts in the order in which the model opens them, and
// turns what libbpf returns into an Answer. What libbpf writes is read back by the relocator; what
// it sees when it parses is asked from libbpf itself, type by type and string by string.
#pragma once

#include <string>

#include "oracles/libbpf/ops.h"
#include "oracles/oracle.h"
#include "oracles/properties/library_stack.h"
#include "relocator/format.h"

namespace retort {

/// How that version's header reads the info word.
inline btf::Dialect dialect_of(const libbpf_ops& ops) {
  return ops.most_elements > 0xffff ? btf::Dialect::wide : btf::Dialect::narrow;
}

class LibbpfOracle : public Oracle {
 public:
  explicit LibbpfOracle(const libbpf_ops& ops);

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::string_view version() const override { return library_.ops->version; }
  [[nodiscard]] std::string_view describes() const override {
    return "tools/lib/bpf of the kernel's source, in process";
  }
  [[nodiscard]] bool answers(Op op, const Pair& pair) const override;
  [[nodiscard]] Answer answer(Op op, const Pair& pair) const override;

 private:
  [[nodiscard]] Answer ask(Op op, const Pair& pair) const;

  std::string name_;
  Library library_;
};

}  // namespace retort
