// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What is left of a C file: every function that something calls, and nothing but those.
#include "fuzzers/export_prune.h"

#include <gtest/gtest.h>

namespace retort {
namespace {

constexpr std::string_view kHelper =
    "/* Adds. */\nstatic int add(int a, int b)\n{\n\tint c = a;\n\n\treturn c + b;\n}\n\n";
constexpr std::string_view kCaller = "static int twice(int a)\n{\n\treturn add(a, a);\n}\n\n";
constexpr std::string_view kMain = "int main(void)\n{\n\treturn 0;\n}\n";

std::string joined(std::initializer_list<std::string_view> texts) {
  std::string text;
  for (const std::string_view one : texts) text += one;
  return text;
}

TEST(ExportPrune, WhatIsCalledStays) {
  constexpr std::string_view main = "int main(void)\n{\n\treturn twice(0);\n}\n";
  const std::string text = joined({kHelper, kCaller, main});
  EXPECT_EQ(without_unused_functions(text), text);
}

TEST(ExportPrune, WhatOnlyAnUnusedFunctionCallsGoesToo) {
  EXPECT_EQ(without_unused_functions(joined({kHelper, kCaller, kMain})), kMain);
}

TEST(ExportPrune, ACommentOrALiteralIsNoCall) {
  constexpr std::string_view main =
      "int main(void)\n{\n\tputs(\"it's no /* add(1, 1)\"); /* add(\"2\", 2) */\n}\n";
  EXPECT_EQ(without_unused_functions(joined({kHelper, main})), main);
}

TEST(ExportPrune, AFunctionThatIsHandedOnIsUsed) {
  constexpr std::string_view main = "int main(void)\n{\n\treturn call(add);\n}\n";
  const std::string text = joined({kHelper, main});
  EXPECT_EQ(without_unused_functions(text), text);
}

TEST(ExportPrune, DataAndFunctionsThatAreNotStaticStay) {
  constexpr std::string_view data = "static const int numbers[] = { 1 };\n\n";
  constexpr std::string_view global = "void *malloc(size_t size)\n{\n\treturn 0;\n}\n\n";
  const std::string text = joined({data, global, kMain});
  EXPECT_EQ(without_unused_functions(text), text);
}

}  // namespace
}  // namespace retort
