// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/interpreter.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "oracles/properties/editing_machine.h"

namespace retort {
namespace {

class Interpreter : public EditingMachine {
 public:
  using EditingMachine::EditingMachine;

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
      case Verb::permute:
        return permute(line);
      case Verb::relocate:
        return relocate();
      case Verb::set_pointer_size:
      case Verb::set_endianness:
        return set(line);
      default:
        return ask(line);
    }
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
    tracked.room = TypeRoom::of(view(object).bytes());
    tracked.short_header = btf::load_word(bytes->data() + btf::kWordBytes) < kShortestHeader;
    if (view(object).digest() != step_.view)
      breaks(Promise::parsed_anew_is_the_same, "its bytes hold other types");
  }

  void turn_all_over() {
    for (ObjectId object = 0; object < objects_.size() && !run_.broken; ++object) {
      if (ledger_.life(object).freed || ledger_.life(object).spoiled) continue;
      if (objects_[object].short_header) {
        run_.hazards |= set_of(Hazard::swapped_header);
        if (options_.avoid_hazards) continue;
      }
      if (const auto difference = turned_over_difference(ops_, handle(object)))
        breaks(Promise::byte_order_twice, *difference);
    }
  }
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
