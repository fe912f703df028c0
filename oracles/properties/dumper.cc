// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/dumper.h"

#include <algorithm>

#include "oracles/properties/fence.h"

namespace retort {
namespace {

struct DataCall {
  const libbpf_ops* ops;
  lb_dump* dump;
  std::uint32_t id;
  std::span<const std::byte> data;
  const lb_data_opts* opts;
  int result;
};

void call_data(void* context) {
  auto& call = *static_cast<DataCall*>(context);
  call.result =
      call.ops->dumps->data(call.dump, call.id, call.data.data(), call.data.size(), call.opts);
}

}  // namespace

std::unique_ptr<Dumper> Dumper::open(const libbpf_ops& ops, const lb_btf* btf, std::size_t most) {
  std::unique_ptr<Dumper> dumper(new Dumper(ops, most));
  if (ops.dumps->open(btf, &dumper->sink_, &dumper->dump_) != 0) return nullptr;
  return dumper;
}

std::optional<int> Dumper::data(std::uint32_t id, std::span<const std::byte> data,
                                const lb_data_opts& opts) {
  DataCall call{.ops = &ops_, .dump = dump_, .id = id, .data = data, .opts = &opts, .result = 0};
  if (fence_call(call_data, &call) != 0) return {};
  return counted(call.result);
}

int Dumper::write(void* context, const char* text, std::size_t length) {
  auto& dumper = *static_cast<Dumper*>(context);
  dumper.text_.append(text, std::min(length, dumper.most_ - dumper.text_.size()));
  return dumper.text_.size() < dumper.most_ ? 1 : 0;
}

}  // namespace retort
