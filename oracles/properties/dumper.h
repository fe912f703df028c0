// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// One of libbpf's dumpers with the text that it prints collected, up to a limit: beyond that the
// dumper is left in the middle of its work and answers nothing any more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "oracles/libbpf/ops.h"

namespace retort {

class Dumper {
 public:
  /// Nothing where libbpf makes no dumper.
  static std::unique_ptr<Dumper> open(const libbpf_ops& ops, const lb_btf* btf, std::size_t most);
  Dumper(const Dumper&) = delete;
  Dumper& operator=(const Dumper&) = delete;
  ~Dumper() { ops_.dumps->free(dump_); }

  /// What libbpf returns; LB_DUMP_ENDED where the text was longer than the limit.
  int type(std::uint32_t id) { return counted(ops_.dumps->type(dump_, id)); }
  int decl(std::uint32_t id, const lb_decl_opts& opts) {
    return counted(ops_.dumps->decl(dump_, id, &opts));
  }
  /// Nothing where it has read behind the data, which has to end at the fence.
  std::optional<int> data(std::uint32_t id, std::span<const std::byte> data,
                          const lb_data_opts& opts);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// The text may grow to the limit anew.
  void forget_text() { text_.clear(); }
  [[nodiscard]] bool has_ended() const { return ended_; }

 private:
  Dumper(const libbpf_ops& ops, std::size_t most) : ops_(ops), most_(most) {
    sink_ = {.write = write, .context = this};
  }
  static int write(void* context, const char* text, std::size_t length);
  int counted(int result) {
    ended_ = ended_ || result == LB_DUMP_ENDED;
    return result;
  }

  const libbpf_ops& ops_;
  std::size_t most_;
  lb_sink sink_{};
  lb_dump* dump_ = nullptr;
  std::string text_;
  bool ended_ = false;
};

}  // namespace retort
