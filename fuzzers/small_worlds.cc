// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// A world is the same with its two names exchanged, so only those are visited whose first distilled
// type bears the first name.
#include "fuzzers/small_worlds.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "oracles/model.h"
#include "oracles/opened_pair.h"
#include "oracles/oracle.h"
#include "relocator/builder.h"
#include "relocator/rules.h"

namespace retort {
namespace {

using btf::Builder;
using btf::Kind;
using ByteVector = std::vector<std::byte>;

constexpr std::string_view kNames[] = {"a", "b"};
constexpr std::uint32_t kSizes[] = {4, 8};
constexpr Kind kDistilledKinds[] = {Kind::int_,    Kind::float_, Kind::enum_,
                                    Kind::struct_, Kind::union_, Kind::fwd};
constexpr Kind kTargetKinds[] = {Kind::int_,    Kind::float_, Kind::enum_, Kind::enum64,
                                 Kind::struct_, Kind::union_, Kind::fwd};

struct Named {
  Kind kind;
  std::string_view name;
  std::uint32_t size = 0;
  bool of_union = false;  ///< of a FWD
  bool embedded = false;  ///< the split holds it by value as well as by pointer
};

std::vector<Named> named_types(std::span<const Kind> kinds, bool in_split) {
  std::vector<Named> types;
  for (const std::string_view name : kNames)
    for (const Kind kind : kinds) {
      if (kind == Kind::fwd) {
        types.push_back({.kind = kind, .name = name});
        types.push_back({.kind = kind, .name = name, .of_union = true});
        continue;
      }
      for (const std::uint32_t size : kSizes) {
        types.push_back({.kind = kind, .name = name, .size = size});
        if (in_split && btf::is_composite(kind))
          types.push_back({.kind = kind, .name = name, .size = size, .embedded = true});
      }
    }
  return types;
}

void add_named(Builder& layer, const Named& type) {
  switch (type.kind) {
    case Kind::int_:
      layer.add_int(type.name, type.size);
      return;
    case Kind::float_:
      layer.add_float(type.name, type.size);
      return;
    case Kind::fwd:
      layer.add_fwd(type.name, type.of_union);
      return;
    case Kind::enum_:
    case Kind::enum64:
      layer.add_enum(type.kind, type.name, type.size);
      return;
    default:
      layer.add_composite(type.kind, type.name, type.size);
  }
}

// The distilled types and a split with a pointer to each, in order, then what holds them by value.
Pair distilled_side(std::span<const Named> types) {
  Builder base;
  for (const Named& type : types) add_named(base, type);
  Builder split(base, std::endian::native);
  for (std::uint32_t id = 1; id <= types.size(); ++id) split.add_reference(Kind::ptr, id);
  for (std::uint32_t id = 1; id <= types.size(); ++id)
    if (types[id - 1].embedded)
      split.add_composite(Kind::struct_, "holder", types[id - 1].size,
                          {{.name = "held", .type_id = id}});
  Pair pair;
  pair.append(kDistilled, base.finish());
  pair.append(kSplit, split.finish());
  return pair;
}

// Ascending selections of `count` of `all`, equal ones allowed: the order of distilled types is
// that of the old base and tells nothing.
void add_multisets(std::uint32_t all, std::uint32_t count, std::vector<std::uint32_t>& chosen,
                   std::vector<std::vector<std::uint32_t>>& result) {
  if (chosen.size() == count) {
    result.push_back(chosen);
    return;
  }
  for (std::uint32_t next = chosen.empty() ? 0 : chosen.back(); next < all; ++next) {
    chosen.push_back(next);
    add_multisets(all, count, chosen, result);
    chosen.pop_back();
  }
}

std::vector<std::vector<Named>> all_distilled(const WorldSize& size) {
  const std::vector<Named> types = named_types(kDistilledKinds, true);
  std::vector<std::vector<std::uint32_t>> choices;
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t count = 1; count <= size.distilled; ++count)
    add_multisets(static_cast<std::uint32_t>(types.size()), count, chosen, choices);
  std::vector<std::vector<Named>> sides;
  for (const auto& choice : choices) {
    if (types[choice[0]].name != kNames[0]) continue;
    std::vector<Named>& side = sides.emplace_back();
    for (const std::uint32_t index : choice) side.push_back(types[index]);
  }
  return sides;
}

struct Target {
  std::vector<Named> types;
  ByteVector bytes;
};

std::vector<Target> all_targets(std::uint32_t longest) {
  const std::vector<Named> types = named_types(kTargetKinds, false);
  std::vector<Target> targets(1);
  std::size_t from = 0;
  for (std::uint32_t length = 1; length <= longest; ++length) {
    const std::size_t to = targets.size();
    for (; from < to; ++from)
      for (const Named& type : types) {
        std::vector<Named> longer = targets[from].types;
        longer.push_back(type);
        targets.push_back({.types = std::move(longer), .bytes = {}});
      }
  }
  for (Target& target : targets) {
    Builder base;
    // A base of no type is refused as such; what nobody looks for keeps it from being empty.
    base.add_int("unrelated", 1);
    for (const Named& type : target.types) add_named(base, type);
    target.bytes = base.finish();
  }
  return targets;
}

// "STRUCT embedded -> STRUCT, other size", as far as the answer tells.
class Words {
 public:
  Words(std::span<const Named> distilled, const Target& target)
      : distilled_(distilled), target_(target) {}

  void add(std::string_view who, const Answer& answer) {
    text_ += who;
    text_ += ':';
    if (answer.outcome == Outcome::accepted)
      add_choices(answer.bytes);
    else
      text_ += " refused";
    text_ += "; ";
  }

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const Named& type : distilled_) {
      all += btf::kind_name(type.kind);
      all += type.embedded ? " embedded, " : ", ";
    }
    return all + text_;
  }

 private:
  // The split's first types are the pointers, in the order of the distilled types.
  void add_choices(const ByteVector& split) {
    for (std::size_t rank = 0; rank < distilled_.size(); ++rank) {
      const std::uint32_t id =
          btf::load_word(split.data() + btf::kHeaderBytes + (rank * 3 + 2) * btf::kWordBytes);
      const std::uint32_t first = 2;  // void is 0, what is unrelated 1
      if (id < first || id - first >= target_.types.size()) {
        text_ += " no such type";
        continue;
      }
      const Named& found = target_.types[id - first];
      text_ += ' ';
      text_ += btf::kind_name(found.kind);
      if (found.kind != Kind::fwd && distilled_[rank].kind != Kind::fwd)
        text_ += found.size == distilled_[rank].size ? " same size" : " other size";
    }
  }

  std::span<const Named> distilled_;
  const Target& target_;
  std::string text_;
};

struct Described {
  const Oracle* oracle;
  Model model;
};

class Explorer {
 public:
  Explorer() {
    for (const auto& oracle : oracle_table().subspan(1))
      if (!oracle->is_asked_by_name_only())
        described_.push_back({oracle.get(), Model(probed_entries(oracle->name()))});
  }

  void visit(std::span<const Named> distilled, Pair& pair, const Target& target) {
    pair.set(kTarget, target.bytes);
    ++counts_.cases;
    Words words(distilled, target);
    for (const std::string_view name : {"agreed", "v2", "v3"}) {
      const Answer answer = answer_under(*btf::find_policy(name), Op::relocate, pair);
      if (name == "agreed") reference_ = answer;
      words.add(name, answer);
    }
    if (reference_.outcome == Outcome::accepted) ++counts_.accepted;
    OpenedPair opened(pair);
    for (const Described& described : described_) ask(described, opened, words);
    counts_.behaviours.insert(words.text());
  }

  [[nodiscard]] WorldCounts take() { return std::move(counts_); }

 private:
  void ask(const Described& described, OpenedPair& opened, Words& words) {
    const Prediction prediction = described.model.predict(Op::relocate, opened);
    if (prediction.guard) {
      ++counts_.guarded;
      return;
    }
    const Answer answer = described.oracle->answer(Op::relocate, opened.pair());
    words.add(described.oracle->name(), answer);
    if (!same_answer(answer, reference_)) ++counts_.differing;
    if (same_answer(prediction.answer, answer) ||
        described.model.allows(Op::relocate, opened, answer))
      return;
    if (counts_.findings.size() < kWorldFindings) counts_.findings.push_back(opened.pair());
  }

  std::vector<Described> described_;
  Answer reference_;
  WorldCounts counts_;
};

}  // namespace

std::uint64_t distilled_sides(const WorldSize& size) {
  const std::uint64_t all = all_distilled(size).size();
  return all / size.shares + (size.share < all % size.shares ? 1 : 0);
}

WorldCounts explore(const WorldSize& size, const std::function<void()>& step) {
  const std::vector<std::vector<Named>> sides = all_distilled(size);
  const std::vector<Target> targets = all_targets(size.target);
  Explorer explorer;
  for (std::size_t side = size.share; side < sides.size(); side += size.shares) {
    Pair pair = distilled_side(sides[side]);
    for (const Target& target : targets) explorer.visit(sides[side], pair, target);
    if (step) step();
  }
  return explorer.take();
}

}  // namespace retort
