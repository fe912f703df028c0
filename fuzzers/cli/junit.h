// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Test results in the XML that JUnit made common.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace retort {

struct JunitCase {
  std::string name;
  std::optional<std::string> failure;  ///< its first line is the message
};

struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases;
};

std::string junit(const std::vector<JunitSuite>& suites);

}  // namespace retort
