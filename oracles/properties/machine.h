// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The machine that a program runs on: the objects, the call of libbpf with its errno and its
// failing allocation, and the first promise that was broken. What calls there are is the
// interpreter's.
#pragma once

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oracles/libbpf/ops.h"
#include "oracles/pair.h"
#include "oracles/properties/call_hazards.h"
#include "oracles/properties/interpreter.h"
#include "oracles/properties/ledger.h"
#include "oracles/properties/object_view.h"
#include "oracles/properties/raw_check.h"
#include "oracles/properties/sequence.h"

namespace retort {

inline constexpr std::uint32_t kShortestHeader = 24;

class Machine {
 public:
  Machine(const libbpf_ops& ops, btf::Dialect dialect, const Pair& pair, const RunOptions& options)
      : ops_(ops), dialect_(dialect), pair_(pair), options_(options) {}
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() {
    // What lies on another object was made after it, or was moved there: look again until all went.
    for (std::size_t left = objects_.size(); left > 0; --left)
      for (ObjectId object = 0; object < objects_.size(); ++object)
        if (!ledger_.life(object).freed && !ledger_.bears(object)) free_now(object);
  }

 protected:
  // ---- around every call ----

  // Calls libbpf with errno cleared, and with the failing allocation where it is due.
  template <class Function>
  auto call(Function&& function) {
    lb_memory& memory = *ops_.memory;
    const std::uint64_t before = memory.count;
    const bool due = !failed_ && options_.fail_at > spent_;
    // Versions that read the wide info word undo what they did as they should.
    const bool spared = rolls_back_ && options_.avoid_hazards && dialect_ != btf::Dialect::wide;
    memory.fail_at = due && !spared ? before + (options_.fail_at - spent_) : 0;
    memory.failed = 0;
    errno = 0;
    const auto result = function();
    errno_ = errno;
    failed_now_ = memory.failed != 0;
    failed_ = failed_ || failed_now_;
    memory.fail_at = 0;
    spent_ += memory.count - before;
    if (due && spared && options_.fail_at <= spent_) {
      run_.hazards |= set_of(Hazard::rollback);
      failed_ = true;
    }
    return result;
  }

  void breaks(Promise promise, std::string what) {
    if (!run_.broken) run_.broken = broken(property_of(promise).name, std::move(what));
  }

  // A negative code is told in errno too, and a failed allocation as such.
  void check_code(std::int64_t code) {
    step_.ran = true;
    step_.result = code;
    if (code >= 0) return;
    if (errno_ != -code)
      breaks(Promise::errors_are_told,
             "the code is " + std::to_string(code) + ", errno is " + std::to_string(errno_));
    if (failed_now_ && code != -ENOMEM)
      breaks(Promise::errors_are_told, "an allocation failed, the code is " + std::to_string(code));
  }
  std::int64_t check_pointer(const void* pointer) {
    step_.ran = true;
    step_.result = pointer != nullptr ? 0 : -errno_;
    if (pointer == nullptr && errno_ == 0)
      breaks(Promise::errors_are_told, "nothing comes back, and errno is not set");
    return step_.result;
  }

  [[nodiscard]] ObjectView view(ObjectId object) const {
    return {ops_, objects_[object].handle, dialect_};
  }

  std::uint32_t resolve(const TypeRef& ref, ObjectId object) const {
    const ObjectView seen = view(object);
    const std::vector<std::uint32_t>& added = objects_[object].added;
    switch (ref.sort) {
      case TypeRef::Sort::void_:
        return 0;
      case TypeRef::Sort::all:
        return seen.end_id() > 1 ? 1 + ref.rank % (seen.end_id() - 1) : 0;
      case TypeRef::Sort::own:
        return seen.end_id() > seen.start_id()
                   ? seen.start_id() + ref.rank % (seen.end_id() - seen.start_id())
                   : 0;
      case TypeRef::Sort::new_:
        return added.empty() ? 0 : added[added.size() - 1 - ref.rank % added.size()];
      case TypeRef::Sort::beyond:
        return seen.end_id() + ref.rank;
    }
    return 0;
  }

  // ---- objects ----

  lb_btf* handle(ObjectId object) const { return objects_[object].handle; }

  void free_now(ObjectId object) {
    call([&] { return ops_.free(handle(object)), 0; });
    ledger_.free(object);
    step_.ran = true;
  }

  TrackedObject& track(const std::string& slot, lb_btf* made, std::optional<ObjectId> base) {
    ledger_.create(slot, base);
    objects_.push_back({.handle = made, .base = base ? handle(*base) : nullptr});
    return objects_.back();
  }

  std::optional<std::vector<std::byte>> bytes_for(const Call& line) {
    if (line.verb == Verb::copy) {
      const auto* data = call([&] { return ops_.raw(handle(subjects_[0]), &length_); });
      if (check_pointer(data) != 0) return {};
      const auto* bytes = static_cast<const std::byte*>(data);
      return std::vector<std::byte>(bytes, bytes + length_);
    }
    const std::string& part = *line.arguments[0].text;
    const auto splits = pair_.splits();
    const std::size_t nth = part.size() == 5 ? static_cast<std::size_t>(part[4] - '1') : 0;
    const std::vector<std::byte>* bytes = nullptr;
    if (part.starts_with("SPLT"))
      bytes = nth < splits.size() ? splits[nth] : nullptr;
    else
      bytes = pair_.find(part);
    if (bytes == nullptr) return {};
    return *bytes;
  }

  void create(const Call& line) {
    std::optional<ObjectId> base;
    if (!subjects_.empty())
      base =
          line.verb == Verb::copy ? ledger_.life(subjects_[0]).base : std::optional(subjects_[0]);
    lb_btf* const below = base ? handle(*base) : nullptr;
    lb_btf* made = nullptr;
    std::uint32_t header = kShortestHeader;
    if (line.verb == Verb::empty) {
      made = call([&] { return ops_.new_empty(below); });
      check_pointer(made);
    } else {
      const auto bytes = bytes_for(line);
      if (!bytes) return;
      static constexpr std::byte nothing{};
      check_code(call([&] {
        return ops_.parse(bytes->empty() ? &nothing : bytes->data(),
                          static_cast<std::uint32_t>(bytes->size()), below, &made);
      }));
      if (made != nullptr) header = btf::load_word(bytes->data() + btf::kWordBytes);
    }
    if (made == nullptr) return;
    TrackedObject& object = track(line.results[0], made, base);
    object.made_empty = line.verb == Verb::empty;
    object.short_header = header < kShortestHeader;
    subjects_ = {objects_.size() - 1};
  }

  void distill(const Call& line) {
    lb_btf* low = nullptr;
    lb_btf* high = nullptr;
    const ObjectView seen = view(subjects_[0]);
    const std::uint64_t before = seen.digest();
    check_code(call([&] { return ops_.distill(handle(subjects_[0]), &low, &high); }));
    if (seen.digest() != before)
      breaks(Promise::getters_change_nothing, "what is distilled is not what it was");
    if (low == nullptr) return;
    track(line.results[0], low, {}).made_empty = true;
    const ObjectId base = objects_.size() - 1;
    track(line.results[1], high, base).made_empty = true;
    // What nothing was added to, nor looked up in, is still as it was made.
    const ObjectView below = view(base);
    const ObjectView above = view(base + 1);
    const bool named = has_names(above, above.start_id(), above.end_id(), nullptr);
    objects_[base].flat = below.end_id() == below.start_id() && !named;
    objects_[base + 1].flat = above.end_id() == above.start_id();
    subjects_ = {base + 1};
  }

  // Whether one of these types has a name, but for those that `apart` holds.
  [[nodiscard]] bool has_names(const ObjectView& seen, std::uint32_t first, std::uint32_t end,
                               const lb_btf* apart) const {
    bool named = false;
    for (std::uint32_t id = first; id < end && !named; ++id) {
      const btf::Type type = seen.type(id);
      btf::for_each_name(type, [&](std::size_t word) {
        const std::uint32_t offset = type.word(word);
        const bool left_out = apart != nullptr && ops_.string(apart, offset) != nullptr;
        named = named || (offset != 0 && !left_out);
      });
    }
    return named;
  }

  void check_raw(ObjectId object) {
    if (const auto difference = raw_difference(ops_, handle(object), dialect_))
      breaks(Promise::raw_data_says_the_same, *difference);
    if (!objects_[object].made_empty) return;
    if (const auto text = repeated_string(ops_, handle(object), dialect_))
      breaks(Promise::strings_once, *text + " is there twice");
  }

  const libbpf_ops& ops_;
  btf::Dialect dialect_;
  const Pair& pair_;
  RunOptions options_;
  Ledger ledger_;
  std::vector<TrackedObject> objects_;
  std::vector<ObjectId> subjects_;
  ProgramRun run_;
  Step step_;
  int errno_ = 0;
  std::uint32_t length_ = 0;
  bool failed_now_ = false;
  bool failed_ = false;
  bool rolls_back_ = false;  ///< the call in hand undoes what it did where it fails half-way
  std::uint64_t spent_ = 0;
};

}  // namespace retort
