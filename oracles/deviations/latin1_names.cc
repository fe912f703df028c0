// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The kernel's isalpha() knows Latin-1, so a name with its letters is an identifier there, and its
// isprint() lets all of Latin-1's characters stand in the name of a section.
#include <algorithm>

#include "oracles/kernel_deviations.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

bool is_letter(unsigned char c) {
  const bool latin1 = c >= 0xc0 && c != 0xd7 && c != 0xf7;
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || latin1;
}

bool is_identifier(std::string_view name) {
  return is_letter(static_cast<unsigned char>(name[0])) && std::ranges::all_of(name, [](char c) {
           return is_letter(static_cast<unsigned char>(c)) || (c >= '0' && c <= '9');
         });
}

bool is_printable(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code >= ' ' && code <= '~') || code >= 0xa0;
  });
}

bool is_any_name_allowed(btf::Kind kind) {
  return kind == btf::Kind::int_ || kind == btf::Kind::float_ || kind == btf::Kind::decl_tag ||
         kind == btf::Kind::type_tag;
}

bool overlooks(const OpenedLayer& layer, btf::Check check) {
  if (check != btf::Check::name_identifier) return false;
  bool allowed = true;
  for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id) {
    const btf::Type type = layer.btf->type(id);
    btf::for_each_name(type, [&](std::size_t word) {
      allowed = allowed && is_name_for_kernel(type, word, layer.btf->name(type.word(word)));
    });
  }
  return allowed;
}

}  // namespace

bool is_name_for_kernel(const btf::Type& type, std::size_t word, std::string_view name) {
  if (name.empty() || (word == 0 && is_any_name_allowed(type.kind()))) return true;
  if (name.size() > 512) return false;
  return word == 0 && type.kind() == btf::Kind::datasec ? is_printable(name) : is_identifier(name);
}

const Deviation kLatin1Names = {.overlooks = overlooks};

}  // namespace retort
