// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Whatever an oracle does in its child process is an answer, and the caller lives on.
#include "oracles/child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <vector>

#include "oracles/answer_codec.h"

namespace retort {
namespace {

class FakeOracle : public Oracle {
 public:
  explicit FakeOracle(std::function<Answer()> behaviour) : behaviour_(std::move(behaviour)) {}
  [[nodiscard]] std::string_view name() const override { return "fake"; }
  [[nodiscard]] std::string_view version() const override { return "0"; }
  [[nodiscard]] std::string_view describes() const override { return "a test's own"; }
  [[nodiscard]] Answer answer(Op /*op*/, const Pair& /*pair*/) const override {
    return behaviour_();
  }

 private:
  std::function<Answer()> behaviour_;
};

Answer ask(std::function<Answer()> behaviour, const ChildLimits& limits = {}) {
  return answer_in_child(FakeOracle(std::move(behaviour)), Op::check, Pair{}, limits);
}

Answer full_answer() {
  Answer answer{.outcome = Outcome::rejected, .code = 22, .stage = Stage::relocate, .digest = 7};
  answer.input_preserved = false;
  answer.bytes.assign(200000, std::byte{0x5a});  // more than a pipe holds at once
  answer.base_bytes.assign(3, std::byte{1});
  answer.detail = "why";
  answer.entry = "entry";
  return answer;
}

TEST(Child, BringsBackEveryFieldOfAnAnswerLargerThanAPipe) {
  const Answer answer = ask(full_answer);
  EXPECT_TRUE(same_answer(answer, full_answer()));
  EXPECT_TRUE(same_bytes(answer, full_answer()));
  EXPECT_EQ(answer.detail, "why");
  EXPECT_EQ(answer.entry, "entry");
  EXPECT_EQ(answer.digest, 7U);
}

TEST(Child, ThatDiesByASignalIsACrashThatNamesIt) {
  const Answer answer = ask([]() -> Answer {
    std::raise(SIGKILL);
    return {};
  });
  EXPECT_EQ(answer.outcome, Outcome::crashed);
  EXPECT_NE(answer.detail.find("signal 9"), std::string::npos) << answer.detail;
}

[[gnu::noinline]] void function_at_fault() {
  volatile int* nowhere = nullptr;
  asm volatile("" : "+r"(nowhere));
  *nowhere = 1;
}

TEST(Child, ThatCrashesNamesTheFunctionAtFault) {
  const Answer answer = ask([]() -> Answer {
    function_at_fault();
    return {};
  });
  EXPECT_EQ(answer.outcome, Outcome::crashed);
  EXPECT_NE(answer.detail.find("function_at_fault"), std::string::npos) << answer.detail;
}

// Whoever holds the other end of the pipe has died.
bool all_have_gone(int read_end) {
  constexpr int most_milliseconds = 60000;
  pollfd fd{read_end, POLLIN, 0};
  return poll(&fd, 1, most_milliseconds) == 1 && (fd.revents & POLLHUP) != 0;
}

TEST(Child, DiesWithWhoeverAskedItEvenIfThatWasKilled) {
  std::array<int, 2> alive{};
  std::array<int, 2> begun{};
  ASSERT_EQ(pipe(alive.data()), 0);
  ASSERT_EQ(pipe(begun.data()), 0);
  const pid_t asking = fork();
  if (asking == 0) {
    ask([&]() -> Answer {
      const char mark = 0;
      if (write(begun[1], &mark, 1) != 1) std::abort();
      while (true) pause();
    });
    _exit(0);
  }
  close(alive[1]);
  char mark = 0;
  ASSERT_EQ(read(begun[0], &mark, 1), 1);
  kill(asking, SIGKILL);
  waitpid(asking, nullptr, 0);
  EXPECT_TRUE(all_have_gone(alive[0]));
  for (const int fd : {alive[0], begun[0], begun[1]}) close(fd);
}

TEST(Child, ThatNeverAnswersIsAHang) {
  const Answer answer = ask(
      []() -> Answer {
        while (true) asm volatile("");
      },
      {.seconds = 0.3});
  EXPECT_EQ(answer.outcome, Outcome::hung);
}

TEST(Child, ThatWaitsForEverIsAHangThoughItComputesNothing) {
  const Answer answer = ask(
      []() -> Answer {
        while (true) pause();
      },
      {.seconds = 0.02});
  EXPECT_EQ(answer.outcome, Outcome::hung);
}

TEST(Child, ThatTakesTooMuchMemoryIsACrash) {
  const Answer answer = ask(
      []() -> Answer {
        std::vector<std::vector<char>> hoard;
        while (true) hoard.emplace_back(std::size_t{1} << 22, 'x');
      },
      {.seconds = 60, .bytes = std::size_t{1} << 28});
  EXPECT_EQ(answer.outcome, Outcome::crashed);
}

TEST(Child, ThatLeavesWithoutAnAnswerIsACrash) {
  const Answer answer = ask([]() -> Answer { std::_Exit(0); });
  EXPECT_EQ(answer.outcome, Outcome::crashed);
}

TEST(AnswerCodec, RefusesBytesThatAreNotExactlyOneAnswer) {
  const std::string whole = encode_answer(full_answer());
  EXPECT_TRUE(decode_answer(whole));
  EXPECT_FALSE(decode_answer(whole + "x"));
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, whole.size() - 1})
    EXPECT_FALSE(decode_answer(whole.substr(0, length))) << length;
}

}  // namespace
}  // namespace retort
