// SPDX-License-Identifier: GPL-2.0
//
// sized-run: how many pairs of one size the reference, every libbpf and every kernel answer in a
// second, in one process. A fuzzing engine prefers small inputs; here the sizes stay, so that
// speeds of two builds compare. A pool of pairs that relocate is mutated over and over; what still
// relocates and has kept its size takes its parent's place.
//
// What was in hand when it died is written to sized-run.pair.
//
// usage: sized-run SECONDS BASE_TYPES SPLIT_TYPES [SEED]
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzzers/generator.h"
#include "fuzzers/mutator.h"
#include "fuzzers/random.h"
#include "fuzzers/target.h"
#include "fuzzers/target_variant.h"
#include "oracles/fuzz_check.h"
#include "oracles/kernel/in_process.h"
#include "oracles/model.h"
#include "oracles/oracle.h"
#include "relocator/check.h"
#include "relocator/distill.h"

namespace retort {
namespace {

using Bytes = std::vector<std::byte>;
using Clock = std::chrono::steady_clock;

constexpr Op kAsked[] = {Op::relocate};
constexpr std::size_t kPool = 256;

// For the handler of a crash.
Bytes in_hand;

void keep_in_hand(int signal) {
  if (std::FILE* file = std::fopen("sized-run.pair", "wb"); file != nullptr) {
    std::fwrite(in_hand.data(), 1, in_hand.size(), file);
    std::fclose(file);
  }
  std::signal(signal, SIG_DFL);
}

// Of one core: what else the machine does counts for nothing.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Sizes {
  std::uint32_t base = 0;   ///< types of TRGT
  std::uint32_t split = 0;  ///< types of SPLT
};

struct Settings {
  double seconds = 0;
  Sizes wanted;
  std::uint64_t seed = 1;
};

std::uint32_t types_of(const Bytes& bytes, const btf::BtfPtr& base = nullptr) {
  const auto layer = btf::Btf::parse(bytes, {.base = base, .borrow = true});
  return layer ? (*layer)->end_id() - (*layer)->start_id() : 0;
}

Sizes sizes_of(const Pair& pair) {
  const auto base = btf::Btf::parse(*pair.find(kDistilled), {.borrow = true});
  return {.base = types_of(*pair.find(kTarget)),
          .split = base ? types_of(*pair.splits().front(), *base) : 0};
}

// Within a tenth of what is wanted, and one.
bool is_near(std::uint32_t size, std::uint32_t wanted) {
  const std::uint32_t slack = 1 + wanted / 10;
  return size + slack >= wanted && size <= wanted + slack;
}

bool is_near(const Sizes& sizes, const Sizes& wanted) {
  return is_near(sizes.base, wanted.base) && is_near(sizes.split, wanted.split);
}

// A split on a base, distilled, and the base with a few edits as the target.
std::optional<Pair> make_pair(const Sizes& wanted, Random& random) {
  Stack stack;
  generate_layer(stack, wanted.base, random);
  // Distillation moves some of the base's types into the split.
  generate_layer(stack, random.between(1, wanted.split), random);
  const Bytes base = encode(stack.layers[0]);
  const auto lower = btf::open(base, btf::agreed_policy());
  if (!lower) return {};
  const auto upper = btf::open(encode(stack.layers[1]), btf::agreed_policy(), *lower);
  if (!upper) return {};
  auto distilled = btf::distill(**upper, btf::agreed_policy());
  if (!distilled) return {};
  Stack target;
  target.layers.push_back(stack.layers[0]);
  vary_target(target, random.below(3), random);
  shuffle(target, 0, random);
  Pair pair;
  pair.append(kDistilled, std::move(distilled->base));
  pair.append(kSplit, std::move(distilled->split));
  pair.append(kTarget, encode(target.layers[0]));
  return pair;
}

bool relocates(const Pair& pair) {
  return answer_under(btf::agreed_policy(), Op::relocate, pair).outcome == Outcome::accepted;
}

std::vector<Bytes> make_pool(const Sizes& wanted, Random& random) {
  std::vector<Bytes> pool;
  while (pool.size() < kPool) {
    const auto pair = make_pair(wanted, random);
    if (pair && is_near(sizes_of(*pair), wanted) && relocates(*pair))
      pool.push_back(serialize(*pair));
  }
  return pool;
}

class SizedRun {
 public:
  explicit SizedRun(const Settings& settings)
      : settings_(settings), random_(settings.seed), pool_(make_pool(settings.wanted, random_)) {}

  void run() {
    const auto start = Clock::now();
    const double cpu = cpu_seconds();
    const auto end = start + std::chrono::duration<double>(settings_.seconds);
    while (Clock::now() < end)
      for (int left = 64; left > 0; --left) step();
    seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
    cpu_seconds_ = cpu_seconds() - cpu;
  }

  void print() {
    std::printf("%zu oracles:", oracle_table().size());
    for (const auto& oracle : oracle_table())
      std::printf(" %s", std::string(oracle->name()).c_str());
    const auto pairs = fuzz_stats().pairs;
    std::printf("\n%.1f s, %.1f s on the CPU, %llu pairs", seconds_, cpu_seconds_, counted(pairs));
    std::printf(", of which all accept %llu (%.1f %%)\n", counted(accepted_),
                100.0 * static_cast<double>(accepted_) / static_cast<double>(pairs));
    std::printf("a CPU second: %.0f pairs, of which all accept %.0f\n",
                static_cast<double>(pairs) / cpu_seconds_,
                static_cast<double>(accepted_) / cpu_seconds_);
    print_distribution("base types of accepted pairs", &Sizes::base);
    print_distribution("split types of accepted pairs", &Sizes::split);
  }

 private:
  void step() {
    Bytes& parent = random_.pick(pool_);
    in_hand.resize(kMaxInputBytes);
    std::ranges::copy(parent, in_hand.begin());
    in_hand.resize(mutate(in_hand, parent.size(), kMaxInputBytes, random_.next()));
    const auto pair = parse_pair(in_hand);
    if (!pair) return;
    const std::uint64_t before = fuzz_stats().relocations;
    check_pair_or_abort(*pair, kAsked);
    if (fuzz_stats().relocations - before != oracle_table().size() - 1) return;
    ++accepted_;
    const Sizes sizes = sizes_of(*pair);
    accepted_sizes_.push_back(sizes);
    if (is_near(sizes, settings_.wanted)) parent = in_hand;
  }

  static unsigned long long counted(std::uint64_t count) { return count; }

  void print_distribution(const char* what, std::uint32_t Sizes::* which) {
    if (accepted_sizes_.empty()) return;
    std::ranges::sort(accepted_sizes_, {}, which);
    double sum = 0;
    for (const Sizes& sizes : accepted_sizes_) sum += sizes.*which;
    std::printf("%s: mean %.1f;", what, sum / static_cast<double>(accepted_sizes_.size()));
    for (const std::size_t percent : {0U, 10U, 25U, 50U, 75U, 90U, 100U})
      std::printf(" %zu%%: %u", percent,
                  accepted_sizes_[(accepted_sizes_.size() - 1) * percent / 100].*which);
    std::printf("\n");
  }

  Settings settings_;
  Random random_;
  std::vector<Bytes> pool_;
  double seconds_ = 0;
  double cpu_seconds_ = 0;
  std::uint64_t accepted_ = 0;
  std::vector<Sizes> accepted_sizes_;
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  return error == std::errc{} && end == text.end();
}

std::optional<Settings> read_settings(std::span<char* const> words) {
  Settings settings;
  if (words.size() < 4 || words.size() > 5) return {};
  if (!read_number(words[1], settings.seconds) || !read_number(words[2], settings.wanted.base) ||
      !read_number(words[3], settings.wanted.split))
    return {};
  if (words.size() == 5 && !read_number(words[4], settings.seed)) return {};
  return settings;
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  const auto settings = retort::read_settings({argv, static_cast<std::size_t>(argc)});
  if (!settings || settings->wanted.base == 0 || settings->wanted.split == 0) {
    std::fprintf(stderr, "usage: sized-run SECONDS BASE_TYPES SPLIT_TYPES [SEED]\n");
    return 2;
  }
  std::signal(SIGABRT, retort::keep_in_hand);
  retort::add_kernels_in_process();
  retort::SizedRun run(*settings);
  run.run();
  run.print();
  return 0;
}
