// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The kernel's second look at a layer: types one after the other, each followed depth first to what
// it refers to, and what was followed once is not followed again. Which faults that finds depends
// on where it began: a pointer leads through modifiers and no further, so that what they stand for
// may count as seen before it is. The rules here are the reference's own; the order is the
// kernel's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "relocator/btf.h"

namespace retort {

class KernelWalk {
 public:
  enum class Fault : std::uint8_t {
    none,
    loop,
    depth,      ///< more than kMaxDepth types on the way
    copy_bits,  ///< a member that begins within a byte and needs more than 128 bits from there
    other,
  };

  /// Walks at once. The layer below, if there is one, is taken as walked before; each type by
  /// itself has to be in order.
  explicit KernelWalk(const btf::Btf& layer);

  [[nodiscard]] Fault fault() const { return fault_; }
  /// With what the layer is refused, or 0.
  [[nodiscard]] int code() const;
  /// Whether an array or a struct that nobody had followed yet counted as seen.
  [[nodiscard]] bool took_unseen() const { return took_unseen_; }
  /// Whether a variable's size was never compared with its place in a DATASEC.
  [[nodiscard]] bool missed_variable() const { return missed_variable_; }

 private:
  static constexpr std::size_t kMaxDepth = 32;

  enum class Mode : std::uint8_t { any, pointer, value };
  enum class State : std::uint8_t { unvisited, visited, resolved };
  enum class Step : std::uint8_t { pushed, done, failed };

  struct Frame {
    std::uint32_t id = 0;
    std::uint32_t next = 0;  ///< the member to look at
  };
  /// What the kernel keeps of each type.
  struct Seen {
    State state = State::unvisited;
    std::uint32_t id = 0;    ///< what it comes to
    std::uint32_t size = 0;  ///< of an array
  };
  struct Sized {
    std::uint32_t id;
    std::uint32_t size;
  };
  struct Member {
    std::uint32_t type;
    std::uint32_t bit_offset;
    std::uint32_t bit_size;  ///< of a bit field
    bool kflag;
  };

  void walk();
  bool resolve_from(std::uint32_t id);
  [[nodiscard]] bool is_valid(std::uint32_t id);

  Step step(Frame& frame);
  Step modifier(const btf::Type& type);
  Step variable(const btf::Type& type);
  Step array(const btf::Type& type);
  Step composite(const btf::Type& type, Frame& frame);
  Step section(const btf::Type& type, Frame& frame);
  Step declaration(const btf::Type& type);
  Step function(const btf::Type& type);
  bool prototype(const btf::Type& type);
  bool has_value(std::uint32_t id);

  bool fits(const btf::Type& outer, const Member& member);
  bool int_fits(const btf::Type& outer, const Member& member, const btf::Type& type);
  static bool enum_fits(const btf::Type& outer, const Member& member, const btf::Type& type);
  static bool float_fits(const btf::Type& outer, const Member& member, const btf::Type& type);
  static bool ends_within(const btf::Type& outer, const Member& member, std::uint32_t size);

  bool push(std::uint32_t id);
  Step descend(std::uint32_t id) { return push(id) ? Step::pushed : Step::failed; }
  Step pop(std::uint32_t resolved_id, std::uint32_t size);
  Step refuse(Fault fault = Fault::other);

  [[nodiscard]] bool exists(std::uint32_t id) const { return id < layer_.end_id(); }
  [[nodiscard]] btf::Kind kind_of(std::uint32_t id) const { return layer_.type(id).kind(); }
  [[nodiscard]] bool is_sink(btf::Kind kind) const;
  [[nodiscard]] bool is_resolved(std::uint32_t id);
  [[nodiscard]] bool must_follow(std::uint32_t id);
  /// A pointer that a modifier stopped at, which has to be followed after all.
  [[nodiscard]] std::optional<std::uint32_t> pointer_behind(std::uint32_t id);
  const Seen& seen(std::uint32_t id);
  std::optional<Sized> sized(std::uint32_t id);
  std::uint32_t array_size(std::uint32_t id);

  const btf::Btf& layer_;
  std::vector<Seen> seen_;            ///< of this layer
  std::unique_ptr<KernelWalk> base_;  ///< once it is asked for
  std::array<Frame, kMaxDepth> stack_{};
  std::size_t depth_ = 0;
  Mode mode_ = Mode::any;
  Fault fault_ = Fault::none;
  bool took_unseen_ = false;
  bool missed_variable_ = false;
};

}  // namespace retort
