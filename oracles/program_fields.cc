// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/program_fields.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace retort {
namespace {

constexpr std::array<std::string_view, 7> kStructs = {
    "bpf_spin_lock", "bpf_res_spin_lock", "bpf_list_head", "bpf_list_node",
    "bpf_rb_root",   "bpf_rb_node",       "bpf_refcount",
};
constexpr std::array<std::string_view, 4> kTags = {"kptr_untrusted", "kptr", "percpu_kptr", "uptr"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool has_program_fields(const btf::Btf& layer) {
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    if (type.kind() == btf::Kind::struct_ && is_one_of(kStructs, layer.name(type))) return true;
    if (type.kind() == btf::Kind::type_tag && is_one_of(kTags, layer.name(type))) return true;
  }
  return false;
}

}  // namespace retort
