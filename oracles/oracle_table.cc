// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The one table of oracles. The reference comes first; every version of libbpf that the build was
// given follows. A new sort of oracle is one line here.
#include <algorithm>
#include <utility>
#include <vector>

#include "oracles/libbpf_oracle.h"
#include "oracles/model.h"
#include "oracles/oracle.h"

namespace retort {
namespace {

class ReferenceOracle : public Oracle {
 public:
  [[nodiscard]] std::string_view name() const override { return "reference"; }
  [[nodiscard]] std::string_view version() const override { return RETORT_VERSION; }
  [[nodiscard]] std::string_view describes() const override {
    return "relocator/ of this project, under the agreed policy";
  }
  [[nodiscard]] Answer answer(Op op, const Pair& pair) const override {
    return answer_under(btf::agreed_policy(), op, pair);
  }
};

std::vector<std::unique_ptr<Oracle>> make_table() {
  std::vector<std::unique_ptr<Oracle>> table;
  table.push_back(std::make_unique<ReferenceOracle>());
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops)
    table.push_back(std::make_unique<LibbpfOracle>(**ops));
  return table;
}

std::vector<std::unique_ptr<Oracle>>& table_of_this_run() {
  static std::vector<std::unique_ptr<Oracle>> table = make_table();
  return table;
}

}  // namespace

std::span<const std::unique_ptr<Oracle>> oracle_table() {
  return table_of_this_run();
}

void add_oracle(std::unique_ptr<Oracle> oracle) {
  table_of_this_run().push_back(std::move(oracle));
}

const Oracle* find_oracle(std::string_view name) {
  const auto table = oracle_table();
  const auto found = std::ranges::find_if(
      table, [&](const std::unique_ptr<Oracle>& oracle) { return oracle->name() == name; });
  return found == table.end() ? nullptr : found->get();
}

}  // namespace retort
