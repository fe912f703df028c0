// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/frame.h"

#include <cxxabi.h>

#include <cstdlib>
#include <string_view>

namespace retort {

std::string demangled(const char* name) {
  int status = 0;
  char* plain = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string text = status == 0 ? plain : name;
  std::free(plain);
  // Arguments make a name long and say nothing about the place.
  const std::string_view anonymous = "(anonymous namespace)::";
  for (std::size_t at = text.find(anonymous); at != std::string::npos; at = text.find(anonymous))
    text.erase(at, anonymous.size());
  return text.substr(0, text.find('('));
}

}  // namespace retort
