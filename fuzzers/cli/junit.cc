// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace retort {
namespace {

// XML cannot hold control characters, not even escaped, and the rest of a name may be no UTF-8.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (c == '\n')
      result += "&#10;";
    else if (byte < ' ' || byte >= 0x7f)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result;
}

std::string case_element(const JunitSuite& suite, const JunitCase& test) {
  std::string element = fmt::format("    <testcase classname=\"{}\" name=\"{}\"",
                                    escaped(suite.name), escaped(test.name));
  if (!test.failure) return element + "/>\n";
  const std::string message = test.failure->substr(0, test.failure->find('\n'));
  return element + fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                               escaped(message), escaped(*test.failure));
}

}  // namespace

std::string junit(const std::vector<JunitSuite>& suites) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const JunitSuite& suite : suites) {
    const auto failures = std::ranges::count_if(
        suite.cases, [](const JunitCase& test) { return test.failure.has_value(); });
    text += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
                        escaped(suite.name), suite.cases.size(), failures);
    for (const JunitCase& test : suite.cases) text += case_element(suite, test);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace retort
