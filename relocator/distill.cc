// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Three steps. Mark every base type that the split reaches, stopping at named structs and unions.
// Decide where each goes: what has a name and a size into the distilled base, everything that only
// gives structure (pointers, arrays, anonymous structs) into the new split, behind the split's own
// types. Then write both layers, ascending by old id.
#include "relocator/distill.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "relocator/builder.h"
#include "relocator/flat_map.h"
#include "relocator/id_set.h"
#include "relocator/index.h"
#include "relocator/lazy_array.h"
#include "relocator/resolve.h"

namespace btf {
namespace {

enum class Place : std::uint8_t { base, split, nowhere };

// Where a base type in use goes: split for what only gives structure.
Place place_of(Kind kind, bool named) {
  switch (kind) {
    case Kind::int_:
    case Kind::float_:
    case Kind::fwd:
      return Place::base;
    case Kind::struct_:
    case Kind::union_:
    case Kind::enum_:
    case Kind::enum64:
      return named ? Place::base : Place::split;
    case Kind::array:
    case Kind::typedef_:
    case Kind::ptr:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::volatile_:
    case Kind::func_proto:
    case Kind::type_tag:
      return Place::split;
    default:
      return Place::nowhere;
  }
}

bool is_enum_size(std::uint32_t size) {
  return size == 1 || size == 2 || size == 4 || size == 8;
}

// The strings of a source in a new table. Each offset is read once: the names that a module has
// from its base lie all over the kernel's.
class CopiedNames {
 public:
  CopiedNames(const Btf& source, StringTable& to)
      : source_(source), to_(to), own_(source.header().str_len) {
    constexpr std::size_t characters_of_a_name = 12;
    to_.reserve(source.header().str_len / characters_of_a_name, source.header().str_len);
  }

  std::uint32_t copied(std::uint32_t offset) {
    if (offset == 0) return 0;
    const std::uint32_t own = offset - source_.start_string();
    std::uint32_t& known = own < source_.header().str_len ? own_[own] : below_[offset];
    if (known == 0) known = to_.add(source_.name(offset)) + 1;
    return known - 1;
  }

 private:
  const Btf& source_;
  StringTable& to_;
  // By offset: one more than the new offset, or 0.
  LazyArray own_;
  FlatMap<std::uint32_t, std::uint32_t> below_;
};

class Distiller {
 public:
  /// With `trace` null nothing is found out for its sake.
  Distiller(const Btf& source, const Policy& policy, Trace* trace)
      : source_(source),
        policy_(policy),
        traced_(trace != nullptr),
        trace_(traced_ ? *trace : ignored_) {}

  std::expected<Distilled, Error> run() {
    if (!source_.base()) return std::unexpected(error(Reason::not_split, {}));
    marked_ = IdSet(source_.start_id());
    if (!mark()) return std::unexpected(error_);
    used_ = marked_.ranked();
    for (const std::uint32_t id : used_) {
      const Type type = source_.type(id);
      if (!can_be_placed(type)) return std::unexpected(error_);
      (place_of(type.kind(), is_named(type)) == Place::base ? to_base_ : to_split_).push_back(id);
    }
    if (traced_ || policy_.follows(Rule::distill_fwd)) note_embedded();
    return write();
  }

  std::vector<std::uint32_t> reached() {
    if (!source_.base()) return {};
    marked_ = IdSet(source_.start_id());
    refuse_kinds_ = false;
    mark();
    return marked_.ranked();
  }

 private:
  Error error(Reason reason, std::optional<std::uint32_t> value) {
    error_ = {.code = EINVAL,
              .reason = reason,
              .check = {},
              .layer = source_.layer(),
              .type_id = {},
              .offset = {},
              .value = value};
    return error_;
  }

  // The type may stand in any layer; its place is told within that one.
  void error_at(Reason reason, const Type& type, std::size_t word,
                std::optional<std::uint32_t> value) {
    const Btf& layer = source_.layer_of(type.id());
    error(reason, value);
    error_.layer = layer.layer();
    error_.type_id = type.id();
    error_.offset = layer.record_offset(type.id()) + word * kWordBytes;
  }

  bool is_named(const Type& type) {
    const bool by_offset = type.name_offset() != 0;
    const bool by_content = by_offset && !source_.name(type).empty();
    trace_.note(Rule::names_by_content, by_offset != by_content);
    return policy_.follows(Rule::names_by_content) ? by_content : by_offset;
  }

  bool mark() {
    for (std::uint32_t id = source_.start_id(); id < source_.end_id(); ++id)
      if (!mark_references(source_.type(id))) return false;
    // Marking appends to what is still to be walked.
    for (std::size_t next = 0; next < used_.size(); ++next) {
      const Type type = source_.type(used_[next]);
      // A named struct or union goes into the base without its members.
      if (is_composite(type.kind()) && is_named(type)) continue;
      if (!mark_references(type)) return false;
    }
    return true;
  }

  bool mark_references(const Type& type) {
    bool placeable = true;
    for_each_id(type, [&](std::size_t word) {
      const std::uint32_t id = type.word(word);
      if (!placeable || id == 0 || id >= source_.start_id() || marked_.has(id)) return;
      placeable = !refuse_kinds_ || place_of(source_.type(id).kind(), true) != Place::nowhere;
      if (!placeable) error_at(Reason::reference_to_base_kind, type, word, id);
      marked_.insert(id);
      used_.push_back(id);
    });
    return placeable;
  }

  // What relocation would refuse in a distilled base is refused here already.
  bool can_be_placed(const Type& type) {
    const Kind kind = type.kind();
    if (kind == Kind::int_ || kind == Kind::float_ || kind == Kind::fwd) {
      const bool unplaceable = !is_named(type);
      trace_.note(Rule::distill_refuses_unplaceable, unplaceable);
      if (unplaceable && policy_.follows(Rule::distill_refuses_unplaceable)) {
        error_at(Reason::unplaceable_in_distilled_base, type, 0, {});
        return false;
      }
    }
    if (is_enumeration(kind) && is_named(type) && !is_enum_size(type.size())) {
      error_at(Reason::enum_size_unplaceable, type, 2, type.size());
      return false;
    }
    return true;
  }

  // Only the designs that distil to FWD ask which types are embedded at this point; the others note
  // that those would have answered otherwise.
  void note_embedded() {
    Embeddings embeddings(source_);
    const auto visit = [&](const Type& type) {
      if (!is_composite(type.kind())) return;
      for (std::uint32_t index = 0; index < type.vlen(); ++index)
        embedded_.push_back(embeddings.composite_in(type.element(index, 1)));
    };
    for (std::uint32_t id = source_.start_id(); id < source_.end_id(); ++id)
      visit(source_.type(id));
    for (const std::uint32_t id : to_split_) visit(source_.type(id));
    std::ranges::sort(embedded_);
    const bool any_free = std::ranges::any_of(to_base_, [&](std::uint32_t id) {
      return is_composite(source_.type(id).kind()) && !is_embedded(id);
    });
    trace_.note(Rule::distill_fwd, any_free);
    if (any_free && policy_.follows(Rule::distill_fwd)) namesakes_.emplace(*source_.base());
  }

  [[nodiscard]] bool is_embedded(std::uint32_t id) const {
    return std::ranges::binary_search(embedded_, id);
  }

  bool becomes_fwd(const Type& type) {
    if (!policy_.follows(Rule::distill_fwd) || is_embedded(type.id())) return false;
    unsigned namesakes = 0;
    namesakes_->for_each(source_.name(type), [&](const Type& other) {
      if (other.kind() == type.kind()) ++namesakes;
    });
    trace_.note(Rule::distill_sized_if_ambiguous, namesakes > 1);
    return namesakes <= 1 || !policy_.follows(Rule::distill_sized_if_ambiguous);
  }

  Distilled write() {
    Builder base(source_.byte_order());
    const auto own_types = source_.end_id() - source_.start_id();
    const auto base_end = 1 + static_cast<std::uint32_t>(to_base_.size());
    std::vector<std::uint32_t> new_ids(used_.size());  // by rank in marked_
    for (std::uint32_t at = 0; at < to_base_.size(); ++at)
      new_ids[marked_.rank(to_base_[at])] = 1 + at;
    for (std::uint32_t at = 0; at < to_split_.size(); ++at)
      new_ids[marked_.rank(to_split_[at])] = base_end + own_types + at;
    const auto map = [&](std::uint32_t id) {
      if (id >= source_.start_id()) return id - source_.start_id() + base_end;
      return marked_.has(id) ? new_ids[marked_.rank(id)] : id;
    };
    for (const std::uint32_t id : to_base_) write_base_type(base, source_.type(id), map);
    Builder split(base, source_.byte_order());
    split.reserve(source_.image().size() / kWordBytes);
    CopiedNames names(source_, split.strings());
    const auto map_name = [&](std::uint32_t offset) { return names.copied(offset); };
    for (std::uint32_t id = source_.start_id(); id < source_.end_id(); ++id)
      split.copy_mapped(source_.type(id), map_name, map);
    for (const std::uint32_t id : to_split_) split.copy_mapped(source_.type(id), map_name, map);
    return {.base = base.finish(), .split = split.finish()};
  }

  template <class Map>
  void write_base_type(Builder& base, const Type& type, const Map& map) {
    const std::string_view name = source_.name(type);
    if (is_composite(type.kind())) {
      if (becomes_fwd(type))
        base.add_fwd(name, type.kind() == Kind::union_);
      else
        base.add_composite(type.kind(), name, type.size());
    } else if (is_enumeration(type.kind())) {
      base.add_enum(Kind::enum_, name, type.size());
    } else {
      base.copy(type, source_, map);
    }
  }

  const Btf& source_;
  const Policy& policy_;
  bool traced_;
  Trace ignored_;
  Trace& trace_;
  Error error_;
  bool refuse_kinds_ = true;         ///< a FUNC, VAR, DATASEC or DECL_TAG ends the marking
  IdSet marked_;                     ///< base types in use
  std::vector<std::uint32_t> used_;  ///< the same as a list
  std::vector<std::uint32_t> to_base_, to_split_;
  std::vector<std::uint32_t> embedded_;  ///< sorted
  std::optional<NameIndex> namesakes_;   ///< of the old base; with Rule::distill_fwd alone
};

}  // namespace

std::expected<Distilled, Error> distill(const Btf& source, const Policy& policy, Trace* trace) {
  return Distiller(source, policy, trace).run();
}

std::vector<std::uint32_t> reached_base_types(const Btf& source, const Policy& policy) {
  return Distiller(source, policy, nullptr).reached();
}

}  // namespace btf
