// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A stream of pseudo-random numbers that a seed decides (splitmix64): a pair, a mutation or a
// failing test is repeated by its seed alone, on any machine. The standard library's distributions
// differ between implementations, so the few that are needed stand here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace retort {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(next() >> 32); }

  /// From 0 to one below `end`, which is not 0.
  std::uint32_t below(std::uint32_t end) {
    return static_cast<std::uint32_t>(std::uint64_t{word()} * end >> 32);
  }
  std::size_t index(std::size_t size) { return below(static_cast<std::uint32_t>(size)); }
  /// From `first` to `last`, both included.
  std::uint32_t between(std::uint32_t first, std::uint32_t last) {
    return first + below(last - first + 1);
  }
  bool one_in(std::uint32_t odds) { return below(odds) == 0; }
  bool percent(std::uint32_t share) { return below(100) < share; }

  /// One element of a range that is not empty.
  template <class Range>
  decltype(auto) pick(Range&& range) {
    return *std::next(std::begin(range), static_cast<std::ptrdiff_t>(index(std::size(range))));
  }

 private:
  std::uint64_t state_;
};

}  // namespace retort
