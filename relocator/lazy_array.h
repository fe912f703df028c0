// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// An array with a place for every id or offset of a stack, most of which are never asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace btf {

/// An array of zeros whose pages cost nothing until they are touched.
class LazyArray {
 public:
  explicit LazyArray(std::size_t size)
      : words_(static_cast<std::uint32_t*>(std::calloc(size + 1, sizeof(std::uint32_t)))) {}
  std::uint32_t& operator[](std::size_t index) { return words_.get()[index]; }
  std::uint32_t operator[](std::size_t index) const { return words_.get()[index]; }

 private:
  struct Free {
    void operator()(std::uint32_t* words) const { std::free(words); }
  };
  std::unique_ptr<std::uint32_t[], Free> words_;
};

}  // namespace btf
