// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Errors in words: every reason is one readable sentence that begins with its place.
#include "relocator/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <regex>
#include <set>

namespace btf {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Every reason; the last one ends the enumeration.
std::vector<Reason> every_reason() {
  std::vector<Reason> reasons;
  for (unsigned reason = 0; reason <= static_cast<unsigned>(Reason::strings_too_long); ++reason)
    reasons.push_back(static_cast<Reason>(reason));
  return reasons;
}

Error at_place(Reason reason) {
  return {.code = EINVAL,
          .reason = reason,
          .check = {},
          .layer = 1,
          .type_id = 5,
          .offset = 72,
          .value = 7};
}

void expect_readable(const std::string& text) {
  EXPECT_THAT(text, StartsWith("layer 1 type 5 at byte 72: "));
  EXPECT_GT(text.size(), 40U) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  EXPECT_THAT(text, AllOf(Not(EndsWith(".")), Not(EndsWith(" ")), Not(HasSubstr("  "))));
}

TEST(ErrorWords, EveryReasonIsOneSentenceWithItsPlace) {
  std::set<std::string> seen;
  for (const Reason reason : every_reason()) {
    const std::string text = sentence(at_place(reason));
    expect_readable(text);
    EXPECT_TRUE(seen.insert(text).second) << text;
  }
}

TEST(ErrorWords, EveryCheckIsNamedAndSaysWhatIsDemanded) {
  for (std::size_t index = 0; index < kCheckCount; ++index) {
    Error error = at_place(Reason::check);
    error.check = static_cast<Check>(index);
    const std::string text = sentence(error);
    expect_readable(text);
    EXPECT_THAT(text, HasSubstr("[" + std::string(text_of(*error.check).name) + "] not met: "));
    EXPECT_THAT(text, HasSubstr(text_of(*error.check).sentence));
    EXPECT_THAT(text, EndsWith(" (value 7)"));
  }
}

TEST(ErrorWords, NamesForCountingAreShortStableAndDistinct) {
  const std::regex kebab("[a-z]+(-[a-z]+)*");
  std::set<std::string> seen;
  for (const Reason reason : every_reason()) {
    const std::string name(reason_name(at_place(reason)));
    EXPECT_TRUE(std::regex_match(name, kebab)) << name;
    EXPECT_TRUE(seen.insert(name).second) << name;
  }
  for (std::size_t index = 0; index < kCheckCount; ++index) {
    Error error = at_place(Reason::check);
    error.check = static_cast<Check>(index);
    EXPECT_EQ(reason_name(error), text_of(*error.check).name);
    EXPECT_TRUE(seen.insert(std::string(reason_name(error))).second);
  }
}

TEST(ErrorWords, OnlyTheKnownPartsOfAPlaceAreTold) {
  Error error{.code = EINVAL,
              .reason = Reason::magic,
              .check = {},
              .type_id = {},
              .offset = {},
              .value = {}};
  EXPECT_THAT(sentence(error), StartsWith("this is not BTF"));
  error.offset = 0;
  EXPECT_THAT(sentence(error), StartsWith("at byte 0: this is not BTF"));
  error.layer = 2;
  EXPECT_THAT(sentence(error), StartsWith("layer 2 at byte 0: "));
}

TEST(ErrorWords, AValueIsToldWithWhatItIs) {
  EXPECT_THAT(sentence(at_place(Reason::kind_without_size)), EndsWith(" (kind 7)"));
  EXPECT_THAT(sentence(at_place(Reason::type_truncated)), EndsWith(" (vlen 7)"));
  Error error = at_place(Reason::type_truncated);
  error.value = {};
  EXPECT_THAT(sentence(error), Not(HasSubstr("vlen")));
  EXPECT_THAT(sentence(at_place(Reason::unmatched)), Not(HasSubstr("7)")));
}

}  // namespace
}  // namespace btf
