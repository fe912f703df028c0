// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Distils a module's BTF from one kernel's and relocates it onto another's, by what is installed.
#include <relocator/btf.h>
#include <relocator/builder.h>
#include <relocator/distill.h>
#include <relocator/index.h>
#include <relocator/relocate.h>
#include <relocator/rules.h>

#include <bit>
#include <cstdio>

int main() {
  constexpr std::endian kOrder = std::endian::native;
  btf::Builder old_kernel(kOrder);
  const std::uint32_t int_id = old_kernel.add_int("int", 4);
  btf::Builder module(old_kernel, kOrder);
  module.add_reference(btf::Kind::typedef_, int_id, "module_t");
  btf::Builder new_kernel(kOrder);
  new_kernel.add_int("char", 1);
  new_kernel.add_int("int", 4);

  const btf::Policy& policy = btf::agreed_policy();
  const auto base = btf::Btf::parse(old_kernel.finish());
  const auto split = btf::Btf::parse(module.finish(), {.base = *base});
  const auto distilled = btf::distill(**split, policy);
  if (!distilled) return 1;
  const auto small_base = btf::Btf::parse(distilled->base);
  const auto small_split = btf::Btf::parse(distilled->split, {.base = *small_base});
  const auto target = btf::Btf::parse(new_kernel.finish());
  const auto relocated = btf::relocate(**small_split, btf::NameIndex(**target), policy);
  if (!relocated) return 1;
  std::printf("int was type %u and is type %u\n", int_id, relocated->id_map[1]);
  return relocated->id_map[1] == 2 ? 0 : 1;
}
