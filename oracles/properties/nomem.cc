// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/nomem.h"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "oracles/properties/interpreter.h"
#include "oracles/properties/sequence.h"
#include "relocator/canonical.h"

namespace retort {
namespace {

constexpr Law kProperties[] = {
    {.name = "nomem-is-told",
     .sentence = "where an allocation fails, the operation fails with ENOMEM, or does without"},
    {.name = "nomem-keeps-input",
     .sentence = "an operation that fails for want of memory leaves its input as it was"},
    {.name = "nomem-leak",
     .sentence = "an operation that fails for want of memory gives back all that it had"},
};
enum Index : std::size_t { is_told, keeps_input, leak };

constexpr std::uint64_t kMostFailures = 12;
constexpr std::uint64_t kMostFailuresThorough = 512;

std::uint64_t most_failures() {
  return is_thorough() ? kMostFailuresThorough : kMostFailures;
}

std::string at_allocation(Op op, std::uint64_t nth, std::uint64_t count) {
  return std::string(op_name(op)) + " with allocation " + std::to_string(nth) + " of " +
         std::to_string(count) + " failing: ";
}

// A code that is not ENOMEM is the least that can be wrong, and would hide the rest: what is worse
// is looked for all the same.
class Worst {
 public:
  void take(std::optional<Answer> answer) {
    if (answer && (!found_ || !is_wrong_code(*answer))) found_ = std::move(answer);
  }
  [[nodiscard]] bool is_final() const { return found_ && !is_wrong_code(*found_); }
  Answer answer() && { return found_ ? *std::move(found_) : Answer{}; }

 private:
  static bool is_wrong_code(const Answer& answer) {
    return answer.property == kProperties[is_told].name ||
           answer.property == property_of(Promise::errors_are_told).name;
  }
  std::optional<Answer> found_;
};

class Trial {
 public:
  Trial(const libbpf_ops& ops, const Pair& pair, const AskOnce& ask, Worst& worst)
      : ops_(ops), pair_(pair), ask_(ask), worst_(worst) {}

  void operation(Op op) {
    const std::uint64_t before = ops_.memory->count;
    const Answer expected = ask_(op);
    const std::uint64_t count = ops_.memory->count - before;
    for (const std::uint64_t nth : allocations_to_fail(count, pair_)) {
      if (worst_.is_final()) return;
      worst_.take(failing(op, nth, count, expected));
    }
  }

 private:
  std::optional<Answer> failing(Op op, std::uint64_t nth, std::uint64_t count,
                                const Answer& expected) {
    lb_memory& memory = *ops_.memory;
    const std::int64_t live = memory.live;
    memory.failed = 0;
    memory.fail_at = memory.count + nth;
    const Answer answer = ask_(op);
    memory.fail_at = 0;
    const std::string where = at_allocation(op, nth, count);
    if (memory.live != live)
      return broken(kProperties[leak].name,
                    where + std::to_string(memory.live - live) + " are not given back");
    if (memory.failed == 0 || same_answer(answer, expected)) return {};
    if (answer.outcome != Outcome::rejected || answer.code != ENOMEM)
      return broken(kProperties[is_told].name, where + std::string(outcome_name(answer.outcome)) +
                                                   " " + std::to_string(answer.code) + " at " +
                                                   std::string(stage_name(answer.stage)));
    if (!answer.input_preserved)
      return broken(kProperties[keeps_input].name, where + "the input is changed");
    return {};
  }

  const libbpf_ops& ops_;
  const Pair& pair_;
  const AskOnce& ask_;
  Worst& worst_;
};

// Every promise of a sequence holds under a failing allocation too.
void check_program(const libbpf_ops& ops, btf::Dialect dialect, const Pair& pair, Worst& worst) {
  const Program program = parse_program(program_text(*pair.find(kProgram)));
  const ProgramRun plain = run_program(ops, dialect, pair, program, {});
  // What is broken without a fault is told by the operation itself.
  if (plain.broken) return;
  for (const std::uint64_t nth : allocations_to_fail(plain.allocations, pair)) {
    if (worst.is_final()) return;
    const std::int64_t live = ops.memory->live;
    const ProgramRun run = run_program(ops, dialect, pair, program, {.fail_at = nth});
    const std::string where = at_allocation(Op::sequence, nth, plain.allocations);
    if (run.broken) worst.take(broken(run.broken->property, where + run.broken->detail));
    if (ops.memory->live != live)
      worst.take(broken(kProperties[leak].name,
                        where + std::to_string(ops.memory->live - live) + " are not given back"));
  }
}

// The same runs, without what is hazardous.
HazardSet find_nomem_hazards(const Pair& pair, btf::Dialect dialect) {
  if (pair.find(kProgram) == nullptr) return {};
  const libbpf_ops& ops = version_reading(dialect);
  const Program program = parse_program(program_text(*pair.find(kProgram)));
  const auto run = [&](std::uint64_t nth) {
    return run_program(ops, dialect, pair, program, {.avoid_hazards = true, .fail_at = nth});
  };
  HazardSet hazards;
  for (const std::uint64_t nth : allocations_to_fail(run(0).allocations, pair))
    hazards |= run(nth).hazards;
  return hazards;
}

}  // namespace

std::span<const Law> nomem_properties() {
  return kProperties;
}

bool is_thorough() {
  static const bool thorough = std::getenv("RETORT_THOROUGH") != nullptr;
  return thorough;
}

std::vector<std::uint64_t> allocations_to_fail(std::uint64_t count, const Pair& pair) {
  std::vector<std::uint64_t> chosen;
  const std::uint64_t most = most_failures();
  if (count <= most) {
    for (std::uint64_t nth = 1; nth <= count; ++nth) chosen.push_back(nth);
    return chosen;
  }
  btf::Digest digest;
  for (const Part& part : pair.parts) digest.add(program_text(part.bytes));
  // One in each of as many stretches of the same length.
  for (std::uint64_t stretch = 0; stretch < most; ++stretch) {
    const std::uint64_t start = count * stretch / most;
    const std::uint64_t length = count * (stretch + 1) / most - start;
    digest.add(static_cast<std::uint32_t>(stretch));
    chosen.push_back(1 + start + digest.value() % length);
  }
  return chosen;
}

// As for sequences: every guard asks about the same pair.
HazardSet nomem_hazards(const Pair& pair, btf::Dialect dialect) {
  static Pair last;
  static std::optional<btf::Dialect> last_dialect;
  static HazardSet hazards;
  if (last_dialect == dialect && last == pair) return hazards;
  hazards = find_nomem_hazards(pair, dialect);
  last = pair;
  last_dialect = dialect;
  return hazards;
}

bool reaches_by(Op op, const Pair& pair, btf::Dialect dialect, Hazard hazard) {
  const HazardSet hazards =
      op == Op::nomem ? nomem_hazards(pair, dialect) : sequence_hazards(pair, dialect);
  return (hazards & set_of(hazard)).any();
}

Answer check_nomem(const Library& library, const Pair& pair, const AskOnce& ask) {
  Worst worst;
  Trial trial(*library.ops, pair, ask, worst);
  for (const Op op : ops_of(pair)) {
    // Lookup allocates nothing beyond parsing, and takes long.
    if (is_property_op(op) || op == Op::find) continue;
    trial.operation(op);
  }
  if (pair.find(kProgram) != nullptr) check_program(*library.ops, library.dialect, pair, worst);
  return std::move(worst).answer();
}

}  // namespace retort
