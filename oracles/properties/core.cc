// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/core.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "oracles/properties/variants.h"

namespace retort {
namespace {

constexpr std::size_t kMaxLines = 96;

// In the order of enum bpf_core_relo_kind.
constexpr std::array<std::string_view, 13> kKinds = {
    "byte_off",       "byte_sz",       "field_exists", "signed",      "lshift_u64",
    "rshift_u64",     "local_type",    "target_type",  "type_exists", "type_size",
    "enumval_exists", "enumval_value", "type_matches"};
constexpr std::array<std::string_view, 4> kAccesses = {"0", "0:0", "0:1", "0:0:0"};

std::optional<CoreLine> read_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return {};
  const auto* const kind = std::ranges::find(kKinds, line.substr(0, first));
  if (kind == kKinds.end()) return {};
  CoreLine read{.kind = static_cast<std::uint32_t>(kind - kKinds.begin()),
                .id = 0,
                .access = std::string(line.substr(second + 1))};
  const std::string_view id = line.substr(first + 1, second - first - 1);
  const auto result = std::from_chars(id.data(), id.data() + id.size(), read.id);
  if (result.ec != std::errc{} || result.ptr != id.data() + id.size()) return {};
  return read;
}

bool is_bit_field_int(const btf::Type& type) {
  return type.kind() == btf::Kind::int_ && btf::int_bit_offset(type.fixed(0)) != 0;
}

struct Side {
  LibraryStack stack;
  std::optional<LibraryStack> target;
  [[nodiscard]] const lb_btf* aim() const { return target ? target->top() : stack.top(); }
  [[nodiscard]] std::uint32_t end_of_aim() const {
    return target ? target->end_id() : stack.end_id();
  }
};

std::optional<Side> open_side(const Library& library, const Pair& pair) {
  auto stack = LibraryStack::open(library, stack_of(pair));
  if (!stack) return {};
  Side side{.stack = std::move(*stack), .target = {}};
  if (const auto* bytes = pair.find(kTarget)) {
    const Bytes layers[] = {*bytes};
    // A target that is refused is the check's business: the stack is compared with itself then.
    if (auto target = LibraryStack::open(library, layers)) side.target.emplace(std::move(*target));
  }
  return side;
}

class Trial {
 public:
  Trial(const Library& library, const Pair& pair)
      : library_(library), cores_(*library.ops->cores), pair_(pair) {}

  Answer run() {
    const auto side = open_side(library_, pair_);
    if (!side) return {};
    if (auto answer = reflexive(side->stack)) return *answer;
    lines_ = core_lines(pair_, side->stack.end_id());
    if (auto answer = own(side->stack)) return *answer;
    if (auto answer = order(*side)) return *answer;
    return {};
  }

 private:
  // A negative answer is a limit on depth.
  std::optional<Answer> reflexive(const LibraryStack& stack) const {
    const lb_btf* top = stack.top();
    for (std::uint32_t id = 1; id < std::min(stack.end_id(), kMostCompared); ++id) {
      if (!is_compared_with_itself(stack.type(id))) continue;
      if (cores_.compatible(top, id, top, id) == 0 || cores_.match(top, id, top, id) == 0)
        return broken("core-reflexive", "type " + std::to_string(id) + " is not what it is itself");
    }
    return {};
  }

  // The type behind modifiers; nothing for void, and where they are too many to be followed.
  static std::optional<btf::Type> behind(const LibraryStack& stack, std::uint32_t id) {
    constexpr int most = 32;
    for (int step = 0; step < most && id != 0 && id < stack.end_id(); ++step) {
      const btf::Type type = stack.type(id);
      if (!btf::is_modifier(type.kind())) return type;
      id = type.type_id();
    }
    return {};
  }

  // What a field may be to be compared with another: a value, or an array of such.
  static bool is_comparable_field(const LibraryStack& stack, std::uint32_t id) {
    constexpr int most = 32;
    for (int step = 0; step < most; ++step) {
      const auto type = behind(stack, id);
      if (!type) return false;
      switch (type->kind()) {
        case btf::Kind::array:
          id = type->fixed(0);
          break;
        case btf::Kind::int_:
          return !is_bit_field_int(*type);
        case btf::Kind::float_:
        case btf::Kind::ptr:
        case btf::Kind::fwd:
        case btf::Kind::struct_:
        case btf::Kind::union_:
        case btf::Kind::enum_:
        case btf::Kind::enum64:
          return true;
        default:
          return false;
      }
    }
    return false;
  }

  // Whether the access leads through a member that is no field, or that has no name and is no
  // struct or union. No compiler speaks of such a member, and by design it is found nowhere.
  static bool names_no_field(const LibraryStack& stack, const CoreLine& line) {
    std::uint32_t id = line.id;
    std::size_t at = line.access.find(':');
    while (at != std::string::npos) {
      const auto type = behind(stack, id);
      const auto index = static_cast<std::uint32_t>(std::atoi(line.access.c_str() + at + 1));
      if (!type || !btf::is_composite(type->kind()) || index >= type->vlen()) return false;
      id = type->element(index, 1);
      const auto member = behind(stack, id);
      const bool is_composite = member && btf::is_composite(member->kind());
      if (!is_comparable_field(stack, id)) return true;
      if (stack.string(type->element(index, 0)).empty() && !is_composite) return true;
      at = line.access.find(':', at + 1);
    }
    return false;
  }

  int relocate(const LibraryStack& stack, const CoreLine& line, const lb_btf* target,
               std::uint32_t target_id, lb_core_result& result) const {
    const int offset = library_.ops->add_string(stack.top(), line.access.c_str());
    if (offset < 0) return offset;
    const lb_core_relocation what = {.local = stack.top(),
                                     .type_id = line.id,
                                     .kind = line.kind,
                                     .access_string = static_cast<std::uint32_t>(offset),
                                     .target = target,
                                     .target_id = target_id};
    return cores_.relocate(&what, &result);
  }

  std::optional<Answer> own(const LibraryStack& stack) const {
    for (const CoreLine& line : lines_) {
      if (line.id == 0 || line.id >= stack.end_id()) continue;
      const lb_btf* top = stack.top();
      // What is not even itself has been told already, or is of no kind that is compared.
      if (cores_.compatible(top, line.id, top, line.id) != 1 ||
          cores_.match(top, line.id, top, line.id) != 1)
        continue;
      if (names_no_field(stack, line)) continue;
      lb_core_result result{};
      if (relocate(stack, line, top, line.id, result) != 0) continue;
      // Whether a type is there at all is what some kinds ask.
      if (result.is_poisoned != 0 || result.original != result.value)
        return broken("core-own", std::string(kKinds[line.kind]) + " " + std::to_string(line.id) +
                                      " " + line.access + ": " + std::to_string(result.original) +
                                      " becomes " + std::to_string(result.value));
    }
    return {};
  }

  std::uint64_t answers(const Side& side) const {
    btf::Digest digest;
    const std::uint32_t end = std::min(side.stack.end_id(), kMostCompared);
    const std::uint32_t aims = side.end_of_aim();
    for (std::uint32_t id = 1; id < end && aims > 1; ++id)
      for (const std::uint32_t aim : {1 + (id - 1) % (aims - 1), 1 + (id * 7) % (aims - 1)}) {
        digest.add(
            static_cast<std::uint32_t>(cores_.compatible(side.stack.top(), id, side.aim(), aim)));
        digest.add(static_cast<std::uint32_t>(cores_.match(side.stack.top(), id, side.aim(), aim)));
      }
    for (const CoreLine& line : lines_) {
      if (line.id == 0 || line.id >= side.stack.end_id()) continue;
      lb_core_result result{};
      digest.add(static_cast<std::uint32_t>(relocate(side.stack, line, side.aim(), 0, result)));
      digest.add(static_cast<std::uint32_t>(result.value));
      digest.add(static_cast<std::uint32_t>(result.candidates));
      digest.add(static_cast<std::uint32_t>(result.is_poisoned));
    }
    return digest.value();
  }

  std::optional<Answer> order(const Side& side) const {
    const std::uint64_t here = answers(side);
    const auto layers = well_formed_layers(pair_);
    if (!layers) return {};
    const Pair other = in_other_byte_order(pair_, *layers);
    const auto other_side = open_side(library_, other);
    if (!other_side || answers(*other_side) != here)
      return broken("core-order", "other answers in the other byte order");
    return {};
  }

  const Library& library_;
  const lb_core_ops& cores_;
  const Pair& pair_;
  std::vector<CoreLine> lines_;
};

}  // namespace

bool is_compared_with_itself(const btf::Type& type) {
  switch (type.kind()) {
    case btf::Kind::func:
    case btf::Kind::var:
    case btf::Kind::datasec:
    case btf::Kind::decl_tag:
      return false;
    default:
      return !is_bit_field_int(type);
  }
}

std::vector<CoreLine> core_lines(const Pair& pair, std::uint32_t end) {
  std::vector<CoreLine> lines;
  if (const auto* part = pair.find(kCore)) {
    std::string_view text(reinterpret_cast<const char*>(part->data()), part->size());
    while (!text.empty() && lines.size() < kMaxLines) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      if (auto line = read_line(text.substr(0, length))) lines.push_back(std::move(*line));
      text.remove_prefix(std::min(length + 1, text.size()));
    }
    return lines;
  }
  for (std::uint32_t id = 1; id < std::min(end, kMostCompared); ++id)
    for (std::uint32_t turn = 0; turn < 2; ++turn)
      lines.push_back({.kind = (id * 5 + turn * 6) % std::uint32_t{kKinds.size()},
                       .id = id,
                       .access = std::string(kAccesses[(id + turn) % kAccesses.size()])});
  return lines;
}

Answer check_core(const Library& library, const Pair& pair) {
  return Trial(library, pair).run();
}

}  // namespace retort
