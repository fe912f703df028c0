// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/interpreter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "oracles/properties/appended.h"
#include "oracles/properties/call_hazards.h"
#include "oracles/properties/object_view.h"
#include "oracles/properties/raw_check.h"
#include "oracles/properties/sequence.h"

namespace retort {
namespace {

constexpr std::uint32_t kShortestHeader = 24;

class Interpreter {
 public:
  Interpreter(const libbpf_ops& ops, btf::Dialect dialect, const Pair& pair,
              const RunOptions& options)
      : ops_(ops), dialect_(dialect), pair_(pair), options_(options) {}
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;
  ~Interpreter() {
    // What lies on another object was made after it, or was moved there: look again until all went.
    for (std::size_t left = objects_.size(); left > 0; --left)
      for (ObjectId object = 0; object < objects_.size(); ++object)
        if (!ledger_.life(object).freed && !ledger_.bears(object)) free_now(object);
  }

  ProgramRun run(const Program& program) {
    for (std::size_t call = 0; call < program.size() && !run_.broken; ++call) {
      step_ = {};
      execute(program[call]);
      run_.steps.push_back(step_);
      if (run_.broken) run_.broken->detail = at_call(program, call, run_.broken->detail);
    }
    if (!run_.broken && options_.between == Between::getters) turn_all_over();
    run_.failed_to_allocate = failed_;
    run_.allocations = spent_;
    return std::move(run_);
  }

 private:
  // ---- around every call ----

  // Calls libbpf with errno cleared, and with the failing allocation where it is due.
  template <class Function>
  auto call(Function&& function) {
    lb_memory& memory = *ops_.memory;
    const std::uint64_t before = memory.count;
    const bool due = !failed_ && options_.fail_at > spent_;
    const bool spared = rolls_back_ && options_.avoid_hazards;
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

  void execute(const Call& line) {
    const CallJudgement judgement = ledger_.judge(line);
    step_.misused = !judgement.misuse.empty();
    if (!judgement.applicable || step_.misused) return;
    subjects_ = judgement.subjects;
    const Hazards hazards = call_hazards(line);
    step_.misused = hazards.misuse;
    if (hazards.misuse) return;
    run_.hazards |= hazards.set;
    if (options_.avoid_hazards && hazards.set.any()) return;
    for (std::uint32_t time = 0; time < line.times && !run_.broken; ++time)
      dispatch(line, time + 1 == line.times);
    if (subjects_.empty() || !step_.ran || run_.broken) return;
    const ObjectId subject = subjects_[0];
    if (ledger_.life(subject).freed || ledger_.life(subject).spoiled) return;
    step_.view = view(subject).digest();
    look_between(subject);
  }

  // Ranks are resolved once for the hazards and once for the call: nothing happens in between.
  Hazards call_hazards(const Call& line) const {
    const std::size_t at = text_of(line.verb).arguments.find_first_of("tf");
    std::uint32_t id = 0;
    if (at != std::string_view::npos)
      id = resolve(line.arguments[at].type, subjects_[text_of(line.verb).arguments[at] == 'f']);
    return hazards_of(ops_, dialect_, line, objects_, subjects_, id);
  }

  // Only the last of repeated calls is checked in full: the others are there to make things large.
  void dispatch(const Call& line, bool last) {
    if (appends_type(line.verb) || appends_element(line.verb)) return append(line, last);
    switch (line.verb) {
      case Verb::empty:
      case Verb::parse:
      case Verb::copy:
        return create(line);
      case Verb::distill:
        return distill(line);
      case Verb::free:
        return free_now(subjects_[0]);
      case Verb::add_type:
      case Verb::add_btf:
        return append_from(line);
      case Verb::add_str:
      case Verb::add_name:
      case Verb::find_str:
      case Verb::find_name:
        return string(line);
      case Verb::dedup:
      case Verb::dedup_colliding:
        return dedup(line);
      case Verb::relocate:
        return relocate();
      case Verb::set_pointer_size:
      case Verb::set_endianness:
        return set(line);
      default:
        return ask(line);
    }
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
    for (const ObjectId made : {base, base + 1}) objects_[made].flat = false;
    subjects_ = {base + 1};
  }

  // ---- edits ----

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
      const int code = call([&] { return ops_.add(handle(object), &add); });
      if (code >= 0) note_edit(object, add.name);
      return;
    }
    const Before state = before(object);
    const int code = call([&] { return ops_.add(handle(object), &add); });
    check_code(code);
    if (code < 0) return check_unchanged(object, state);
    note_edit(object, add.name);
    if (appends_type(line.verb))
      check_type(object, state, code, add);
    else
      check_element(object, state, add);
  }

  void note_edit(ObjectId object, const char* name) {
    TrackedObject& tracked = objects_[object];
    tracked.edited = true;
    tracked.flat = false;
    if (name != nullptr && name[0] != '\0') note_lookup(object);
  }
  // A name is looked up from the lowest base on; what that leaves flat is not worth knowing.
  void note_lookup(ObjectId object) {
    for (std::optional<ObjectId> at = object; at; at = ledger_.life(*at).base)
      objects_[*at].flat = false;
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
    const std::uint32_t first = whole ? 1 : resolve(line.arguments[2].type, from);
    const std::uint32_t end = whole ? source.end_id() : first + 1;
    if (end > source.end_id()) return;
    // The digests are taken first: the source may be the object itself.
    std::vector<std::uint64_t> expected;
    for (std::uint32_t id = first; id < end; ++id) expected.push_back(source.digest_of(id));
    int code = 0;
    if (whole) {
      rolls_back_ = true;
      code = call([&] { return ops_.add_btf(handle(object), handle(from)); });
      rolls_back_ = false;
    } else {
      const void* record = ops_.type(handle(from), first);
      code = call([&] { return ops_.add_type(handle(object), handle(from), record); });
    }
    check_code(code);
    if (code < 0) return check_unchanged(object, state);
    note_edit(object, "a");
    const ObjectView seen = view(object);
    if (static_cast<std::uint32_t>(code) != state.end_id ||
        seen.end_id() - state.end_id != expected.size())
      return breaks(Promise::next_id, "the id is " + std::to_string(code) + ", the next was " +
                                          std::to_string(state.end_id));
    check_rest(object, state, 0);
    for (std::uint32_t id = state.end_id; id < seen.end_id(); ++id) {
      objects_[object].added.push_back(id);
      const std::size_t nth = id - state.end_id;
      const bool same = whole ? seen.digest_of(id, state.end_id - 1) == expected[nth]
                              : seen.digest_as(id, first) == expected[nth];
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
    note_lookup(object);
    if (adds && code >= 0) objects_[object].edited = true;
    check_unchanged(object, state);
    if (code >= 0 && view(object).string(static_cast<std::uint32_t>(code)) != wanted)
      breaks(Promise::reads_back, "the string reads back otherwise");
  }

  void dedup(const Call& line) {
    const ObjectId object = subjects_[0];
    const bool collide = line.verb == Verb::dedup_colliding;
    const int code = call([&] {
      return collide ? ops_.dedup_colliding(handle(object)) : ops_.dedup(handle(object));
    });
    check_code(code);
    note_lookup(object);
    objects_[object].added.clear();
    if (code < 0) ledger_.spoil(object);
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

  // ---- questions ----

  void ask(const Call& line) {
    const ObjectId object = subjects_[0];
    lb_btf* const btf = handle(object);
    const std::uint64_t before = view(object).digest();
    const auto id = [&] { return resolve(line.arguments[1].type, object); };
    const auto number = [&] { return static_cast<std::uint32_t>(line.arguments[1].number); };
    switch (line.verb) {
      case Verb::type_by_id: {
        const std::uint32_t wanted = id();
        const auto code = check_pointer(call([&] { return ops_.type(btf, wanted); }));
        if ((code == 0) != (wanted < view(object).end_id()))
          breaks(Promise::finds_the_first, "the type is there, and not found, or the reverse");
        break;
      }
      case Verb::name_by_offset:
        check_pointer(call([&] { return ops_.name(btf, number()); }));
        break;
      case Verb::str_by_offset:
        check_pointer(call([&] { return ops_.string(btf, number()); }));
        break;
      case Verb::find_by_name:
      case Verb::find_by_name_kind:
        find(line, btf);
        break;
      case Verb::resolve_size:
        check_code(call([&] { return ops_.resolve_size(btf, id()); }));
        break;
      case Verb::resolve_type:
        check_code(call([&] { return ops_.resolve_type(btf, id()); }));
        break;
      case Verb::align_of:
        check_code(call([&] { return ops_.align_of(btf, id()); }));
        break;
      case Verb::pointer_size:
        check_code(static_cast<std::int64_t>(call([&] { return ops_.pointer_size(btf); })));
        break;
      case Verb::endianness:
        check_code(call([&] { return ops_.endianness(btf); }));
        break;
      case Verb::type_cnt:
        check_code(call([&] { return ops_.type_count(btf); }));
        break;
      case Verb::base_btf:
        check_code(call([&] { return ops_.base(btf) == objects_[object].base ? 1 : 0; }));
        if (step_.result == 0) breaks(Promise::reads_back, "the base is another");
        break;
      default:
        raw(object);
        break;
    }
    if (view(object).digest() != before)
      breaks(Promise::getters_change_nothing, "the types are not what they were");
  }

  void find(const Call& line, const lb_btf* btf) {
    const std::string& name = *line.arguments[1].text;
    const bool of_kind = line.verb == Verb::find_by_name_kind;
    const auto kind = static_cast<std::uint32_t>(of_kind ? line.arguments[2].number : 0);
    const int code = call([&] {
      return of_kind ? ops_.find_kind(btf, name.c_str(), kind) : ops_.find(btf, name.c_str());
    });
    check_code(code);
    // By the name "void", and by the kind of void, void is meant.
    if (name == "void" || (of_kind && kind == 0)) return;
    const ObjectView seen = view(subjects_[0]);
    std::int64_t expected = -ENOENT;
    for (std::uint32_t id = 1; id < seen.end_id() && expected < 0; ++id)
      if ((!of_kind || static_cast<std::uint32_t>(seen.type(id).kind()) == kind) &&
          seen.name(id) == name)
        expected = id;
    if (code != expected)
      breaks(Promise::finds_the_first,
             "the answer is " + std::to_string(code) + ", not " + std::to_string(expected));
  }

  void raw(ObjectId object) {
    check_pointer(call([&] { return ops_.raw(handle(object), &length_); }));
    step_.result = step_.result == 0 ? length_ : step_.result;
    if (step_.result > 0) check_raw(object);
  }

  void check_raw(ObjectId object) {
    if (const auto difference = raw_difference(ops_, handle(object), dialect_))
      breaks(Promise::raw_data_says_the_same, *difference);
    if (!objects_[object].made_empty) return;
    if (const auto text = repeated_string(ops_, handle(object), dialect_))
      breaks(Promise::strings_once, *text + " is there twice");
  }

  // ---- between two calls ----

  void look_between(ObjectId object) {
    if (options_.between == Between::getters) return ask_everything(object);
    if (options_.between == Between::parse_anew && !ledger_.bears(object)) parse_anew(object);
  }

  void ask_everything(ObjectId object) {
    check_raw(object);
    const lb_btf* const btf = handle(object);
    const ObjectView seen = view(object);
    ops_.pointer_size(btf);
    ops_.find(btf, "no such name");
    ops_.find_kind(btf, "no such name", 1);
    if (seen.end_id() > 1) {
      ops_.resolve_size(btf, seen.end_id() - 1);
      ops_.resolve_type(btf, seen.end_id() - 1);
    }
    if (seen.digest() != step_.view)
      breaks(Promise::getters_change_nothing, "questions changed the types");
  }

  void parse_anew(ObjectId object) {
    TrackedObject& tracked = objects_[object];
    const auto bytes = raw_data(ops_, tracked.handle);
    if (!bytes) return breaks(Promise::raw_data_says_the_same, "there are no bytes");
    lb_btf* again = nullptr;
    const int code =
        ops_.parse(bytes->data(), static_cast<std::uint32_t>(bytes->size()), tracked.base, &again);
    if (code != 0) {
      if (view(object).can_be_parsed())
        breaks(Promise::parsed_anew_is_the_same,
               "its bytes are refused with " + std::to_string(code));
      return;
    }
    if (tracked.pointer_size != 0)
      ops_.set_pointer_size(again, tracked.pointer_size);
    else if (tracked.made_empty)
      ops_.set_pointer_size(again, sizeof(void*));
    ops_.free(tracked.handle);
    tracked.handle = again;
    tracked.flat = true;
    tracked.short_header = btf::load_word(bytes->data() + btf::kWordBytes) < kShortestHeader;
    if (view(object).digest() != step_.view)
      breaks(Promise::parsed_anew_is_the_same, "its bytes hold other types");
  }

  void turn_all_over() {
    for (ObjectId object = 0; object < objects_.size() && !run_.broken; ++object) {
      if (ledger_.life(object).freed || ledger_.life(object).spoiled) continue;
      if (const auto difference = turned_over_difference(ops_, handle(object)))
        breaks(Promise::byte_order_twice, *difference);
    }
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

}  // namespace

ProgramRun run_program(const libbpf_ops& ops, btf::Dialect dialect, const Pair& pair,
                       const Program& program, const RunOptions& options) {
  return Interpreter(ops, dialect, pair, options).run(program);
}

std::string at_call(const Program& program, std::size_t call, const std::string& what) {
  return "call " + std::to_string(call + 1) + ", " + to_text(program[call]) + ": " + what;
}

}  // namespace retort
