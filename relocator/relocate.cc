// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Matching asks, for each distilled type, every type of the target with its name. A name is enough
// for a struct that is held through pointers only; the size must match too where it is embedded, or
// where the name alone is ambiguous in the target.
#include "relocator/relocate.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "relocator/flat_map.h"
#include "relocator/resolve.h"

namespace btf {
namespace {

constexpr std::size_t kMaxCandidates = 8;
/// So many types of one name are asked anew for each distilled type of that name.
constexpr std::size_t kFewNamesakes = 4;

bool may_be_distilled(Kind kind) {
  return is_matchable(kind) && kind != Kind::enum64;
}

bool same_sort(const Type& fwd, Kind composite) {
  return composite == (fwd.kflag() ? Kind::union_ : Kind::struct_);
}

// Where a string offset is a name (without Rule::names_by_content), the empty string at an offset
// of its own is one too, and no index has it.
template <class Visit>
void for_each_named_empty(const Btf& target, Visit&& visit) {
  for (std::uint32_t id = 1; id < target.end_id(); ++id) {
    const Type type = target.type(id);
    if (type.name_offset() != 0 && target.name(type).empty()) visit(type);
  }
}

// A type of the target that carries the name in question.
struct Candidate {
  Type type;
  bool is_one_of_several[2][2] = {};  ///< [namesakes per kind][names by content]
};

// Of a distilled type, beside its name, what decides which types of the target fit.
struct Asked {
  Kind kind;
  bool kflag;
  bool embedded;
  std::uint32_t size;
  std::uint32_t encoding;
  auto operator<=>(const Asked&) const = default;
};

// The one type that fits, or why there is none.
struct Found {
  std::uint32_t match = 0;
  MismatchReason reason = {};
  std::vector<std::uint32_t> candidates{};
};

// The target's types of one name, and which of them are ambiguous.
class Namesakes {
 public:
  void read(const NameIndex& target, std::string_view name) {
    candidates_.clear();
    candidates_.reserve(kFewNamesakes);
    known_.clear();
    const auto add = [&](const Type& type) {
      if (is_matchable(type.kind())) candidates_.push_back({type});
    };
    target.for_each(name, add);
    if (name.empty()) for_each_named_empty(target.btf(), add);
    if (candidates_.size() > 1) note_ambiguities();
  }

  /// Thousands may share a name, on both sides: then it is read once for all.
  [[nodiscard]] bool are_many() const { return candidates_.size() > kFewNamesakes; }

  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }

  /// What was found for another distilled type of which all that matters is the same, or nullptr.
  [[nodiscard]] const Found* known(const Asked& asked) const {
    const auto found = known_.find(asked);
    return found == known_.end() ? nullptr : &found->second;
  }
  /// Remembers it where asking again would take long.
  void remember(const Asked& asked, const Found& found) {
    if (are_many()) known_.emplace(asked, found);
  }

 private:
  using Composite = std::pair<std::uint32_t, Kind>;  ///< string offset of the name, kind

  void note_ambiguities() {
    std::vector<Composite> composites;
    for (const Candidate& candidate : candidates_)
      if (is_composite(candidate.type.kind())) composites.push_back(key(candidate));
    std::ranges::sort(composites);
    const auto structs = std::ranges::count(composites, Kind::struct_, &Composite::second);
    const auto unions = std::ranges::ssize(composites) - structs;
    for (Candidate& candidate : candidates_) {
      if (!is_composite(candidate.type.kind())) continue;
      const auto [offset, kind] = key(candidate);
      candidate.is_one_of_several[false][false] =
          std::ranges::equal_range(composites, offset, {}, &Composite::first).size() > 1;
      candidate.is_one_of_several[true][false] =
          std::ranges::equal_range(composites, key(candidate)).size() > 1;
      candidate.is_one_of_several[false][true] = composites.size() > 1;
      candidate.is_one_of_several[true][true] = (kind == Kind::struct_ ? structs : unions) > 1;
    }
  }

  static Composite key(const Candidate& candidate) {
    return {candidate.type.name_offset(), candidate.type.kind()};
  }

  std::vector<Candidate> candidates_;
  std::map<Asked, Found> known_;
};

class Relocator {
 public:
  /// With `trace` null nothing is found out for its sake.
  Relocator(const Btf& split, const NameIndex& target, const Policy& policy, Trace* trace,
            const Judge& judge)
      : split_(split),
        target_(target),
        policy_(policy),
        traced_(trace != nullptr),
        trace_(traced_ ? *trace : ignored_),
        judge_(judge) {}

  std::expected<Relocated, RelocationFailure> run() {
    if (!split_.base()) return fail(error(EINVAL, Reason::not_split, 0, {}));
    if (!check_distilled()) return fail(error_);
    if (std::uint64_t{target_.btf().end_string()} + split_.header().str_len >
        std::numeric_limits<std::uint32_t>::max())
      return fail(error(EINVAL, Reason::strings_too_long, 0, split_.header().str_len));
    mark_embedded();
    match_all();
    if (!mismatches_.empty())
      return fail(error(EINVAL, Reason::unmatched, mismatches_[0].distilled_id, {}));
    map_names();
    return rewrite();
  }

 private:
  Error error(int code, Reason reason, std::uint32_t id, std::optional<std::uint32_t> value) {
    error_ = {.code = code,
              .reason = reason,
              .check = {},
              .layer = split_.layer(),
              .type_id = {},
              .offset = {},
              .value = value};
    if (id == 0) return error_;
    const Btf& layer = split_.layer_of(id);
    error_.layer = layer.layer();
    error_.type_id = id;
    error_.offset = layer.record_offset(id);
    return error_;
  }

  std::unexpected<RelocationFailure> fail(const Error& error) {
    return std::unexpected(RelocationFailure{error, std::move(mismatches_), std::move(id_map_)});
  }

  [[nodiscard]] std::uint32_t distilled_end() const { return split_.start_id(); }

  bool check_distilled() {
    for (std::uint32_t id = 1; id < distilled_end(); ++id) {
      const Type type = split_.type(id);
      const auto kind = static_cast<std::uint32_t>(type.kind());
      if (!may_be_distilled(type.kind())) {
        error(EINVAL, Reason::distilled_kind, id, kind);
        return false;
      }
      const bool by_offset = type.name_offset() != 0;
      const bool by_content = by_offset && !split_.name(type).empty();
      trace_.note(Rule::names_by_content, by_offset != by_content);
      if (policy_.follows(Rule::names_by_content) ? by_content : by_offset) continue;
      error(EINVAL, Reason::distilled_anonymous, id, kind);
      return false;
    }
    return true;
  }

  void mark_embedded() {
    embedded_.resize(distilled_end());
    Embeddings embeddings(split_);
    for (std::uint32_t id = split_.start_id(); id < split_.end_id(); ++id) {
      const Type type = split_.type(id);
      if (!is_composite(type.kind())) continue;
      for (std::uint32_t index = 0; index < type.vlen(); ++index) {
        const std::uint32_t held = embeddings.composite_in(type.element(index, 1));
        if (held < distilled_end()) embedded_[held] = true;
      }
    }
  }

  void match_all() {
    id_map_.resize(split_.end_id());
    count_distilled_names();
    for (std::uint32_t id = 1; id < distilled_end(); ++id) match_one(split_.type(id));
    const std::uint32_t target_end = target_.btf().end_id();
    for (std::uint32_t id = split_.start_id(); id < split_.end_id(); ++id)
      id_map_[id] = id - split_.start_id() + target_end;
  }

  void count_distilled_names() {
    if (!traced_ && !policy_.follows(Rule::distilled_namesakes_by_size)) return;
    for (std::uint32_t id = 1; id < distilled_end(); ++id) {
      const Type type = split_.type(id);
      if (is_composite(type.kind()))
        ++distilled_names_[KindAndName{type.kind(), split_.name(type)}];
    }
  }

  void match_one(const Type& distilled) {
    Namesakes& namesakes = namesakes_of(split_.name(distilled));
    const Asked asked = {.kind = distilled.kind(),
                         .kflag = distilled.kflag(),
                         .embedded = embedded_[distilled.id()],
                         .size = distilled.size(),
                         .encoding = distilled.kind() == Kind::int_ ? distilled.fixed(0) : 0};
    if (const Found* const known = namesakes.known(asked)) return note(distilled, *known);
    const Found found = find_match(distilled, namesakes);
    namesakes.remember(asked, found);
    note(distilled, found);
  }

  void note(const Type& distilled, const Found& found) {
    if (found.match != 0)
      id_map_[distilled.id()] = found.match;
    else
      mismatches_.push_back({distilled.id(), found.reason, found.candidates});
  }

  Found find_match(const Type& distilled, const Namesakes& namesakes) {
    const bool repeated =
        is_composite(distilled.kind()) &&
        distilled_names_[KindAndName{distilled.kind(), split_.name(distilled)}] > 1;
    fitting_.clear();
    for (const Candidate& candidate : namesakes.candidates())
      if (judge_.fits(question(distilled, candidate, repeated)))
        fitting_.push_back(candidate.type.id());
    if (distilled.kind() == Kind::fwd) prefer_exact_kind(fitting_);
    if (fitting_.size() == 1) return {.match = fitting_[0]};
    return explain(distilled, namesakes, fitting_);
  }

  Namesakes& namesakes_of(std::string_view name) {
    if (Namesakes* const known = many_.find(name)) return *known;
    few_.read(target_, name);
    // The empty name takes a walk over the whole target.
    if (!few_.are_many() && !name.empty()) return few_;
    return many_[name] = std::exchange(few_, {});
  }

  Match question(const Type& distilled, const Candidate& candidate, bool repeated) {
    const Type& target = candidate.type;
    const bool embedded = embedded_[distilled.id()];
    const bool ambiguous = is_ambiguous(candidate);
    bool size_matters = embedded || ambiguous;
    note_if_size_decides(Rule::size_always, distilled, target, size_matters, true);
    size_matters = size_matters || policy_.follows(Rule::size_always);
    note_if_size_decides(Rule::distilled_namesakes_by_size, distilled, target, size_matters,
                         repeated);
    size_matters = size_matters || (repeated && policy_.follows(Rule::distilled_namesakes_by_size));
    return {.distilled = distilled,
            .target = target,
            .embedded = embedded,
            .ambiguous = ambiguous,
            .size_matters = size_matters};
  }

  // A rule that makes the size matter decided something where nothing else did and sizes differ.
  void note_if_size_decides(Rule rule, const Type& distilled, const Type& target, bool already,
                            bool applies) {
    trace_.note(rule, applies && !already && is_composite(distilled.kind()) &&
                          distilled.kind() == target.kind() && distilled.size() != target.size());
  }

  bool is_ambiguous(const Candidate& candidate) {
    const auto& several = candidate.is_one_of_several;
    const bool per_kind = policy_.follows(Rule::namesakes_per_kind);
    const bool by_content = policy_.follows(Rule::names_by_content);
    const bool answer = several[per_kind][by_content];
    trace_.note(Rule::namesakes_per_kind, answer != several[!per_kind][by_content]);
    trace_.note(Rule::names_by_content, answer != several[per_kind][!by_content]);
    return answer;
  }

  void prefer_exact_kind(std::vector<std::uint32_t>& fitting) {
    const auto is_fwd = [&](std::uint32_t id) {
      return target_.btf().type(id).kind() == Kind::fwd;
    };
    const auto fwds = std::ranges::count_if(fitting, is_fwd);
    const bool mixed = fwds != 0 && static_cast<std::size_t>(fwds) != fitting.size();
    trace_.note(Rule::exact_kind_wins, mixed);
    if (mixed && policy_.follows(Rule::exact_kind_wins))
      std::erase_if(fitting, [&](std::uint32_t id) { return !is_fwd(id); });
  }

  static Found explain(const Type& distilled, const Namesakes& namesakes,
                       const std::vector<std::uint32_t>& fitting) {
    Found mismatch;
    if (!fitting.empty()) {
      mismatch.reason = MismatchReason::several;
      mismatch.candidates.assign(
          fitting.begin(),
          fitting.begin() + static_cast<std::ptrdiff_t>(std::min(fitting.size(), kMaxCandidates)));
      return mismatch;
    }
    mismatch.reason =
        namesakes.candidates().empty() ? MismatchReason::no_such_name : MismatchReason::other_kind;
    for (const Candidate& candidate : namesakes.candidates()) {
      const Type& type = candidate.type;
      if (mismatch.candidates.size() < kMaxCandidates) mismatch.candidates.push_back(type.id());
      if (!right_kind(distilled, type)) continue;
      mismatch.reason = distilled.size() == type.size() ? MismatchReason::other_encoding
                                                        : MismatchReason::other_size;
    }
    return mismatch;
  }

  static bool right_kind(const Type& distilled, const Type& target) {
    if (distilled.kind() == Kind::enum_) return is_enumeration(target.kind());
    return distilled.kind() == target.kind() && distilled.kind() != Kind::fwd;
  }

  // Which target string stands for a name of the distilled base. Where several distilled types
  // share a name, the match that comes last in the target gives the offset.
  void map_names() {
    std::vector<std::uint32_t> by_target(distilled_end() - 1);
    for (std::uint32_t id = 1; id < distilled_end(); ++id) by_target[id - 1] = id;
    std::ranges::sort(by_target, {}, [&](std::uint32_t id) { return id_map_[id]; });
    for (const std::uint32_t id : by_target) {
      const std::uint32_t from = split_.type(id).name_offset();
      const std::uint32_t to = target_.btf().type(id_map_[id]).name_offset();
      if (traced_ || !policy_.follows(Rule::names_by_content)) by_offset_[from] = to;
      if (traced_ || policy_.follows(Rule::names_by_content)) by_content_[split_.name(from)] = to;
    }
  }

  std::optional<std::uint32_t> map_string(std::uint32_t offset) {
    if (offset == 0) return 0;
    const std::uint32_t start = split_.start_string();
    if (offset >= start) return offset - start + target_.btf().end_string();
    const bool wanted = policy_.follows(Rule::names_by_content);
    const auto mapped = wanted ? map_by_content(offset) : map_by_offset(offset);
    if (traced_)
      trace_.note(Rule::names_by_content,
                  mapped != (wanted ? map_by_offset(offset) : map_by_content(offset)));
    return mapped;
  }

  std::optional<std::uint32_t> map_by_offset(std::uint32_t offset) {
    const std::uint32_t* const found = by_offset_.find(offset);
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }

  std::optional<std::uint32_t> map_by_content(std::uint32_t offset) {
    const std::string_view name = split_.name(offset);
    if (const std::uint32_t* const found = by_content_.find(name)) return *found;
    return name.empty() ? std::optional(0U) : std::nullopt;
  }

  std::expected<Relocated, RelocationFailure> rewrite() {
    std::vector<std::byte> image(split_.image().begin(), split_.image().end());
    for (std::uint32_t id = split_.start_id(); id < split_.end_id(); ++id) {
      const Type type = split_.type(id);
      std::byte* record = image.data() + split_.record_offset(id);
      for_each_id(type, [&](std::size_t word) {
        const std::uint32_t referred = type.word(word);
        if (referred < id_map_.size()) store_word(record + word * kWordBytes, id_map_[referred]);
      });
      std::optional<std::size_t> unmapped;
      for_each_name(type, [&](std::size_t word) {
        const std::optional<std::uint32_t> mapped = map_string(type.word(word));
        if (mapped)
          store_word(record + word * kWordBytes, *mapped);
        else if (!unmapped)
          unmapped = word;
      });
      if (unmapped) {
        error(ENOENT, Reason::string_unmapped, id, type.word(*unmapped));
        error_.offset = split_.record_offset(id) + *unmapped * kWordBytes;
        return fail(error_);
      }
    }
    return Relocated{.bytes = to_wire(split_, std::move(image)), .id_map = std::move(id_map_)};
  }

  struct KindAndName {
    Kind kind;
    std::string_view name;
    bool operator==(const KindAndName&) const = default;
  };
  friend std::size_t hash_key(const KindAndName& key) {
    return hash_key(key.name) ^ static_cast<std::size_t>(key.kind);
  }

  const Btf& split_;
  const NameIndex& target_;
  const Policy& policy_;
  bool traced_;
  Trace ignored_;
  Trace& trace_;
  const Judge& judge_;
  Error error_;
  std::vector<bool> embedded_;  ///< by distilled id
  std::vector<std::uint32_t> id_map_;
  std::vector<Mismatch> mismatches_;
  FlatMap<KindAndName, std::uint32_t> distilled_names_;
  Namesakes few_;  ///< of the name asked for last
  FlatMap<std::string_view, Namesakes> many_;
  std::vector<std::uint32_t> fitting_;
  FlatMap<std::uint32_t, std::uint32_t> by_offset_;
  FlatMap<std::string_view, std::uint32_t> by_content_;
};

}  // namespace

bool Judge::same_size(const Match& match) const {
  return match.distilled.size() == match.target.size();
}

bool Judge::fits(const Match& match) const {
  const Kind target = match.target.kind();
  switch (match.distilled.kind()) {
    case Kind::int_:
      return target == Kind::int_ && same_size(match) &&
             int_encoding(match.distilled.fixed(0)) == int_encoding(match.target.fixed(0));
    case Kind::float_:
      return target == Kind::float_ && same_size(match);
    case Kind::enum_:
      return is_enumeration(target) && same_size(match);
    case Kind::fwd:
      return target == Kind::fwd ? match.distilled.kflag() == match.target.kflag()
                                 : same_sort(match.distilled, target);
    case Kind::struct_:
    case Kind::union_:
      return target == match.distilled.kind() && (!match.size_matters || same_size(match));
    default:
      return false;
  }
}

std::string_view mismatch_name(MismatchReason reason) {
  switch (reason) {
    case MismatchReason::no_such_name:
      return "no-such-name";
    case MismatchReason::other_kind:
      return "other-kind";
    case MismatchReason::other_size:
      return "other-size";
    case MismatchReason::other_encoding:
      return "other-encoding";
    case MismatchReason::several:
      return "several-fit";
  }
  return "";
}

std::expected<Relocated, RelocationFailure> relocate(const Btf& split, const NameIndex& target,
                                                     const Policy& policy, Trace* trace,
                                                     const Judge* judge) {
  const Judge by_the_rules;
  return Relocator(split, target, policy, trace, judge != nullptr ? *judge : by_the_rules).run();
}

}  // namespace btf
