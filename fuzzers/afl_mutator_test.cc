// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The shared object does what afl-fuzz asks of it when it is loaded as afl-fuzz loads it.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/pair.h"
#include "relocator/builder.h"
#include "relocator/index.h"

namespace retort {
namespace {

struct Functions {
  void* (*init)(void*, unsigned int);
  std::size_t (*fuzz)(void*, std::uint8_t*, std::size_t, std::uint8_t**, std::uint8_t*, std::size_t,
                      std::size_t);
  std::int32_t (*init_trim)(void*, std::uint8_t*, std::size_t);
  std::size_t (*trim)(void*, std::uint8_t**);
  std::int32_t (*post_trim)(void*, unsigned char);
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
    look_up(library_, "afl_custom_init_trim", functions_.init_trim);
    look_up(library_, "afl_custom_trim", functions_.trim);
    look_up(library_, "afl_custom_post_trim", functions_.post_trim);
    look_up(library_, "afl_custom_deinit", functions_.deinit);
    ASSERT_TRUE(functions_.init && functions_.fuzz && functions_.deinit);
    ASSERT_TRUE(functions_.init_trim && functions_.trim && functions_.post_trim);
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

// Trims as afl-fuzz does, keeping the variants that `wanted` holds for.
template <class Wanted>
Pair trimmed(const Functions& functions, const Pair& pair, const Wanted& wanted) {
  void* mutator = functions.init(nullptr, 1);
  std::vector<std::byte> best = serialize(pair);
  std::vector<std::byte> input = best;
  const std::int32_t steps =
      functions.init_trim(mutator, reinterpret_cast<std::uint8_t*>(input.data()), input.size());
  for (std::int32_t step = 0; step < steps;) {
    std::uint8_t* output = nullptr;
    const std::size_t size = functions.trim(mutator, &output);
    EXPECT_LE(size, best.size());
    const auto variant = std::as_bytes(std::span(output, size));
    const auto parsed = parse_pair(variant);
    const bool kept = parsed && size < best.size() && wanted(*parsed);
    if (kept) best.assign(variant.begin(), variant.end());
    step = functions.post_trim(mutator, kept ? 1 : 0);
  }
  functions.deinit(mutator);
  return parse_pair(best).value();
}

btf::BtfPtr base_of(const Pair& pair) {
  return btf::Btf::parse(*pair.find(kBase)).value();
}

TEST_F(AflMutator, TrimmingKeepsWhatIsWantedAndDropsTheRest) {
  btf::Builder base;
  for (int number = 0; number < 20; ++number) base.add_int("int" + std::to_string(number), 4);
  base.add_reference(btf::Kind::ptr, 7);
  Pair pair;
  pair.append(kBase, base.finish());
  const Pair small = trimmed(functions_, pair, [](const Pair& variant) {
    const btf::BtfPtr layer = base_of(variant);
    return btf::find_by_name(*layer, "int6").has_value();
  });
  EXPECT_EQ(base_of(small)->end_id(), 2U);
}

TEST_F(AflMutator, TrimmingEndsAtOnceWhereTheInputIsNoPair) {
  void* mutator = functions_.init(nullptr, 1);
  std::uint8_t junk[] = {'j', 'u', 'n', 'k'};
  EXPECT_EQ(functions_.init_trim(mutator, junk, sizeof junk), 0);
  functions_.deinit(mutator);
}

}  // namespace
}  // namespace retort
