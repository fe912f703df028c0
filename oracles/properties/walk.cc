// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/walk.h"

#include <utility>

namespace retort {
namespace {

constexpr std::uint64_t kOpen = 0;  // no finished walk is as short

// Saturates below what means endless, except where one of the two is that.
std::uint64_t sum(std::uint64_t a, std::uint64_t b, std::uint32_t times) {
  if (times == 0) return a;
  if (a == kEndless || b == kEndless) return kEndless;
  if (b > (kEndless - 1 - a) / times) return kEndless - 1;
  return a + b * times;
}

// Depth first with a stack of its own: chains may be as long as the input.
class Measure {
 public:
  Measure(const btf::Btf& top, const Steps& steps)
      : top_(top), steps_(steps), lengths_(top.end_id(), kOpen), entered_(top.end_id()) {}

  std::vector<std::uint64_t> run() {
    for (std::uint32_t id = 0; id < top_.end_id(); ++id) {
      if (lengths_[id] == kOpen) enter(id);
      while (!frames_.empty()) step();
    }
    return std::move(lengths_);
  }

 private:
  struct Frame {
    std::uint32_t id = 0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> next;  ///< ids, and how often
    std::uint64_t length = 1;
  };

  void enter(std::uint32_t id) {
    Frame frame{.id = id, .next = {}};
    if (id != 0)
      steps_(top_.type(id), [&](std::uint32_t next, std::uint32_t times) {
        frame.next.emplace_back(next, times);
      });
    entered_[id] = true;
    frames_.push_back(std::move(frame));
  }

  void step() {
    Frame& frame = frames_.back();
    if (frame.next.empty()) {
      lengths_[frame.id] = frame.length;
      frames_.pop_back();
      return;
    }
    const auto [id, times] = frame.next.back();
    const bool beyond = id >= top_.end_id();
    if (!beyond && lengths_[id] == kOpen && !entered_[id]) return enter(id);
    // Entered and not finished: it lies on the way to here.
    const std::uint64_t length = beyond ? 1 : lengths_[id] == kOpen ? kEndless : lengths_[id];
    frame.length = sum(frame.length, length, times);
    frame.next.pop_back();
  }

  const btf::Btf& top_;
  const Steps& steps_;
  std::vector<std::uint64_t> lengths_;
  std::vector<bool> entered_;
  std::vector<Frame> frames_;
};

void visit_elements(const btf::Type& type, const Visit& visit) {
  for (std::uint32_t index = 0; index < type.vlen(); ++index) visit(type.element(index, 1), 1);
}

// Qualifiers, tags of types, pointers, arrays and prototypes: what stands between a name and the
// types that it is declared with.
bool is_declarator(btf::Kind kind) {
  return kind == btf::Kind::ptr || kind == btf::Kind::array || kind == btf::Kind::func_proto ||
         (btf::is_modifier(kind) && kind != btf::Kind::typedef_);
}

void visit_declarator(const btf::Type& type, const Visit& visit) {
  visit(type.kind() == btf::Kind::array ? type.fixed(0) : type.type_id(), 1);
  if (type.kind() == btf::Kind::func_proto) visit_elements(type, visit);
}

}  // namespace

std::vector<std::uint64_t> walk_lengths(const btf::Btf& top, const Steps& steps) {
  return Measure(top, steps).run();
}

void steps_of_alignment(const btf::Type& type, const Visit& visit) {
  if (btf::is_modifier(type.kind())) visit(type.type_id(), 1);
  if (type.kind() == btf::Kind::array) visit(type.fixed(0), 1);
  if (btf::is_composite(type.kind())) visit_elements(type, visit);
}

void steps_of_declaration(const btf::Type& type, const Visit& visit) {
  if (is_declarator(type.kind())) visit_declarator(type, visit);
  if (btf::is_composite(type.kind()) && type.name_offset() == 0) visit_elements(type, visit);
}

void steps_of_data(const btf::Type& type, const Visit& visit) {
  const btf::Kind kind = type.kind();
  if (btf::is_modifier(kind) || kind == btf::Kind::var) visit(type.type_id(), 1);
  if (kind == btf::Kind::array) visit(type.fixed(0), type.fixed(2));
  if (btf::is_composite(kind)) visit_elements(type, visit);
  if (kind != btf::Kind::datasec) return;
  for (std::uint32_t index = 0; index < type.vlen(); ++index) visit(type.element(index, 0), 1);
}

void steps_of_order(const btf::Type& type, const Visit& visit) {
  if (is_declarator(type.kind())) visit_declarator(type, visit);
  if (type.kind() == btf::Kind::typedef_) visit(type.type_id(), 1);
}

}  // namespace retort
