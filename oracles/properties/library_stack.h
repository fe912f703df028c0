// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The layers of a pair as one version of libbpf opens them: what every property operation begins
// with. A part that libbpf refuses is the check's business, so that such a pair has no stack.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "oracles/libbpf/ops.h"
#include "oracles/pair.h"
#include "relocator/btf.h"
#include "relocator/canonical.h"

namespace retort {

/// One version of libbpf, and how it reads info words.
struct Library {
  const libbpf_ops* ops;
  btf::Dialect dialect;
};

struct LibbpfFreer {
  const libbpf_ops* ops;
  void operator()(lb_btf* btf) const { ops->free(btf); }
};
using LibbpfHandle = std::unique_ptr<lb_btf, LibbpfFreer>;

/// Parses without asking for any address where there are no bytes: libbpf copies from the address
/// that it is given even then. Returns a negative errno, or 0 and the object.
int parse(const libbpf_ops& ops, Bytes bytes, lb_btf* base, lb_btf*& opened);

/// The bytes of the top layer as libbpf writes them, borrowed until it changes; none where it
/// cannot.
Bytes raw_bytes(const libbpf_ops& ops, const lb_btf* btf);

/// The content of an offset; empty where libbpf has none.
std::string_view string_of(const libbpf_ops& ops, const lb_btf* btf, std::uint32_t offset);

/// Over the canonical form of the types from `start` on, through libbpf's own accessors.
std::uint64_t digest_of(const Library& library, const lb_btf* btf, std::uint32_t start);

/// The record of an id that exists, but not of void.
btf::Type record_of(const Library& library, const lb_btf* btf, std::uint32_t id);

class LibraryStack {
 public:
  /// Opens the layers, lowest first. Nothing where there is none or libbpf refuses one.
  static std::optional<LibraryStack> open(const Library& library, std::span<const Bytes> layers);

  LibraryStack(LibraryStack&&) = default;
  LibraryStack& operator=(LibraryStack&&) = delete;
  LibraryStack(const LibraryStack&) = delete;
  LibraryStack& operator=(const LibraryStack&) = delete;
  /// Topmost first: a layer borrows the one below.
  ~LibraryStack() {
    while (!layers_.empty()) layers_.pop_back();
  }

  [[nodiscard]] std::size_t size() const { return layers_.size(); }
  [[nodiscard]] lb_btf* layer(std::size_t index) const { return layers_[index].get(); }
  [[nodiscard]] lb_btf* top() const { return layers_.back().get(); }
  [[nodiscard]] std::uint32_t end_id() const { return library_.ops->type_count(top()); }

  /// The bytes of a layer as libbpf writes them; borrowed until the layer changes.
  [[nodiscard]] Bytes raw(std::size_t index) const;
  [[nodiscard]] std::vector<Bytes> raw_layers() const;
  /// Over the canonical form of all layers, through libbpf's own accessors.
  [[nodiscard]] std::uint64_t digest() const;

  /// The record of an id below end_id() but not 0.
  [[nodiscard]] btf::Type type(std::uint32_t id) const { return record_of(library_, top(), id); }
  [[nodiscard]] std::string_view string(std::uint32_t offset) const;
  /// Past the last string of the top layer.
  [[nodiscard]] std::uint32_t end_string() const;

 private:
  explicit LibraryStack(const Library& library) : library_(library) {}

  Library library_;
  std::vector<LibbpfHandle> layers_;
};

}  // namespace retort
