// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/call_hazards.h"

#include <algorithm>

#include "oracles/properties/appended.h"

namespace retort {
namespace {

class CallHazards {
 public:
  CallHazards(const libbpf_ops& ops, btf::Dialect dialect, const Call& call,
              std::span<const TrackedObject> objects, std::span<const ObjectId> subjects,
              std::uint32_t id)
      : ops_(ops),
        dialect_(dialect),
        call_(call),
        objects_(objects),
        subjects_(subjects),
        id_(id) {}

  Hazards find() {
    if (subjects_.empty()) return {};
    const Verb verb = call_.verb;
    if (makes_modifiable(verb) && any_in_chain(subject().handle, &TrackedObject::short_header))
      add(Hazard::short_header);
    if (verb == Verb::set_endianness && subject().short_header) add(Hazard::swapped_header);
    if (verb == Verb::align_of) align_of();
    if (verb == Verb::dedup || verb == Verb::dedup_colliding || verb == Verb::distill ||
        verb == Verb::relocate)
      follows_ids();
    if (verb == Verb::relocate) relocates();
    if (subject().room &&
        subject().room->overflows(appended_bytes(ops_, dialect_, call_, objects_, subjects_, id_)))
      add(Hazard::stale_room);
    if (verb == Verb::add_type || verb == Verb::add_btf || verb == Verb::add_name ||
        verb == Verb::find_name)
      reads_own_bytes();
    return hazards_;
  }

 private:
  static bool makes_modifiable(Verb verb) {
    return (edits(verb) && verb != Verb::relocate) || verb == Verb::find_str ||
           verb == Verb::find_name;
  }

  void add(Hazard hazard) { hazards_.set |= set_of(hazard); }
  [[nodiscard]] const TrackedObject& subject() const { return objects_[subjects_[0]]; }
  [[nodiscard]] ObjectView view(const lb_btf* btf) const { return {ops_, btf, dialect_}; }

  [[nodiscard]] const TrackedObject* tracked(const lb_btf* btf) const {
    const auto found = std::ranges::find(objects_, btf, &TrackedObject::handle);
    return found == objects_.end() ? nullptr : &*found;
  }

  // Whether the flat objects among `top` and what it lies on have that property.
  bool any_in_chain(const lb_btf* top, bool TrackedObject::* property) const {
    for (const lb_btf* at = top; at != nullptr; at = ops_.base(at))
      if (const TrackedObject* object = tracked(at);
          object != nullptr && object->flat && object->*property)
        return true;
    return false;
  }

  void align_of() {
    hazards_.set |= align_of_hazards(view(subject().handle), id_);
    // An id that an edit left dangling is the caller's, one that is asked for is not checked.
    if (id_ < view(subject().handle).end_id() &&
        hazards_.set.test(static_cast<std::size_t>(Hazard::align_of_missing)))
      hazards_ = {.misuse = true};
  }

  // Parsing leaves two sorts of ids unchecked; any other that leads nowhere came from an edit.
  void follows_ids() {
    const ObjectView seen = view(subject().handle);
    const std::uint32_t broken = seen.first_broken();
    const HazardSet unchecked = id_hazards(seen);
    bool edited = false;
    for (const lb_btf* at = subject().handle; at != nullptr; at = ops_.base(at))
      edited = edited || tracked(at) == nullptr || tracked(at)->edited;
    const bool by_parsing =
        broken == 0 || (!edited && unchecked.test(static_cast<std::size_t>(Hazard::return_id)));
    if (!by_parsing) hazards_.misuse = true;
    hazards_.set |= unchecked;
  }

  void relocates() {
    const lb_btf* const below = subject().base;
    if (below == nullptr || hazards_.misuse) return;
    if (subjects_.size() > 1) counts_names(objects_[subjects_[1]].handle);
    const std::uint32_t lower = ops_.base(below) != nullptr ? end_string(ops_.base(below)) : 0;
    hazards_.set |=
        relocation_hazards(view(subject().handle), view(below), end_string(below) - lower);
  }

  // The counters have room for the strings of the target's top layer, and every offset counts.
  void counts_names(const lb_btf* target) {
    const lb_btf* const below = ops_.base(target);
    if (below == nullptr) return;
    const std::uint32_t room = end_string(target) - end_string(below);
    const ObjectView seen = view(target);
    for (std::uint32_t id = 1; id < seen.end_id(); ++id) {
      const btf::Type type = seen.type(id);
      if (btf::is_composite(type.kind()) && type.name_offset() >= room && type.name_offset() != 0)
        add(Hazard::stacked_target);
    }
  }

  // One past the last string offset: the accessor tells what is beyond.
  [[nodiscard]] std::uint32_t end_string(const lb_btf* btf) const {
    std::uint32_t inside = 0;
    std::uint32_t beyond = 1U << 31;
    while (inside < beyond) {
      const std::uint32_t middle = inside + (beyond - inside) / 2;
      if (ops_.string(btf, middle) != nullptr)
        inside = middle + 1;
      else
        beyond = middle;
    }
    return inside;
  }

  // The layer whose block holds the string; void's name is in the lowest.
  [[nodiscard]] const lb_btf* layer_of(const lb_btf* top, std::uint32_t offset) const {
    const lb_btf* at = top;
    while (ops_.base(at) != nullptr && offset < end_string(ops_.base(at))) at = ops_.base(at);
    return at;
  }

  [[nodiscard]] bool leans_on(const lb_btf* top, const lb_btf* layer) const {
    for (const lb_btf* at = top; at != nullptr; at = ops_.base(at))
      if (at == layer) return true;
    return false;
  }

  // Looking a string up in a flat object gives up its block, which the string may stand in.
  [[nodiscard]] bool loses(const lb_btf* from, std::uint32_t offset) const {
    const lb_btf* const layer = layer_of(from, offset);
    const TrackedObject* const object = tracked(layer);
    return object != nullptr && object->flat && leans_on(subject().handle, layer);
  }

  void reads_own_bytes() {
    const lb_btf* const from = objects_[subjects_[1]].handle;
    const bool itself = from == subject().handle;
    const ObjectView source = view(from);
    const bool whole = call_.verb == Verb::add_btf;
    // The object is made modifiable before the first name is read, and names of a base that both
    // lie on are not read.
    if (whole && (itself || ops_.base(from) != nullptr)) return;
    if (call_.verb == Verb::add_type && itself) return add(Hazard::own_bytes);
    const std::uint32_t first = whole ? 1 : id_;
    const std::uint32_t end = whole ? source.end_id() : id_ + 1;
    for (std::uint32_t id = first; id < end && id < source.end_id(); ++id) {
      const btf::Type type = source.type(id);
      const bool name_only = call_.verb == Verb::add_name || call_.verb == Verb::find_name;
      if (name_only) {
        if (loses(from, type.name_offset())) add(Hazard::own_bytes);
        continue;
      }
      btf::for_each_name(type, [&](std::size_t word) {
        if (type.word(word) != 0 && loses(from, type.word(word))) add(Hazard::own_bytes);
      });
      if (hazards_.set.any()) return;
    }
  }

  const libbpf_ops& ops_;
  btf::Dialect dialect_;
  const Call& call_;
  std::span<const TrackedObject> objects_;
  std::span<const ObjectId> subjects_;
  std::uint32_t id_;
  Hazards hazards_;
};

}  // namespace

std::uint32_t appended_bytes(const libbpf_ops& ops, btf::Dialect dialect, const Call& call,
                             std::span<const TrackedObject> objects,
                             std::span<const ObjectId> subjects, std::uint32_t id) {
  const auto view = [&](std::size_t subject) {
    return ObjectView(ops, objects[subjects[subject]].handle, dialect);
  };
  const auto words = [&]() -> std::size_t {
    if (appends_type(call.verb)) {
      const lb_add added = arguments_of(call, [](const TypeRef&) { return 0; });
      return btf::kHeadWords + expected_type(added).tail.size();
    }
    if (appends_element(call.verb)) {
      const ObjectView own = view(0);
      return own.end_id() == own.start_id() ? 0 : own.type(own.end_id() - 1).shape().element;
    }
    if (call.verb == Verb::add_btf) return view(1).bytes() / btf::kWordBytes;
    if (call.verb != Verb::add_type || id >= view(1).end_id()) return 0;
    return view(1).type(id).words();
  };
  return static_cast<std::uint32_t>(words() * btf::kWordBytes);
}

Hazards hazards_of(const libbpf_ops& ops, btf::Dialect dialect, const Call& call,
                   std::span<const TrackedObject> objects, std::span<const ObjectId> subjects,
                   std::uint32_t id) {
  return CallHazards(ops, dialect, call, objects, subjects, id).find();
}

}  // namespace retort
