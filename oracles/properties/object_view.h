// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What libbpf's own accessors show of an object, without asking for its bytes: asking for these
// changes what the object keeps, and a check that changes what it checks would hide defects.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "oracles/libbpf/ops.h"
#include "relocator/btf.h"

namespace retort {

class ObjectView {
 public:
  ObjectView(const libbpf_ops& ops, const lb_btf* object, btf::Dialect dialect);

  [[nodiscard]] std::uint32_t start_id() const { return start_id_; }
  [[nodiscard]] std::uint32_t end_id() const { return end_id_; }
  /// A type of the stack, in libbpf's memory: valid until the next call that edits.
  [[nodiscard]] btf::Type type(std::uint32_t id) const;
  [[nodiscard]] std::string_view string(std::uint32_t offset) const;
  [[nodiscard]] std::string_view name(std::uint32_t id) const {
    return string(type(id).name_offset());
  }

  /// A digest of each type of the top layer; `shift` is taken from the ids that it refers to, but
  /// for void, and from its own.
  [[nodiscard]] std::vector<std::uint64_t> digests(std::uint32_t shift = 0) const;
  [[nodiscard]] std::uint64_t digest_of(std::uint32_t id, std::uint32_t shift = 0) const {
    return digest_as(id, id - shift, shift);
  }
  /// The same, as if the type had another id.
  [[nodiscard]] std::uint64_t digest_as(std::uint32_t id, std::uint32_t own_id,
                                        std::uint32_t shift = 0) const;
  /// The same, as if it referred to the ids that `renumber` gives.
  [[nodiscard]] std::uint64_t digest_as(
      std::uint32_t id, std::uint32_t own_id,
      const std::function<std::uint32_t(std::uint32_t)>& renumber) const;
  /// Of the top layer's types.
  [[nodiscard]] std::uint32_t bytes() const;
  /// The canonical digest of the top layer, as the relocator gives it for the layer's bytes.
  [[nodiscard]] std::uint64_t digest() const;

  /// The first type, of the whole stack, that refers to what is not there: a type, a string, or for
  /// a FUNC a FUNC_PROTO. 0 where there is none.
  [[nodiscard]] std::uint32_t first_broken() const;
  /// Whether the types of the top layer are such that libbpf would parse them again.
  [[nodiscard]] bool can_be_parsed() const;

 private:
  [[nodiscard]] bool is_broken(std::uint32_t id, bool as_parsed) const;

  const libbpf_ops& ops_;
  const lb_btf* object_;
  btf::Dialect dialect_;
  std::uint32_t start_id_;
  std::uint32_t end_id_;
};

}  // namespace retort
