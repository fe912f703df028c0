// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The shared object does what afl-fuzz asks of it when it is loaded as afl-fuzz loads it.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "oracles/pair.h"

namespace retort {
namespace {

struct Functions {
  void* (*init)(void*, unsigned int);
  std::size_t (*fuzz)(void*, std::uint8_t*, std::size_t, std::uint8_t**, std::uint8_t*, std::size_t,
                      std::size_t);
  void (*deinit)(void*);
};

template <class Function>
void look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

class AflMutator : public testing::Test {
 protected:
  void SetUp() override {
    library_ = dlopen(RETORT_AFL_MUTATOR, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << dlerror();
    look_up(library_, "afl_custom_init", functions_.init);
    look_up(library_, "afl_custom_fuzz", functions_.fuzz);
    look_up(library_, "afl_custom_deinit", functions_.deinit);
    ASSERT_TRUE(functions_.init && functions_.fuzz && functions_.deinit);
  }
  void TearDown() override {
    if (library_ != nullptr) dlclose(library_);
  }

  // The inputs that one run makes, each from the one before.
  std::vector<std::vector<std::uint8_t>> run(unsigned int seed, std::size_t max_size) {
    void* mutator = functions_.init(nullptr, seed);
    std::vector<std::vector<std::uint8_t>> inputs = {{'j', 'u', 'n', 'k'}};
    std::vector<std::uint8_t> other = inputs[0];
    for (int step = 0; step < 100; ++step) {
      std::vector<std::uint8_t> input = inputs.back();
      std::uint8_t* output = nullptr;
      const std::size_t size = functions_.fuzz(mutator, input.data(), input.size(), &output,
                                               other.data(), other.size(), max_size);
      other = input;
      inputs.emplace_back(output, output + size);
    }
    functions_.deinit(mutator);
    return inputs;
  }

  void* library_ = nullptr;
  Functions functions_{};
};

TEST_F(AflMutator, EveryInputThatItMakesIsAPairThatFits) {
  const auto inputs = run(1, 4096);
  for (std::size_t step = 1; step < inputs.size(); ++step) {
    EXPECT_LE(inputs[step].size(), 4096U);
    EXPECT_TRUE(parse_pair(std::as_bytes(std::span(inputs[step])))) << "step " << step;
  }
}

TEST_F(AflMutator, ASeedDecidesTheRun) {
  EXPECT_EQ(run(2, 4096), run(2, 4096));
  EXPECT_NE(run(2, 4096), run(3, 4096));
}

}  // namespace
}  // namespace retort
