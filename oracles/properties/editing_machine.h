// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The calls that change an object, and what has to hold of each by itself: what was there stays,
// what was appended reads back, and what fails changes nothing.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oracles/properties/appended.h"
#include "oracles/properties/machine.h"

namespace retort {

class EditingMachine : public Machine {
 public:
  using Machine::Machine;

 protected:
  struct Before {
    std::uint32_t end_id;
    std::vector<std::uint64_t> types;
    std::vector<std::uint64_t> last_elements;
  };
  [[nodiscard]] Before before(ObjectId object) const {
    const ObjectView seen = view(object);
    Before state{seen.end_id(), seen.digests(), {}};
    if (seen.end_id() > seen.start_id())
      state.last_elements = elements_of(seen.type(seen.end_id() - 1));
    return state;
  }

  void check_unchanged(ObjectId object, const Before& state) {
    if (view(object).digests() != state.types)
      breaks(Promise::failure_changes_nothing, "the types are not what they were");
  }

  // All types but the last `but` are as before.
  void check_rest(ObjectId object, const Before& state, std::size_t but) {
    const std::vector<std::uint64_t> now = view(object).digests();
    const std::size_t same = state.types.size() - but;
    if (now.size() < same ||
        !std::equal(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(same),
                    state.types.begin()))
      breaks(Promise::appending_keeps_the_rest, "an earlier type is not what it was");
  }

  void append(const Call& line, bool last) {
    const ObjectId object = subjects_[0];
    const lb_add add = arguments_of(
        line, [&](const TypeRef& ref) { return static_cast<int>(resolve(ref, object)); });
    if (!last) {
      const int code = appending(line, 0, [&] { return ops_.add(handle(object), &add); });
      if (code >= 0) note_edit(object, add.name);
      return;
    }
    const Before state = before(object);
    const int code = appending(line, 0, [&] { return ops_.add(handle(object), &add); });
    check_code(code);
    if (code < 0) return check_unchanged(object, state);
    note_edit(object, add.name);
    if (appends_type(line.verb))
      check_type(object, state, code, add);
    else
      check_element(object, state, add);
  }

  // Calls what appends, and keeps count of the room for types.
  template <class Function>
  int appending(const Call& line, std::uint32_t id, Function&& function) {
    const ObjectId object = subjects_[0];
    const std::uint32_t bytes = appended_bytes(ops_, dialect_, line, objects_, subjects_, id);
    TypeRoom& room = room_of(object);
    const int code = call(std::forward<Function>(function));
    const std::uint32_t used = room.used;
    if (code >= 0 || failed_now_) room.append(bytes);
    // What failed later on has kept the room, not the types.
    if (code < 0) room.used = used;
    return code;
  }

  // What was parsed has just the room that it needs; what was made by distilling was appended.
  TypeRoom& room_of(ObjectId object) {
    std::optional<TypeRoom>& room = objects_[object].room;
    if (room) return *room;
    const ObjectView seen = view(object);
    if (!objects_[object].made_empty) return room.emplace(TypeRoom::of(seen.bytes()));
    room.emplace();
    for (std::uint32_t id = seen.start_id(); id < seen.end_id(); ++id)
      room->append(static_cast<std::uint32_t>(seen.type(id).bytes().size()));
    return *room;
  }

  void note_edit(ObjectId object, const char* name) {
    TrackedObject& tracked = objects_[object];
    tracked.edited = true;
    tracked.flat = false;
    if (name != nullptr && name[0] != '\0') note_lookup(object);
  }
  // A name is looked up from the lowest base on, which is apart then for certain. The layers
  // between may be too: to take them for flat leaves out calls that would have done no harm.
  void note_lookup(ObjectId object) {
    ObjectId lowest = object;
    while (ledger_.life(lowest).base) lowest = *ledger_.life(lowest).base;
    objects_[lowest].flat = false;
  }

  void check_type(ObjectId object, const Before& state, int id, const lb_add& add) {
    objects_[object].added.push_back(static_cast<std::uint32_t>(id));
    const ObjectView seen = view(object);
    if (static_cast<std::uint32_t>(id) != state.end_id || seen.end_id() != state.end_id + 1)
      return breaks(Promise::next_id, "the id is " + std::to_string(id) + ", the next was " +
                                          std::to_string(state.end_id));
    check_rest(object, state, 0);
    const btf::Type type = seen.type(state.end_id);
    const AppendedType expected = expected_type(add);
    bool same = type.kind() == expected.info.kind && type.vlen() == expected.info.vlen &&
                type.kflag() == expected.info.kflag && type.word(2) == expected.third;
    for (std::size_t word = 0; same && word < expected.tail.size(); ++word)
      same = type.fixed(word) == expected.tail[word];
    if (same && seen.string(type.name_offset()) == (add.name != nullptr ? add.name : "")) return;
    breaks(Promise::reads_back, "the type reads back otherwise");
  }

  void check_element(ObjectId object, const Before& state, const lb_add& add) {
    const ObjectView seen = view(object);
    if (seen.end_id() != state.end_id) return breaks(Promise::next_id, "a type was appended");
    check_rest(object, state, 1);
    const btf::Type type = seen.type(state.end_id - 1);
    const std::vector<std::uint64_t> now = elements_of(type);
    const std::vector<std::uint64_t>& old = state.last_elements;
    if (now.size() < old.size() || !std::equal(old.begin(), old.end(), now.begin()))
      return breaks(Promise::appending_keeps_the_rest,
                    "an earlier member, value or parameter is not what it was");
    if (now.size() == old.size() || !element_reads_back(type, add))
      return breaks(Promise::reads_back, "what was appended reads back otherwise");
    if (type.shape().element_names == 0) return;
    const std::string_view name = seen.string(type.element(type.vlen() - 1, 0));
    if (name != (add.name != nullptr ? add.name : ""))
      breaks(Promise::reads_back, "the name reads back otherwise");
  }

  void append_from(const Call& line) {
    const ObjectId object = subjects_[0];
    const ObjectId from = subjects_[1];
    const Before state = before(object);
    const ObjectView source = view(from);
    const bool whole = line.verb == Verb::add_btf;
    // Of a split, which only its own base can take, the types of the base are there already.
    const std::uint32_t first = whole ? source.start_id() : resolve(line.arguments[2].type, from);
    const std::uint32_t end = whole ? source.end_id() : first + 1;
    if (end > source.end_id()) return;
    // The digests are taken first: the source may be the object itself.
    std::vector<std::uint64_t> expected;
    for (std::uint32_t id = first; id < end; ++id) expected.push_back(source.digest_of(id));
    int code = 0;
    if (whole) {
      rolls_back_ = true;
      code = appending(line, 0, [&] { return ops_.add_btf(handle(object), handle(from)); });
      rolls_back_ = false;
    } else {
      const void* record = ops_.type(handle(from), first);
      code = appending(line, first,
                       [&] { return ops_.add_type(handle(object), handle(from), record); });
    }
    check_code(code);
    if (code < 0) return check_unchanged(object, state);
    note_edit(object, nullptr);
    // Of a whole split, names that its base has are left as they are.
    const lb_btf* const shared = whole ? ops_.base(handle(from)) : nullptr;
    if (has_names(view(from), first, end, shared)) note_lookup(object);
    const ObjectView seen = view(object);
    if (static_cast<std::uint32_t>(code) != state.end_id ||
        seen.end_id() - state.end_id != expected.size())
      return breaks(Promise::next_id, "the id is " + std::to_string(code) + ", the next was " +
                                          std::to_string(state.end_id));
    check_rest(object, state, 0);
    const auto as_in_source = [&](std::uint32_t id) {
      return whole && id >= state.end_id ? id - state.end_id + first : id;
    };
    for (std::uint32_t id = state.end_id; id < seen.end_id(); ++id) {
      objects_[object].added.push_back(id);
      const std::size_t nth = id - state.end_id;
      const auto own_id = static_cast<std::uint32_t>(first + nth);
      const bool same = seen.digest_as(id, own_id, as_in_source) == expected[nth];
      if (!same) return breaks(Promise::reads_back, "a copied type reads back otherwise");
    }
  }

  void string(const Call& line) {
    const ObjectId object = subjects_[0];
    const bool adds = line.verb == Verb::add_str || line.verb == Verb::add_name;
    const char* text = nullptr;
    if (subjects_.size() == 1) {
      text = line.arguments[1].text->c_str();
    } else {
      const std::uint32_t id = resolve(line.arguments[2].type, subjects_[1]);
      const ObjectView source = view(subjects_[1]);
      if (id >= source.end_id()) return;
      text = ops_.string(handle(subjects_[1]), source.type(id).name_offset());
    }
    if (text == nullptr) return;
    const std::string wanted(text);
    const Before state = before(object);
    const int code = call([&] {
      return adds ? ops_.add_string(handle(object), text) : ops_.find_string(handle(object), text);
    });
    check_code(code);
    if (!failed_now_) note_lookup(object);
    if (adds && code >= 0) objects_[object].edited = true;
    check_unchanged(object, state);
    if (code >= 0 && view(object).string(static_cast<std::uint32_t>(code)) != wanted)
      breaks(Promise::reads_back, "the string reads back otherwise");
  }

  void dedup(const Call& line) {
    const ObjectId object = subjects_[0];
    const bool collide = line.verb == Verb::dedup_colliding;
    TypeRoom& room = room_of(object);
    const int code = call([&] {
      return collide ? ops_.dedup_colliding(handle(object)) : ops_.dedup(handle(object));
    });
    check_code(code);
    if (code >= 0) objects_[object].flat = false;
    objects_[object].added.clear();
    if (code < 0) return ledger_.spoil(object);
    room.used = view(object).bytes();
  }

  // By rank: the last becomes the first, or each moves up by so many places.
  std::vector<std::uint32_t> new_ids(ObjectId object, std::uint64_t number) const {
    const ObjectView seen = view(object);
    const std::uint32_t count = seen.end_id() - seen.start_id();
    std::vector<std::uint32_t> map;
    if (objects_[object].base == nullptr) map.push_back(0);
    for (std::uint32_t rank = 0; rank < count; ++rank)
      map.push_back(seen.start_id() +
                    static_cast<std::uint32_t>(number == 0 ? count - 1 - rank
                                                           : (rank + number % count) % count));
    return map;
  }

  void permute(const Call& line) {
    if (ops_.permute == nullptr) return;
    const ObjectId object = subjects_[0];
    std::vector<std::uint32_t> map = new_ids(object, line.arguments[1].number);
    const Before state = before(object);
    const ObjectView seen = view(object);
    const std::uint32_t start = seen.end_id() - static_cast<std::uint32_t>(map.size());
    const auto renumber = [&](std::uint32_t id) {
      return id < start || id >= seen.end_id() ? id : map[id - start];
    };
    std::vector<std::uint64_t> expected(seen.end_id());
    for (std::uint32_t id = seen.start_id(); id < seen.end_id(); ++id)
      expected[renumber(id)] = seen.digest_as(id, renumber(id), renumber);
    TypeRoom& room = room_of(object);
    const int code = call([&] {
      return ops_.permute(handle(object), map.data(), static_cast<std::uint32_t>(map.size()));
    });
    check_code(code);
    if (code < 0) return check_unchanged(object, state);
    objects_[object].flat = false;
    room.is_exact = true;
    for (std::uint32_t& id : objects_[object].added) id = renumber(id);
    for (std::uint32_t id = seen.start_id(); id < seen.end_id(); ++id)
      if (view(object).digest_of(id) != expected[id])
        return breaks(Promise::reads_back, "a type is not what it was under its former id");
  }

  void relocate() {
    const ObjectId object = subjects_[0];
    const Before state = before(object);
    const int code = call([&] { return ops_.relocate(handle(object), handle(subjects_[1])); });
    check_code(code);
    if (code < 0) return check_unchanged(object, state);
    ledger_.rebase(object, subjects_[1]);
    objects_[object].base = handle(subjects_[1]);
    objects_[object].added.clear();
    objects_[object].made_empty = false;
    if (ops_.base(handle(object)) != handle(subjects_[1]))
      breaks(Promise::reads_back, "the base is not the one asked for");
  }

  void set(const Call& line) {
    const ObjectId object = subjects_[0];
    const std::uint64_t value = line.arguments[1].number;
    if (line.verb == Verb::set_endianness) {
      const int big = value % 2 == 0 ? 0 : 1;
      check_code(call([&] { return ops_.set_endianness(handle(object), big); }));
      if (step_.result == 0 && ops_.endianness(handle(object)) != big)
        breaks(Promise::setters_are_heard, "the byte order is another");
      return;
    }
    check_code(call([&] { return ops_.set_pointer_size(handle(object), value); }));
    if (step_.result < 0) return;
    objects_[object].pointer_size = value;
    if (ops_.pointer_size(handle(object)) != value)
      breaks(Promise::setters_are_heard, "the size of pointers is another");
  }
};

}  // namespace retort
