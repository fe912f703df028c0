// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The reference's operations on small inputs that are made here, the same on every machine: what
// instruction counts are taken of, so that a change that makes an operation slower is seen without
// a quiet machine and without a kernel. Between retort_measured's begin and end is the operation
// alone: callgrind counts there (bench/track.py). Run without callgrind, it prints nanoseconds.
//
// usage: bench-fixed [OPERATION [TIMES]]      without arguments it names the operations
//        bench-fixed --compiler               counts compare between programs of one compiler
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "relocator/builder.h"
#include "relocator/check.h"
#include "relocator/dedup.h"
#include "relocator/distill.h"
#include "relocator/index.h"
#include "relocator/relocate.h"

#ifndef RETORT_SLOWDOWN_PERCENT
#define RETORT_SLOWDOWN_PERCENT 0
#endif

namespace retort {
namespace {

using ByteVector = std::vector<std::byte>;

/// So many lookups of a hundred are made twice.
constexpr std::size_t kSlowdown = RETORT_SLOWDOWN_PERCENT;

constexpr std::uint32_t kStructs = 400;
constexpr std::uint32_t kMembers = 6;
constexpr std::uint32_t kUnits = 12;  ///< how many compile units dedup is given

template <class T, class E>
T must(std::expected<T, E> result) {
  if (!result) std::abort();
  return *std::move(result);
}

// Any sequence does that looks as unordered as a kernel.
class Numbers {
 public:
  explicit Numbers(std::uint32_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return static_cast<std::uint32_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

// As a compile unit says it: structs that point at each other, what they are made of, functions.
// Units say the same in another order, each beginning with another struct.
void add_unit(btf::Builder& builder, std::uint32_t structs, std::uint32_t begin = 0) {
  using btf::Kind;
  const std::uint32_t integer = builder.add_int("int", 4, 1);
  const std::uint32_t wide = builder.add_int("long unsigned int", 8);
  const std::uint32_t handle = builder.add_reference(Kind::typedef_, wide, "handle_t");
  const std::uint32_t bytes = builder.add_array(integer, wide, 16);
  // Each struct has seven types: itself, a pointer to it, const, a prototype, a function, an
  // enumeration and a typedef.
  const std::uint32_t first = builder.end_id();
  constexpr std::uint32_t stride = 7;
  const auto id_of = [&](std::uint32_t item) {
    return first + (item + structs - begin) % structs * stride;
  };
  for (std::uint32_t at = 0; at < structs; ++at) {
    const std::uint32_t item = (at + begin) % structs;
    const std::string name = "item_" + std::to_string(item);
    const std::uint32_t id = id_of(item);
    Numbers numbers(item);
    std::vector<std::uint32_t> tail;
    builder.strings().add(name);
    for (std::uint32_t member = 0; member < kMembers; ++member) {
      const std::uint32_t pointer = id_of(numbers.below(structs)) + 1;
      const std::uint32_t types[] = {handle, wide, pointer, pointer};
      tail.insert(tail.end(),
                  {builder.strings().add("field_" + std::to_string(numbers.below(structs))),
                   types[numbers.below(4)], member * 64});
    }
    builder.add({Kind::struct_, false, kMembers}, name, kMembers * 8, tail);
    builder.add_reference(Kind::ptr, id);
    builder.add_reference(Kind::const_, id + 1);
    builder.add_func_proto(integer, {{"item", id + 1, 0}, {"flags", wide, 0}});
    builder.add_func(name + "_open", id + 3, 1);
    builder.add_enum(Kind::enum_, name + "_state", 4, {{name + "_ON", 1}, {name + "_OFF", 0}});
    builder.add_reference(Kind::typedef_, item % 2 == 0 ? bytes : id, name + "_t");
  }
}

ByteVector make_kernel(std::uint32_t structs) {
  btf::Builder builder;
  add_unit(builder, structs);
  return builder.finish();
}

// Refers to every eighth struct of the base, one of them by value.
ByteVector make_module(const btf::Btf& base) {
  using btf::Kind;
  const btf::StringTable below = btf::StringTable::of(base);
  btf::Builder builder(below, base.end_id(), std::endian::native);
  const btf::NameIndex index(base);
  for (std::uint32_t at = 0; at < kStructs; at += 8) {
    const std::string name = "item_" + std::to_string(at);
    const std::uint32_t id = index.find(name, Kind::struct_).value();
    const std::uint32_t pointer = builder.add_reference(Kind::ptr, id);
    const std::uint32_t held = at == 0 ? id : pointer;
    builder.add_composite(Kind::struct_, "driver_" + name, 64, {{"item", held, 0}});
    const std::uint32_t proto = builder.add_func_proto(0, {{"item", pointer, 0}});
    builder.add_func(name + "_probe", proto, 0);
  }
  return builder.finish();
}

ByteVector make_units(const btf::Btf* base) {
  const btf::StringTable none;
  const btf::StringTable below = base != nullptr ? btf::StringTable::of(*base) : btf::StringTable();
  auto builder = base != nullptr
                     ? std::make_unique<btf::Builder>(below, base->end_id(), std::endian::native)
                     : std::make_unique<btf::Builder>();
  for (std::uint32_t unit = 0; unit < kUnits; ++unit)
    add_unit(*builder, kStructs / 2, unit * kUnits);
  return builder->finish();
}

struct Operation {
  std::string name;
  std::function<void()> run;
};

// Keeps what was computed from being left out.
volatile std::size_t sink;

class Fixed {
 public:
  Fixed() {
    base_ = must(btf::open(kernel_, policy_));
    target_ = must(btf::open(other_, policy_));
    module_ = make_module(*base_);
    split_ = must(btf::open(module_, policy_, base_));
    distilled_ = must(btf::distill(*split_, policy_));
    small_base_ = must(btf::open(distilled_.base, policy_));
    small_split_ = must(btf::open(distilled_.split, policy_, small_base_));
    units_ = must(btf::open(make_units(nullptr), policy_));
    split_units_ = must(btf::open(make_units(base_.get()), policy_, base_));
    index_ = std::make_unique<btf::NameIndex>(*target_);
    for (std::uint32_t at = 0; at < kStructs; ++at)
      for (std::uint32_t again = 0; again <= (at % 100 + 1 <= kSlowdown ? 1U : 0U); ++again) {
        names_.push_back("item_" + std::to_string(at) + "_open");
        no_names_.push_back("item_" + std::to_string(at) + "_shut");
      }
  }

  [[nodiscard]] std::vector<Operation> operations() const {
    return {
        {"parse", [&] { sink = must(btf::open(kernel_, libbpf_))->end_id(); }},
        {"check", [&] { sink = must(btf::open(kernel_, policy_))->end_id(); }},
        {"index", [&] { sink = btf::NameIndex(*target_).find("int").value(); }},
        {"find", [&] { find(names_); }},
        {"find-nothing", [&] { find(no_names_); }},
        {"distil", [&] { sink = must(btf::distill(*split_, policy_)).split.size(); }},
        {"relocate",
         [&] { sink = must(btf::relocate(*small_split_, *index_, policy_)).bytes.size(); }},
        {"relocate-one",
         [&] {
           const auto target = must(btf::open(other_, libbpf_, nullptr, true));
           const btf::NameIndex index(*target, *small_base_);
           sink = must(btf::relocate(*small_split_, index, policy_)).bytes.size();
         }},
        {"dedup", [&] { sink = must(btf::dedup(*units_)).bytes.size(); }},
        {"dedup-split", [&] { sink = must(btf::dedup(*split_units_)).bytes.size(); }},
        {"write",
         [&] {
           btf::Builder builder;
           for (std::uint32_t id = 1; id < base_->end_id(); ++id)
             builder.copy(base_->type(id), *base_, [](std::uint32_t same) { return same; });
           sink = builder.finish().size();
         }},
    };
  }

 private:
  void find(const std::vector<std::string>& names) const {
    for (const std::string& name : names) sink = index_->find(name).value_or(0);
  }

  const btf::Policy& policy_ = btf::agreed_policy();
  const btf::Policy& libbpf_ = *btf::find_policy("libbpf-6.12");
  ByteVector kernel_ = make_kernel(kStructs), other_ = make_kernel(kStructs + 50), module_;
  btf::BtfPtr base_, target_, split_, small_base_, small_split_, units_, split_units_;
  btf::Distilled distilled_;
  std::unique_ptr<btf::NameIndex> index_;
  std::vector<std::string> names_, no_names_;
};

}  // namespace

// callgrind begins to count where this is entered and ends where it is left.
extern "C" [[gnu::noinline]] void retort_measured(const std::function<void()>* run) {
  (*run)();
}

namespace {

int run(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--compiler") {
    std::puts(RETORT_COMPILER);
    return 0;
  }
  const Fixed fixed;
  const std::vector<Operation> operations = fixed.operations();
  if (argc < 2) {
    for (const Operation& operation : operations) std::printf("%s\n", operation.name.c_str());
    return 0;
  }
  const int times = argc > 2 ? std::atoi(argv[2]) : 1;
  for (const Operation& operation : operations) {
    if (operation.name != argv[1]) continue;
    const auto begin = std::chrono::steady_clock::now();
    for (int time = 0; time < times; ++time) retort_measured(&operation.run);
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
    std::printf("%.1f\n", taken.count() / std::max(times, 1));
    return 0;
  }
  std::fprintf(stderr, "bench-fixed: there is no operation '%s'.\n", argv[1]);
  return 2;
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  return retort::run(argc, argv);
}
