// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/resolve.h"

#include <limits>

namespace btf {
namespace {

constexpr std::uint64_t kPointerBytes = 8;
// One past what 32 bits hold: stands for every larger size.
constexpr std::uint64_t kTooLarge = std::uint64_t{std::numeric_limits<std::uint32_t>::max()} + 1;

bool passes_through(Kind kind) {
  return is_modifier(kind) || kind == Kind::array;
}

// The next link of a chain of modifiers and arrays.
std::uint32_t behind(const Type& type) {
  return type.kind() == Kind::array ? type.fixed(0) : type.type_id();
}

Resolved resolve_leaf(const Type& type) {
  Resolved leaf{.id = type.id(), .kind = type.kind(), .sized = false, .size = 0};
  if (type.kind() == Kind::ptr) {
    leaf.sized = true;
    leaf.size = kPointerBytes;
  } else if (type.shape().third == ThirdWord::size && type.kind() != Kind::datasec) {
    leaf.sized = true;
    leaf.size = type.size();
  }
  return leaf;
}

// What a link of a chain comes to, given what the next link comes to.
Resolved resolve_link(const Type& type, const Resolved& next) {
  if (type.kind() != Kind::array) return next;
  Resolved array{.id = type.id(), .kind = Kind::array, .sized = next.sized, .size = 0};
  const std::uint32_t elements = type.fixed(2);
  if (elements != 0 && next.size > kTooLarge / elements)
    array.size = kTooLarge;
  else
    array.size = next.size * elements;
  return array;
}

// Depth-first search for loops over the edges of one sort, with an explicit stack.
class LoopSearch {
 public:
  enum class Edges : std::uint8_t { pointers_and_modifiers, by_value };

  LoopSearch(const Btf& layer, Edges edges)
      : layer_(layer), edges_(edges), states_(layer.end_id() - layer.start_id()) {}

  void run(std::vector<std::uint32_t>& loops) {
    for (std::uint32_t id = layer_.start_id(); id < layer_.end_id(); ++id)
      if (state(id) == State::unseen) search_from(id, loops);
  }

 private:
  enum class State : std::uint8_t { unseen, open, done };
  struct Frame {
    std::uint32_t id;
    std::uint32_t next_edge;
  };

  State& state(std::uint32_t id) { return states_[id - layer_.start_id()]; }

  // Follows the type's edges one by one; ids below the layer cannot lead back into it.
  bool edge(const Type& type, std::uint32_t index, std::uint32_t& to) const {
    const Kind kind = type.kind();
    if (is_modifier(kind) || (kind == Kind::ptr && edges_ == Edges::pointers_and_modifiers)) {
      to = type.type_id();
      return index == 0;
    }
    if (edges_ == Edges::pointers_and_modifiers) return false;
    if (kind == Kind::array) {
      if (index < 2) to = type.fixed(index);
      return index < 2;
    }
    if (!is_composite(kind) || index >= type.vlen()) return false;
    to = type.element(index, 1);
    return true;
  }

  void search_from(std::uint32_t root, std::vector<std::uint32_t>& loops) {
    stack_.push_back({root, 0});
    state(root) = State::open;
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      std::uint32_t to = 0;
      if (!edge(layer_.type(frame.id), frame.next_edge++, to)) {
        state(frame.id) = State::done;
        stack_.pop_back();
        continue;
      }
      if (to < layer_.start_id() || to >= layer_.end_id()) continue;
      if (state(to) == State::open) loops.push_back(to);
      if (state(to) != State::unseen) continue;
      state(to) = State::open;
      stack_.push_back({to, 0});
    }
  }

  const Btf& layer_;
  Edges edges_;
  std::vector<State> states_;
  std::vector<Frame> stack_;
};

}  // namespace

Resolver::Memory& Resolver::memory(std::uint32_t id) {
  if (id < top_.start_id()) return below_[id];
  if (own_.empty()) own_.resize(top_.end_id() - top_.start_id());
  return own_[id - top_.start_id()];
}

Resolved Resolver::resolve(std::uint32_t id) {
  Resolved found;
  while (true) {
    const Type type = top_.type(id);
    if (!passes_through(type.kind())) {
      found = resolve_leaf(type);
      break;
    }
    // A link that is entered again before it is known stands for a loop: nothing with a size.
    Memory& known = memory(id);
    if (known.entered) {
      found = known.resolved;
      break;
    }
    known.entered = true;
    chain_.push_back(id);
    id = behind(type);
  }
  while (!chain_.empty()) {
    found = resolve_link(top_.type(chain_.back()), found);
    memory(chain_.back()).resolved = found;
    chain_.pop_back();
  }
  return found;
}

std::uint32_t Embeddings::composite_in(std::uint32_t id) {
  chain_.clear();
  std::uint32_t found = 0;
  while (true) {
    const Type type = top_.type(id);
    if (!passes_through(type.kind())) {
      if (is_composite(type.kind())) found = id;
      break;
    }
    const auto [known, is_new] = known_.insert(id);
    if (!is_new) {
      found = *known;
      break;
    }
    chain_.push_back(id);
    id = behind(type);
  }
  for (const std::uint32_t link : chain_) known_[link] = found;
  return found;
}

std::vector<std::uint32_t> reference_loops(const Btf& layer) {
  std::vector<std::uint32_t> loops;
  LoopSearch(layer, LoopSearch::Edges::pointers_and_modifiers).run(loops);
  LoopSearch(layer, LoopSearch::Edges::by_value).run(loops);
  return loops;
}

}  // namespace btf
