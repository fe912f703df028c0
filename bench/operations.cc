// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Each operation on the same data in one process, for every libbpf that is built in and for the
// reference: two harvested kernels, the one that the modules were built for and the one that they
// are relocated onto. An item is one vmlinux, one name or one module, as the operation says. Beside
// them stand floors: what it costs to copy the bytes and to touch each type once.
//
// usage: bench-operations KERNEL OTHER-KERNEL [--benchmark_...]
//        a KERNEL is a folder that corpus/harvest.py made
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "bench/table.h"
#include "oracles/libbpf/ops.h"
#include "relocator/check.h"
#include "relocator/distill.h"
#include "relocator/index.h"
#include "relocator/relocate.h"

namespace retort {
namespace {

using ByteVector = std::vector<std::byte>;

constexpr std::uint64_t kShuffleSeed = 1;
// libbpf reads through all types for each name: of all names it would take half a minute.
constexpr std::size_t kNamesForLibbpf = 200;

struct Kernel {
  ByteVector vmlinux;
  std::vector<ByteVector> modules;
};

ByteVector read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

Kernel read_kernel(const std::filesystem::path& folder) {
  Kernel kernel{.vmlinux = read_file(folder / "vmlinux.btf"), .modules = {}};
  std::set<std::filesystem::path> paths;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "modules", missing))
    if (entry.path().extension() == ".btf") paths.insert(entry.path());
  for (const auto& path : paths) kernel.modules.push_back(read_file(path));
  return kernel;
}

struct Freer {
  const libbpf_ops* ops;
  void operator()(lb_btf* btf) const { ops->free(btf); }
};
using Handle = std::unique_ptr<lb_btf, Freer>;

Handle parse(const libbpf_ops& ops, const ByteVector& bytes, lb_btf* base = nullptr) {
  lb_btf* parsed = nullptr;
  if (ops.parse(bytes.data(), static_cast<std::uint32_t>(bytes.size()), base, &parsed) != 0)
    std::abort();
  return {parsed, Freer{&ops}};
}

template <class T, class E>
T must(std::expected<T, E> result) {
  if (!result) std::abort();
  return *std::move(result);
}

// All that the benchmarks share; what one contestant prepares once is prepared here.
class Bench {
 public:
  Bench(Kernel own, Kernel other) : own_(std::move(own)), other_(std::move(other)) {
    const btf::Policy& policy = btf::agreed_policy();
    own_base_ = must(btf::open(own_.vmlinux, policy));
    other_base_ = must(btf::open(other_.vmlinux, policy));
    for (const ByteVector& module : own_.modules) {
      const auto split = btf::open(module, policy, own_base_);
      if (!split) continue;
      auto distilled = btf::distill(**split, policy);
      if (!distilled) continue;
      modules_.push_back(module);
      distilled_.push_back(*std::move(distilled));
    }
    collect_names();
  }

  [[nodiscard]] std::size_t modules() const { return modules_.size(); }

  void add_all() {
    add_floors();
    // The newest comes first: the others are measured by it.
    std::vector<const libbpf_ops*> versions;
    for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops)
      if ((*ops)->relocate != nullptr) versions.insert(versions.begin(), *ops);
    for (const libbpf_ops* ops : versions) add_libbpf(*ops);
    add_reference();
  }

 private:
  // Every name of the target once, shuffled; the seed is fixed.
  void collect_names() {
    std::set<std::string> names;
    for (std::uint32_t id = 1; id < other_base_->end_id(); ++id)
      names.emplace(other_base_->name(other_base_->type(id)));
    names.erase("");
    names_.assign(names.begin(), names.end());
    std::shuffle(names_.begin(), names_.end(), std::mt19937_64(kShuffleSeed));
  }

  void add_floors() {
    add_benchmark("floor: copy a vmlinux", "", 1, [this] {
      const ByteVector copy = other_.vmlinux;
      benchmark::DoNotOptimize(copy.data());
    });
    add_benchmark("floor: walk a vmlinux", "", 1, [this] {
      std::uint32_t sum = 0;
      for (std::uint32_t id = 1; id < other_base_->end_id(); ++id)
        sum += other_base_->type(id).word(2);
      benchmark::DoNotOptimize(sum);
    });
  }

  void add_libbpf(const libbpf_ops& ops) {
    ops.init();
    const std::string who = "libbpf-" + std::string(ops.series);
    const auto own = std::make_shared<Handle>(parse(ops, own_.vmlinux));
    const auto other = std::make_shared<Handle>(parse(ops, other_.vmlinux));
    add_benchmark("parse and check a vmlinux", who, 1,
                  [this, &ops] { parse(ops, other_.vmlinux); });
    add_benchmark("find by name", who, kNamesForLibbpf, [this, &ops, other] {
      for (std::size_t name = 0; name < kNamesForLibbpf; ++name)
        benchmark::DoNotOptimize(ops.find(other->get(), names_[name].c_str()));
    });
    add_benchmark("find a name that is not there", who, 1, [&ops, other] {
      benchmark::DoNotOptimize(ops.find(other->get(), "retort: no such name"));
    });
    if (ops.distill == nullptr || ops.relocate == nullptr) return;
    add_benchmark("distil a module", who, modules(), [this, &ops, own] {
      for (const ByteVector& module : modules_) {
        const Handle split = parse(ops, module, own->get());
        lb_btf* new_base = nullptr;
        lb_btf* new_split = nullptr;
        if (ops.distill(split.get(), &new_base, &new_split) != 0) continue;
        const Handle base(new_base, Freer{&ops});
        const Handle top(new_split, Freer{&ops});
        std::uint32_t length = 0;
        benchmark::DoNotOptimize(ops.raw(top.get(), &length));
      }
    });
    add_benchmark("relocate a module", who, modules(), [this, &ops, other] {
      for (const btf::Distilled& module : distilled_) relocate(ops, module, other->get());
    });
    add_benchmark("relocate one, nothing prepared", who, 1, [this, &ops] {
      const Handle target = parse(ops, other_.vmlinux);
      relocate(ops, distilled_[modules() / 2], target.get());
    });
  }

  static void relocate(const libbpf_ops& ops, const btf::Distilled& module, const lb_btf* target) {
    const Handle base = parse(ops, module.base);
    const Handle split = parse(ops, module.split, base.get());
    if (ops.relocate(split.get(), target) != 0) return;
    std::uint32_t length = 0;
    benchmark::DoNotOptimize(ops.raw(split.get(), &length));
  }

  void add_reference() {
    // What is compared makes the same checks; all of them are a row of their own.
    const btf::Policy& policy = *btf::find_policy("libbpf-6.12");
    const std::string who = "reference";
    add_benchmark("parse and check a vmlinux", who, 1, [this, &policy] {
      benchmark::DoNotOptimize(must(btf::open(other_.vmlinux, policy)));
    });
    add_benchmark("parse and check a vmlinux", who + ", bytes lent", 1, [this, &policy] {
      benchmark::DoNotOptimize(must(btf::open(other_.vmlinux, policy, nullptr, true)));
    });
    add_benchmark("parse, all agreed checks", who, 1, [this] {
      benchmark::DoNotOptimize(must(btf::open(other_.vmlinux, btf::agreed_policy())));
    });
    add_benchmark("build an index", who, 1,
                  [this] { benchmark::DoNotOptimize(btf::NameIndex(*other_base_)); });
    const auto index = std::make_shared<btf::NameIndex>(*other_base_);
    add_benchmark("find by name", who, names_.size(), [this, index] {
      for (const std::string& name : names_) benchmark::DoNotOptimize(index->find(name));
    });
    add_benchmark("find a name that is not there", who, 1,
                  [index] { benchmark::DoNotOptimize(index->find("retort: no such name")); });
    add_benchmark("find without an index", who, 1, [this] {
      benchmark::DoNotOptimize(btf::find_by_name(*other_base_, names_[names_.size() / 2]));
    });
    add_benchmark("distil a module", who, modules(), [this, &policy] {
      for (const ByteVector& module : modules_) {
        const btf::BtfPtr split = must(btf::open(module, policy, own_base_, true));
        benchmark::DoNotOptimize(btf::distill(*split, policy));
      }
    });
    add_benchmark("relocate a module", who, modules(), [this, &policy, index] {
      for (const btf::Distilled& module : distilled_) relocate(module, *index, policy);
    });
    add_benchmark("relocate one, nothing prepared", who, 1, [this, &policy] {
      const btf::BtfPtr target = must(btf::open(other_.vmlinux, policy, nullptr, true));
      const btf::Distilled& module = distilled_[modules() / 2];
      const btf::BtfPtr base = must(btf::Btf::parse(module.base, {.borrow = true}));
      relocate(module, btf::NameIndex(*target, *base), policy);
    });
  }

  static void relocate(const btf::Distilled& module, const btf::NameIndex& target,
                       const btf::Policy& policy) {
    // A distilled base may be empty, which no other base may.
    const btf::BtfPtr base = must(btf::Btf::parse(module.base, {.borrow = true}));
    const btf::BtfPtr split = must(btf::open(module.split, policy, base, true));
    benchmark::DoNotOptimize(btf::relocate(*split, target, policy));
  }

  Kernel own_, other_;
  btf::BtfPtr own_base_, other_base_;
  std::vector<ByteVector> modules_;
  std::vector<btf::Distilled> distilled_;
  std::vector<std::string> names_;
};

int run(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: bench-operations KERNEL OTHER-KERNEL [--benchmark_...]\n", stderr);
    return 2;
  }
  Kernel own = read_kernel(argv[1]);
  Kernel other = read_kernel(argv[2]);
  for (const auto& [folder, kernel] : {std::pair(argv[1], &own), std::pair(argv[2], &other)})
    if (kernel->vmlinux.empty() || kernel->modules.empty()) {
      std::fprintf(stderr, "bench-operations: %s holds no vmlinux.btf, or no modules.\n", folder);
      return 2;
    }
  Bench bench(std::move(own), std::move(other));
  std::printf("%zu modules distil\n", bench.modules());
  bench.add_all();
  argv[2] = argv[0];
  return run_benchmarks(argc - 2, argv + 2);
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  return retort::run(argc, argv);
}
