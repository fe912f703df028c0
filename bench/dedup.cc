// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Deduplication beside libbpf: time and peak memory, full and split. Each contestant works in a
// child process of its own, in turn, since a peak is a process's. Parsing, that of a base too, is
// not timed; the peak is that of deduplicating, the parsed input included. Results are told apart
// by the digest of their canonical form.
//
// usage: bench-dedup [--repetitions N] FILE [BASE]       raw BTF, split where a BASE is named
//        bench-dedup [--repetitions N] --explode TYPES VMLINUX    what it is made of, exploded
#include "relocator/dedup.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzzers/explode.h"
#include "oracles/libbpf/ops.h"
#include "relocator/canonical.h"

namespace retort {
namespace {

using ByteVector = std::vector<std::byte>;

ByteVector read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

// In a file, so that no child inherits what exploding took.
class Exploded {
 public:
  Exploded() = default;
  Exploded(const Exploded&) = delete;
  Exploded& operator=(const Exploded&) = delete;
  ~Exploded() {
    if (!path_.empty()) std::filesystem::remove(path_);
  }
  bool write(const btf::Btf& source, std::uint32_t types) {
    std::string name = std::filesystem::temp_directory_path() / "bench-dedup.XXXXXX";
    const int file = mkstemp(name.data());
    if (file < 0) return false;
    close(file);
    path_ = name;
    const ByteVector bytes = explode(source, {.types = types});
    std::ofstream stream(path_, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
    return stream.good();
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Input {
  ByteVector bytes;
  ByteVector base;  ///< empty where there is none
};

// What a child tells its parent.
struct Measured {
  double milliseconds = 0;
  double peak_before = 0;  ///< MB
  double peak_after = 0;
  std::uint32_t types = 0;
  std::uint64_t digest = 0;  ///< of the result's canonical form
  bool done = false;
};

void note_result(Measured& measured, btf::Bytes result, const btf::BtfPtr& base) {
  const auto after = btf::Btf::parse(result, {.base = base, .borrow = true});
  if (!after) return;
  measured.types = (*after)->end_id() - (*after)->start_id();
  measured.digest = btf::canonical_digest(**after).value();
}

// The process's peak since forget_peak(), the input included.
double peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) / 1024;
  return 0;
}
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << '5';
}

template <class Work>
void time(Measured& measured, Work work) {
  forget_peak();
  measured.peak_before = peak();
  const auto begin = std::chrono::steady_clock::now();
  measured.done = work();
  measured.milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  measured.peak_after = peak();
}

Measured measure_reference(Input input) {
  Measured measured;
  btf::ParseOptions options;
  if (!input.base.empty()) {
    const auto base = btf::Btf::parse(input.base);
    if (!base) return measured;
    options.base = *base;
  }
  const auto top = btf::Btf::parse(input.bytes, options);
  if (!top) return measured;
  input = {};
  std::optional<btf::Deduplicated> result;
  time(measured, [&] {
    if (auto merged = btf::dedup(**top)) result = std::move(*merged);
    return result.has_value();
  });
  if (result) note_result(measured, result->bytes, options.base);
  return measured;
}

Measured measure_libbpf(const libbpf_ops& ops, Input input) {
  Measured measured;
  ops.init();
  lb_btf* base = nullptr;
  lb_btf* top = nullptr;
  const auto parse = [&](const ByteVector& bytes, lb_btf* on, lb_btf** out) {
    return ops.parse(bytes.data(), static_cast<std::uint32_t>(bytes.size()), on, out) == 0;
  };
  btf::BtfPtr lower;
  if (!input.base.empty()) {
    lower = btf::Btf::parse(input.base).value_or(nullptr);
    if (!lower || !parse(input.base, nullptr, &base)) return measured;
  }
  if (!parse(input.bytes, base, &top)) return measured;
  input = {};
  time(measured, [&] { return ops.dedup(top) == 0; });
  std::uint32_t length = 0;
  const auto* const raw = static_cast<const std::byte*>(ops.raw(top, &length));
  if (raw != nullptr) note_result(measured, {raw, length}, lower);
  return measured;
}

template <class Measure>
Measured in_child(Measure measure) {
  int ends[2];
  Measured measured;
  if (pipe(ends) != 0) return measured;
  const pid_t child = fork();
  if (child == 0) {
    measured = measure();
    const bool told = write(ends[1], &measured, sizeof measured) == sizeof measured;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  if (child < 0 || read(ends[0], &measured, sizeof measured) != sizeof measured) measured = {};
  close(ends[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  return measured;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Contestant {
  std::string name;
  const libbpf_ops* ops = nullptr;  ///< null for the reference
  std::vector<Measured> runs;
};

// A child is given its input by the parent's memory, which it does not count as its own until it
// writes there; so each child reads it anew.
template <class Read>
int compete(int repetitions, Read read) {
  std::vector<Contestant> contestants;
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops)
    contestants.insert(contestants.begin(), {"libbpf-" + std::string((*ops)->series), *ops, {}});
  contestants.push_back({"reference", nullptr, {}});
  for (int repetition = 0; repetition < repetitions; ++repetition)
    for (Contestant& contestant : contestants)
      contestant.runs.push_back(in_child([&] {
        return contestant.ops != nullptr ? measure_libbpf(*contestant.ops, read())
                                         : measure_reference(read());
      }));
  std::printf("%-14s %10s %8s %8s %12s %12s %10s  %s\n", "who", "ms", "spread", "times", "peak MB",
              "added MB", "types", "result");
  const auto times = [](const Contestant& of) {
    std::vector<double> all;
    for (const Measured& run : of.runs) all.push_back(run.milliseconds);
    return all;
  };
  const double first = median(times(contestants[0]));
  for (const Contestant& contestant : contestants) {
    if (!std::ranges::all_of(contestant.runs, &Measured::done)) {
      std::fprintf(stderr, "bench-dedup: %s fails.\n", contestant.name.c_str());
      return 1;
    }
    const std::vector<double> all = times(contestant);
    const auto [low, high] = std::ranges::minmax(all);
    const Measured& last = contestant.runs.back();
    std::printf("%-14s %10.1f %6.0f %% %8.2f %12.0f %12.0f %10u  %016llx\n",
                contestant.name.c_str(), median(all), 100 * (high - low) / median(all),
                first / median(all), last.peak_after, last.peak_after - last.peak_before,
                last.types, static_cast<unsigned long long>(last.digest));
  }
  return 0;
}

int run(std::vector<std::string> words) {
  int repetitions = 5;
  std::uint32_t types = 0;
  const auto take = [&](std::string_view option) -> std::optional<int> {
    const auto at = std::ranges::find(words, option);
    if (at == words.end() || at + 1 == words.end()) return {};
    const int value = std::atoi((at + 1)->c_str());
    words.erase(at, at + 2);
    return value;
  };
  repetitions = std::max(take("--repetitions").value_or(repetitions), 1);
  types = static_cast<std::uint32_t>(std::max(take("--explode").value_or(0), 0));
  if (words.empty() || words.size() > 2) {
    std::fputs("usage: bench-dedup [--repetitions N] [--explode TYPES] FILE [BASE]\n", stderr);
    return 2;
  }
  Exploded exploded;
  if (types != 0) {
    const auto source = btf::Btf::parse(read_file(words[0]));
    if (!source || words.size() == 2 || !exploded.write(**source, types)) {
      std::fputs("bench-dedup: this cannot be exploded.\n", stderr);
      return 2;
    }
    words[0] = exploded.path();
  }
  const btf::BtfPtr base =
      words.size() == 2 ? btf::Btf::parse(read_file(words[1])).value_or(nullptr) : nullptr;
  const auto top = btf::Btf::parse(read_file(words[0]), {.base = base});
  if (!top || (words.size() == 2 && !base)) {
    std::fputs("bench-dedup: that is no BTF, or no base of it.\n", stderr);
    return 2;
  }
  std::printf("%u types\n", (*top)->end_id() - (*top)->start_id());
  return compete(repetitions, [&] {
    Input input{.bytes = read_file(words[0]), .base = {}};
    if (words.size() == 2) input.base = read_file(words[1]);
    return input;
  });
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  return retort::run({argv + 1, argv + argc});
}
