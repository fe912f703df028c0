// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The kernel follows references depth first and keeps 32 types on its stack; what nests deeper is
// refused with E2BIG. How deep that is depends on what earlier types have led to already, and on
// whether it began with a pointer, which needs no more than what modifiers and pointers lead to.
#include <cerrno>
#include <vector>

#include "oracles/deviation.h"
#include "oracles/opened_pair.h"

namespace retort {
namespace {

constexpr std::size_t kMaxDepth = 32;

enum class Mode : std::uint8_t { any, pointer, value };

bool is_followed(btf::Kind kind) {
  return btf::is_modifier(kind) || btf::is_composite(kind) || kind == btf::Kind::ptr ||
         kind == btf::Kind::array || kind == btf::Kind::var || kind == btf::Kind::func ||
         kind == btf::Kind::decl_tag || kind == btf::Kind::datasec;
}

bool is_end(Mode mode, btf::Kind kind) {
  if (mode == Mode::any) return !is_followed(kind);
  if (btf::is_modifier(kind)) return false;
  if (mode == Mode::pointer) return kind != btf::Kind::ptr;
  return kind != btf::Kind::array && !btf::is_composite(kind);
}

class Follower {
 public:
  explicit Follower(const btf::Btf& layer) : layer_(layer), done_(layer.end_id()) {}

  bool is_too_deep() {
    for (std::uint32_t id = layer_.start_id(); id < layer_.end_id(); ++id) {
      if (done_[id] || !is_followed(layer_.type(id).kind())) continue;
      mode_ = Mode::any;
      push(id);
      while (!stack_.empty())
        if (!step()) return true;
    }
    return false;
  }

 private:
  struct Frame {
    std::uint32_t id;
    std::vector<std::uint32_t> refers_to;
    std::size_t next = 0;
  };

  // An array's index comes before its element.
  std::vector<std::uint32_t> references_of(const btf::Type& type) const {
    if (type.kind() == btf::Kind::array) return {type.fixed(1), type.fixed(0)};
    std::vector<std::uint32_t> ids;
    btf::for_each_id(type, [&](std::size_t word) { ids.push_back(type.word(word)); });
    return ids;
  }

  void push(std::uint32_t id) {
    const btf::Type type = layer_.type(id);
    stack_.push_back({id, references_of(type)});
    if (mode_ != Mode::any) return;
    if (type.kind() == btf::Kind::ptr) mode_ = Mode::pointer;
    if (type.kind() == btf::Kind::array || btf::is_composite(type.kind())) mode_ = Mode::value;
  }

  // False where the stack has no room left.
  bool step() {
    Frame& frame = stack_.back();
    if (frame.next == frame.refers_to.size()) {
      done_[frame.id] = true;
      stack_.pop_back();
      return true;
    }
    const std::uint32_t id = frame.refers_to[frame.next++];
    if (id < layer_.start_id() || id >= layer_.end_id() || done_[id] ||
        is_end(mode_, layer_.type(id).kind()))
      return true;
    if (stack_.size() == kMaxDepth) return false;
    push(id);
    return true;
  }

  const btf::Btf& layer_;
  std::vector<bool> done_;
  std::vector<Frame> stack_;
  Mode mode_ = Mode::any;
};

int opened(const OpenedLayer& layer, int reference) {
  return reference == 0 && Follower(*layer.btf).is_too_deep() ? E2BIG : reference;
}

}  // namespace

const Deviation kDeepReferences = {.opened = opened};

}  // namespace retort
