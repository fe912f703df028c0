// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/deviations/kernel_walk.h"

#include <algorithm>
#include <cerrno>

#include "relocator/format.h"

namespace retort {
namespace {

constexpr std::uint32_t kByteBits = 8;
constexpr std::uint32_t kPointerBytes = 8;
constexpr std::uint32_t kMostCopyBits = 128;
constexpr std::uint32_t kIntBits = 32;
constexpr std::uint32_t kNoIndex = 0xffffffff;

using btf::Kind;

bool is_followed(Kind kind) {
  return btf::is_modifier(kind) || btf::is_composite(kind) || kind == Kind::ptr ||
         kind == Kind::array || kind == Kind::var || kind == Kind::func || kind == Kind::decl_tag ||
         kind == Kind::datasec;
}

bool only_refers(Kind kind) {
  return kind == Kind::var || kind == Kind::decl_tag || kind == Kind::datasec;
}

bool is_without_size(Kind kind) {
  return kind == Kind::void_ || kind == Kind::fwd || kind == Kind::func ||
         kind == Kind::func_proto || kind == Kind::decl_tag;
}

bool says_size(Kind kind) {
  return kind == Kind::int_ || kind == Kind::float_ || btf::is_enumeration(kind) ||
         btf::is_composite(kind) || kind == Kind::datasec;
}

std::uint32_t bytes_of(std::uint32_t bits) {
  return bits / kByteBits + (bits % kByteBits != 0 ? 1 : 0);
}

bool is_regular(const btf::Type& integer) {
  const std::uint32_t word = integer.fixed(0);
  const std::uint32_t bits = btf::int_bits(word);
  const std::uint32_t bytes = bytes_of(bits);
  return bits % kByteBits == 0 && btf::int_bit_offset(word) == 0 &&
         (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16);
}

}  // namespace

KernelWalk::KernelWalk(const btf::Btf& layer) : layer_(layer) {
  seen_.resize(layer.end_id() - layer.start_id());
  walk();
}

int KernelWalk::code() const {
  switch (fault_) {
    case Fault::none:
      return 0;
    case Fault::loop:
      return EEXIST;
    case Fault::depth:
      return E2BIG;
    case Fault::copy_bits:
    case Fault::other:
      break;
  }
  return EINVAL;
}

void KernelWalk::walk() {
  for (std::uint32_t id = layer_.start_id(); id < layer_.end_id(); ++id) {
    const btf::Type type = layer_.type(id);
    if (is_followed(type.kind()) && !is_resolved(id) && !resolve_from(id)) return;
    if (type.kind() == Kind::func_proto && !prototype(type)) return;
  }
}

bool KernelWalk::resolve_from(std::uint32_t id) {
  mode_ = Mode::any;
  if (!push(id)) return false;
  while (depth_ != 0)
    if (step(stack_[depth_ - 1]) == Step::failed) return false;
  return is_valid(id) || refuse() != Step::failed;
}

// The kernel's last word on the type that it began with.
bool KernelWalk::is_valid(std::uint32_t id) {
  const btf::Type type = layer_.type(id);
  if (btf::is_modifier(type.kind()) || type.kind() == Kind::ptr || type.kind() == Kind::var) {
    const Kind end = kind_of(seen(id).id);
    return !btf::is_modifier(end) && end != Kind::var && end != Kind::datasec;
  }
  if (type.kind() != Kind::array) return true;
  const auto element = sized(type.fixed(0));
  return element && !btf::is_modifier(kind_of(element->id)) &&
         type.fixed(2) * element->size == seen(id).size;
}

KernelWalk::Step KernelWalk::step(Frame& frame) {
  const btf::Type type = layer_.type(frame.id);
  switch (type.kind()) {
    case Kind::array:
      return array(type);
    case Kind::struct_:
    case Kind::union_:
      return composite(type, frame);
    case Kind::datasec:
      return section(type, frame);
    case Kind::decl_tag:
      return declaration(type);
    case Kind::func:
      return function(type);
    case Kind::var:
      return variable(type);
    default:
      return modifier(type);
  }
}

// Pointers too: they differ in what a pointer behind a modifier is to them.
KernelWalk::Step KernelWalk::modifier(const btf::Type& type) {
  std::uint32_t next = type.type_id();
  if (!exists(next) || only_refers(kind_of(next))) return refuse();
  if (must_follow(next)) return descend(next);
  if (type.kind() == Kind::ptr)
    if (const auto pointer = pointer_behind(next)) return descend(*pointer);
  if (const auto end = sized(next)) return pop(end->id, 0);
  if (is_resolved(next)) next = seen(next).id;
  const Kind kind = kind_of(next);
  if (kind != Kind::void_ && kind != Kind::fwd && kind != Kind::func_proto) return refuse();
  return pop(next, 0);
}

KernelWalk::Step KernelWalk::variable(const btf::Type& type) {
  const std::uint32_t next = type.type_id();
  if (!exists(next) || only_refers(kind_of(next))) return refuse();
  if (must_follow(next)) return descend(next);
  if (const auto pointer = pointer_behind(next)) return descend(*pointer);
  const auto end = sized(next);
  return end ? pop(end->id, 0) : refuse();
}

KernelWalk::Step KernelWalk::array(const btf::Type& type) {
  for (const std::size_t word : {std::size_t{1}, std::size_t{0}}) {
    const std::uint32_t id = type.fixed(word);
    if (!exists(id) || is_without_size(kind_of(id)) || only_refers(kind_of(id))) return refuse();
    if (must_follow(id)) return descend(id);
    const auto end = sized(id);
    const bool is_int = end && kind_of(end->id) == Kind::int_;
    if (!end || (word == 1 && !is_int)) return refuse();
    if (is_int && !is_regular(layer_.type(end->id))) return refuse();
    if (word == 1) continue;
    const std::uint32_t count = type.fixed(2);
    if (std::uint64_t{end->size} * count > 0xffffffff) return refuse();
    return pop(end->id, end->size * count);
  }
  return refuse();
}

KernelWalk::Step KernelWalk::composite(const btf::Type& type, Frame& frame) {
  const auto member_at = [&](std::uint32_t index) {
    const std::uint32_t word = type.element(index, 2);
    return Member{.type = type.element(index, 1),
                  .bit_offset = btf::member_bit_offset(word, type.kflag()),
                  .bit_size = btf::member_bit_size(word, type.kflag()),
                  .kflag = type.kflag()};
  };
  // The member that was followed comes before the next one.
  if (frame.next != 0 && !fits(type, member_at(frame.next - 1))) return refuse();
  for (std::uint32_t index = frame.next; index < type.vlen(); ++index) {
    const Member member = member_at(index);
    if (!exists(member.type) || is_without_size(kind_of(member.type)) ||
        only_refers(kind_of(member.type)))
      return refuse();
    if (must_follow(member.type)) {
      frame.next = index + 1;
      return descend(member.type);
    }
    if (!fits(type, member)) return refuse();
  }
  return pop(0, 0);
}

// A variable that has to be followed first is passed over when the section goes on.
KernelWalk::Step KernelWalk::section(const btf::Type& type, Frame& frame) {
  mode_ = Mode::any;
  for (std::uint32_t index = frame.next; index < type.vlen(); ++index) {
    const std::uint32_t id = type.element(index, 0);
    if (!exists(id) || kind_of(id) != Kind::var) return refuse();
    if (must_follow(id)) {
      missed_variable_ = true;
      frame.next = index + 1;
      return descend(id);
    }
    const auto end = sized(layer_.type(id).type_id());
    if (!end || type.element(index, 2) < end->size) return refuse();
  }
  return pop(0, 0);
}

KernelWalk::Step KernelWalk::declaration(const btf::Type& type) {
  const std::uint32_t next = type.type_id();
  if (!exists(next)) return refuse();
  const btf::Type target = layer_.type(next);
  const bool is_composite = btf::is_composite(target.kind());
  const bool is_func = target.kind() == Kind::func;
  if (!is_func && !is_composite && target.kind() != Kind::var && target.kind() != Kind::typedef_)
    return refuse();
  if (must_follow(next)) return descend(next);
  const std::uint32_t index = type.fixed(0);
  if (index == kNoIndex) return pop(next, 0);
  if (!is_composite && !is_func) return refuse();
  const std::uint32_t count = is_func ? layer_.type(target.type_id()).vlen() : target.vlen();
  return index < count ? pop(next, 0) : refuse();
}

KernelWalk::Step KernelWalk::function(const btf::Type& type) {
  const std::uint32_t id = type.type_id();
  if (!exists(id) || kind_of(id) != Kind::func_proto) return refuse();
  const btf::Type proto = layer_.type(id);
  for (std::uint32_t index = 0; index < proto.vlen(); ++index)
    if (proto.element(index, 0) == 0 && proto.element(index, 1) != 0) return refuse();
  return pop(id, 0);
}

bool KernelWalk::prototype(const btf::Type& type) {
  if (type.type_id() != 0 && !has_value(type.type_id())) return false;
  std::uint32_t count = type.vlen();
  if (count != 0 && type.element(count - 1, 1) == 0) {
    --count;
    if (type.element(count, 0) != 0) return refuse() != Step::failed;
  }
  for (std::uint32_t index = 0; index < count; ++index)
    if (!has_value(type.element(index, 1))) return false;
  return true;
}

bool KernelWalk::has_value(std::uint32_t id) {
  if (!exists(id) || only_refers(kind_of(id))) return refuse() != Step::failed;
  if (is_followed(kind_of(id)) && !is_resolved(id) && !resolve_from(id)) return false;
  return sized(id).has_value() || refuse() != Step::failed;
}

bool KernelWalk::fits(const btf::Type& outer, const Member& member) {
  // Seen of the struct by itself, before the walk begins.
  if (bytes_of(member.bit_offset) > outer.size()) return false;
  const auto end = btf::is_modifier(kind_of(member.type)) ? sized(member.type)
                                                          : std::optional(Sized{member.type, 0});
  if (!end) return false;
  const btf::Type type = layer_.type(end->id);
  if (type.kind() == Kind::int_) return int_fits(outer, member, type);
  if (btf::is_enumeration(type.kind())) return enum_fits(outer, member, type);
  if (member.bit_size != 0) return false;
  if (type.kind() == Kind::float_) return float_fits(outer, member, type);
  if (type.kind() == Kind::ptr) return ends_within(outer, member, kPointerBytes);
  if (type.kind() == Kind::array) return ends_within(outer, member, array_size(end->id));
  return btf::is_composite(type.kind()) && ends_within(outer, member, type.size());
}

bool KernelWalk::int_fits(const btf::Type& outer, const Member& member, const btf::Type& type) {
  const std::uint32_t word = type.fixed(0);
  std::uint64_t begin = member.bit_offset;
  std::uint32_t bits = btf::int_bits(word);
  if (member.kflag) {
    if (!is_regular(type) || member.bit_size > bits) return false;
    if (member.bit_size == 0 && begin % kByteBits != 0) return false;
    if (member.bit_size != 0) bits = member.bit_size;
  } else {
    begin += btf::int_bit_offset(word);
    if (begin > 0xffffffff) return false;
  }
  const auto first = static_cast<std::uint32_t>(begin) / kByteBits;
  const std::uint32_t copied = bits + static_cast<std::uint32_t>(begin % kByteBits);
  if (copied > kMostCopyBits) {
    fault_ = Fault::copy_bits;
    return false;
  }
  return outer.size() >= first && outer.size() - first >= bytes_of(copied);
}

bool KernelWalk::enum_fits(const btf::Type& outer, const Member& member, const btf::Type& type) {
  if (!member.kflag) return ends_within(outer, member, type.size());
  if (member.bit_size > kIntBits) return false;
  if (member.bit_size == 0 && member.bit_offset % kByteBits != 0) return false;
  const std::uint32_t bits = member.bit_size != 0 ? member.bit_size : kIntBits;
  return outer.size() >= bytes_of(member.bit_offset + bits);
}

bool KernelWalk::float_fits(const btf::Type& outer, const Member& member, const btf::Type& type) {
  const std::uint32_t alignment = std::min(kPointerBytes, type.size()) * kByteBits;
  return alignment != 0 && member.bit_offset % alignment == 0 &&
         std::uint64_t{member.bit_offset / kByteBits} + type.size() <= outer.size();
}

// As the kernel subtracts, in 32 bits.
bool KernelWalk::ends_within(const btf::Type& outer, const Member& member, std::uint32_t size) {
  return member.bit_offset % kByteBits == 0 && outer.size() - member.bit_offset / kByteBits >= size;
}

bool KernelWalk::push(std::uint32_t id) {
  if (depth_ == kMaxDepth) return refuse(Fault::depth) != Step::failed;
  Seen& type = seen_[id - layer_.start_id()];
  if (type.state != State::unvisited) return refuse(Fault::loop) != Step::failed;
  type.state = State::visited;
  stack_[depth_++] = {.id = id};
  if (mode_ != Mode::any) return true;
  const Kind kind = kind_of(id);
  if (kind == Kind::ptr) mode_ = Mode::pointer;
  if (kind == Kind::array || btf::is_composite(kind)) mode_ = Mode::value;
  return true;
}

KernelWalk::Step KernelWalk::pop(std::uint32_t resolved_id, std::uint32_t size) {
  seen_[stack_[--depth_].id - layer_.start_id()] = {
      .state = State::resolved, .id = resolved_id, .size = size};
  return Step::done;
}

KernelWalk::Step KernelWalk::refuse(Fault fault) {
  if (fault_ == Fault::none) fault_ = fault;
  return Step::failed;
}

bool KernelWalk::is_sink(Kind kind) const {
  if (mode_ == Mode::any) return !is_followed(kind);
  if (btf::is_modifier(kind)) return false;
  if (mode_ == Mode::pointer) return kind != Kind::ptr;
  return kind != Kind::array && !btf::is_composite(kind);
}

bool KernelWalk::is_resolved(std::uint32_t id) {
  if (id < layer_.start_id()) return layer_.base() || id != 0;
  return seen(id).state == State::resolved;
}

bool KernelWalk::must_follow(std::uint32_t id) {
  if (is_sink(kind_of(id))) return false;
  if (!is_resolved(id)) return true;
  if (mode_ == Mode::value && id >= layer_.start_id() && btf::is_modifier(kind_of(id))) {
    const std::uint32_t end = seen(id).id;
    const Kind kind = kind_of(end);
    took_unseen_ =
        took_unseen_ || ((kind == Kind::array || btf::is_composite(kind)) && !is_resolved(end));
  }
  return false;
}

std::optional<std::uint32_t> KernelWalk::pointer_behind(std::uint32_t id) {
  if (!btf::is_modifier(kind_of(id))) return {};
  const std::uint32_t end = seen(id).id;
  if (kind_of(end) != Kind::ptr || is_sink(Kind::ptr) || is_resolved(end)) return {};
  return end;
}

const KernelWalk::Seen& KernelWalk::seen(std::uint32_t id) {
  static constexpr Seen kNothing;
  if (id >= layer_.start_id()) return seen_[id - layer_.start_id()];
  if (!layer_.base()) return kNothing;
  if (!base_) base_ = std::make_unique<KernelWalk>(*layer_.base());
  return base_->seen(id);
}

std::uint32_t KernelWalk::array_size(std::uint32_t id) {
  const Seen& array = seen(id);
  took_unseen_ = took_unseen_ || array.state != State::resolved;
  return array.size;
}

std::optional<KernelWalk::Sized> KernelWalk::sized(std::uint32_t id) {
  if (!exists(id) || is_without_size(kind_of(id))) return {};
  if (btf::is_modifier(kind_of(id)) || kind_of(id) == Kind::var) id = seen(id).id;
  const Kind kind = kind_of(id);
  if (is_without_size(kind)) return {};
  if (says_size(kind)) return Sized{id, layer_.type(id).size()};
  if (kind == Kind::array) return Sized{id, array_size(id)};
  if (kind == Kind::ptr) return Sized{id, kPointerBytes};
  return {};
}

}  // namespace retort
