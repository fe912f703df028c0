// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Three steps for a base or target: choose types, close the choice over references, write the layer
// anew. Order is kept everywhere, so ids and strings stay in the order in which they were and what
// depends on the first or the last of several types does not change.
#include "fuzzers/slice.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "oracles/model.h"
#include "relocator/btf.h"
#include "relocator/check.h"
#include "relocator/index.h"

namespace retort {
namespace {

using btf::Btf;
using btf::BtfPtr;
using btf::Kind;
using btf::kWordBytes;
using btf::Type;

bool is_named_composite(const Btf& layer, const Type& type) {
  return btf::is_composite(type.kind()) && !layer.name(type).empty();
}

// Which types of a lowest layer stay.
class Choice {
 public:
  explicit Choice(const Btf& layer) : layer_(layer), kept_(layer.end_id(), Kept::no) {}

  // Keeps a type with what it refers to; of a named struct or union no more than its head.
  void keep(std::uint32_t id) {
    if (id == 0 || id >= kept_.size() || kept_[id] != Kept::no) return;
    if (is_named_composite(layer_, layer_.type(id)))
      kept_[id] = Kept::head;
    else
      keep_whole(id);
  }

  // Keeps all members too: a DECL_TAG counts them.
  void keep_whole(std::uint32_t id) {
    if (id == 0 || id >= kept_.size() || kept_[id] == Kept::whole) return;
    kept_[id] = Kept::whole;
    open_.push_back(id);
  }

  // Keeps everything below a type as it is, members of members included.
  void keep_deep(std::uint32_t id) {
    std::vector<std::uint32_t> deep = {id};
    std::unordered_set<std::uint32_t> seen;
    while (!deep.empty()) {
      const std::uint32_t next = deep.back();
      deep.pop_back();
      if (next == 0 || next >= kept_.size() || !seen.insert(next).second) continue;
      keep_whole(next);
      const Type type = layer_.type(next);
      btf::for_each_id(type, [&](std::size_t word) { deep.push_back(type.word(word)); });
    }
  }

  void close() {
    while (!open_.empty()) {
      const Type type = layer_.type(open_.back());
      open_.pop_back();
      keep_references(type);
    }
  }

  void keep_references(const Type& type) {
    btf::for_each_id(type, [&](std::size_t word) {
      if (type.kind() == Kind::decl_tag)
        keep_whole(type.word(word));
      else
        keep(type.word(word));
    });
  }

  [[nodiscard]] bool keeps(std::uint32_t id) const { return kept_[id] != Kept::no; }
  [[nodiscard]] bool keeps_any() const {
    return std::ranges::any_of(kept_, [](Kept kept) { return kept != Kept::no; });
  }
  // Whether element `index` of a kept type stays.
  [[nodiscard]] bool keeps_element(const Type& type, std::size_t index) const {
    if (kept_[type.id()] == Kept::whole || !btf::is_composite(type.kind())) return true;
    const std::uint32_t id = type.element(index, 1);
    return id < kept_.size() && (id == 0 || keeps(id));
  }

 private:
  enum class Kept : std::uint8_t { no, head, whole };

  const Btf& layer_;
  std::vector<Kept> kept_;
  std::vector<std::uint32_t> open_;  // whole, and not yet closed over
};

// A type at which a check fails decides the verdict, whoever makes that check.
void keep_what_fails_a_check(const Btf& layer, Choice& choice) {
  const btf::CheckSet unmet = btf::unmet_checks(layer);
  for (std::size_t index = 0; index < btf::kCheckCount; ++index) {
    const auto check = static_cast<btf::Check>(index);
    if (!unmet.has(check)) continue;
    const auto error = btf::first_unmet(layer, {check});
    if (error && error->type_id) choice.keep_deep(*error->type_id);
  }
}

// Old to new string offsets of a layer: each offset in use gets a string of its own, so that what
// tells names apart by offset still does.
class StringMap {
 public:
  explicit StringMap(const Btf& layer) : layer_(layer) {}

  void use(std::uint32_t offset) {
    if (offset != 0 && offset < layer_.end_string()) used_.push_back(offset);
  }

  void finish() {
    std::ranges::sort(used_);
    const auto repeated = std::ranges::unique(used_);
    used_.erase(repeated.begin(), repeated.end());
    for (const std::uint32_t offset : used_) {
      const std::string_view text = layer_.name(offset);
      placed_.push_back(static_cast<std::uint32_t>(characters_.size()));
      characters_.insert(characters_.end(), text.begin(), text.end());
      characters_.push_back('\0');
    }
    // What follows the strings stays aligned as it was.
    while ((characters_.size() - layer_.header().str_len) % kWordBytes != 0)
      characters_.push_back('\0');
  }

  // Offsets beyond the layer move with its end.
  [[nodiscard]] std::uint32_t map(std::uint32_t offset) const {
    if (offset == 0) return 0;
    if (offset >= layer_.end_string()) return offset - layer_.end_string() + end();
    const auto found = std::ranges::lower_bound(used_, offset);
    return placed_[static_cast<std::size_t>(found - used_.begin())];
  }

  [[nodiscard]] std::uint32_t end() const { return static_cast<std::uint32_t>(characters_.size()); }
  [[nodiscard]] std::span<const char> characters() const { return characters_; }

 private:
  const Btf& layer_;
  std::vector<std::uint32_t> used_, placed_;
  std::vector<char> characters_ = {'\0'};
};

// A lowest layer cut down to a choice.
class Cut {
 public:
  Cut(const Btf& layer, const Choice& choice, std::span<const BtfPtr> above)
      : layer_(layer), choice_(choice), ids_(layer.end_id()), strings_(layer) {
    for (std::uint32_t id = 1; id < layer_.end_id(); ++id) {
      if (!choice_.keeps(id)) continue;
      ids_[id] = end_id_++;
      use_names(layer_.type(id));
    }
    for (const BtfPtr& split : above)
      for (std::uint32_t id = split->start_id(); id < split->end_id(); ++id) {
        const Type type = split->type(id);
        btf::for_each_name(type, [&](std::size_t word) { strings_.use(type.word(word)); });
      }
    strings_.finish();
  }

  // Ids beyond the layer, those of the layers above and those out of range, move with its end.
  [[nodiscard]] std::uint32_t map_id(std::uint32_t id) const {
    return id < ids_.size() ? ids_[id] : id - layer_.end_id() + end_id_;
  }
  [[nodiscard]] std::uint32_t map_string(std::uint32_t offset) const {
    return strings_.map(offset);
  }

  // The layer's bytes, on the wire as before. Header, layout and whatever lies between the sections
  // are copied.
  [[nodiscard]] std::vector<std::byte> write(Bytes wire) const;

 private:
  void use_names(const Type& type) {
    strings_.use(type.name_offset());
    if (type.shape().element_names == 0) return;
    for (std::size_t index = 0; index < type.vlen(); ++index)
      if (choice_.keeps_element(type, index)) strings_.use(type.element(index, 0));
  }

  [[nodiscard]] std::vector<std::byte> write_types() const;

  const Btf& layer_;
  const Choice& choice_;
  std::vector<std::uint32_t> ids_;
  std::uint32_t end_id_ = 1;
  StringMap strings_;
};

std::uint32_t on_wire(const Btf& layer, std::uint32_t word) {
  return layer.byte_order() == std::endian::native ? word : btf::swap_bytes(word);
}

// Appends the words of one record that the choice keeps, ids and names mapped.
class RecordWriter {
 public:
  RecordWriter(const Btf& layer, std::vector<std::byte>& out) : layer_(layer), out_(out) {}

  void write(const Type& type, const Cut& cut, const Choice& choice) {
    words_.clear();
    for (std::size_t word = 0; word < type.words(); ++word) words_.push_back(type.word(word));
    btf::for_each_id(type, [&](std::size_t word) { words_[word] = cut.map_id(words_[word]); });
    drop_elements(type, choice);
    btf::for_each_name(type, [&](std::size_t word) {
      if (!dropped(type, word)) words_[word] = cut.map_string(words_[word]);
    });
    emit(type);
  }

 private:
  void drop_elements(const Type& type, const Choice& choice) {
    kept_.assign(type.vlen(), true);
    if (type.shape().element == 0) return;
    for (std::size_t index = 0; index < type.vlen(); ++index)
      kept_[index] = choice.keeps_element(type, index);
  }

  [[nodiscard]] bool dropped(const Type& type, std::size_t word) const {
    const std::size_t first = type.element_word(0, 0);
    return word >= first && !kept_[(word - first) / type.shape().element];
  }

  void emit(const Type& type) {
    const auto vlen = static_cast<std::uint32_t>(std::ranges::count(kept_, true));
    words_[1] -= type.vlen() - vlen;
    for (std::size_t word = 0; word < words_.size(); ++word) {
      if (dropped(type, word)) continue;
      const std::size_t at = out_.size();
      out_.resize(at + kWordBytes);
      btf::store_word(out_.data() + at, on_wire(layer_, words_[word]));
    }
  }

  const Btf& layer_;
  std::vector<std::byte>& out_;
  std::vector<std::uint32_t> words_;
  std::vector<bool> kept_;
};

std::vector<std::byte> Cut::write_types() const {
  std::vector<std::byte> types;
  RecordWriter writer(layer_, types);
  for (std::uint32_t id = 1; id < layer_.end_id(); ++id)
    if (choice_.keeps(id)) writer.write(layer_.type(id), *this, choice_);
  return types;
}

// A section of the old layer and what takes its place.
struct Section {
  std::uint32_t offset;  // from the header's end
  std::uint32_t length;
  std::size_t header_field;  // where the header has the offset; the length follows
  Bytes content;
};

std::vector<std::byte> Cut::write(Bytes wire) const {
  const btf::Header& header = layer_.header();
  const std::vector<std::byte> types = write_types();
  const Bytes body = wire.subspan(header.hdr_len);
  std::vector<Section> sections = {
      {header.type_off, header.type_len, 8, types},
      {header.str_off, header.str_len, 16, std::as_bytes(strings_.characters())}};
  const bool has_fields = header.hdr_len >= btf::kLayoutHeaderBytes;
  if (has_fields && (header.layout_len != 0 || header.layout_off != 0))
    sections.push_back({header.layout_off, header.layout_len, 24,
                        body.subspan(header.layout_off, header.layout_len)});
  std::ranges::sort(sections, {}, [](const Section& section) {
    return std::pair(section.offset, section.header_field);
  });

  std::vector<std::byte> out(wire.begin(), wire.begin() + header.hdr_len);
  const auto append = [&](Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  const auto set_field = [&](std::size_t field, std::size_t value) {
    btf::store_word(out.data() + field, on_wire(layer_, static_cast<std::uint32_t>(value)));
  };
  std::uint32_t copied = 0;
  for (const Section& section : sections) {
    // An empty section may claim to lie inside another one; nothing lies between the two then.
    const std::uint32_t begin = std::max(copied, section.offset);
    append(body.subspan(copied, begin - copied));
    set_field(section.header_field, out.size() - header.hdr_len);
    set_field(section.header_field + kWordBytes, section.content.size());
    append(section.content);
    copied = std::max(begin, section.offset + section.length);
  }
  append(body.subspan(copied));
  return out;
}

std::vector<std::byte> move_split(const Btf& split, const Cut& cut) {
  std::vector<std::byte> image(split.image().begin(), split.image().end());
  for (std::uint32_t id = split.start_id(); id < split.end_id(); ++id) {
    const Type type = split.type(id);
    std::byte* record = image.data() + split.record_offset(id);
    const auto replace = [&](std::size_t word, std::uint32_t value) {
      btf::store_word(record + word * kWordBytes, value);
    };
    btf::for_each_id(type, [&](std::size_t word) { replace(word, cut.map_id(type.word(word))); });
    btf::for_each_name(type,
                       [&](std::size_t word) { replace(word, cut.map_string(type.word(word))); });
  }
  return btf::to_wire(split, std::move(image));
}

using Names = std::unordered_set<std::string_view>;

class Slicer {
 public:
  explicit Slicer(const Pair& pair) : pair_(pair) {}

  std::expected<Pair, std::string> run() {
    const bool distilled = pair_.find(kDistilled) != nullptr;
    if (pair_.find(kSplit) == nullptr) return fail("it has no SPLT to slice by");
    if (!distilled && pair_.find(kBase) == nullptr) return fail("it has no BASE and no DIST");
    if (!parse_all()) return std::unexpected(error_);
    const BtfPtr& base = distilled ? distilled_ : base_;
    if (!parse_splits(base)) return std::unexpected(error_);
    // Lower split layers count as part of the base, whose names are looked for.
    for (std::size_t layer = 0; layer + 1 < splits_.size(); ++layer) add_names(*splits_[layer]);
    if (distilled)
      add_names(*distilled_);
    else
      slice_base();
    if (distilled && base_) slice_by_names(kBase, *base_);
    if (target_) slice_by_names(kTarget, *target_);
    return std::move(result_);
  }

 private:
  std::unexpected<std::string> fail(std::string sentence) {
    return std::unexpected(std::move(sentence));
  }

  bool parse(std::string_view tag, Bytes bytes, const BtfPtr& below, BtfPtr& to) {
    // The third word of a FWD is followed by some: where it refers to a type, it has to go on doing
    // so.
    auto parsed = Btf::parse(bytes, {.base = below, .fwd_type_refers = true, .borrow = true});
    if (!parsed) {
      error_ = std::string(tag) + " cannot be read: " + btf::sentence(parsed.error());
      return false;
    }
    to = *parsed;
    return true;
  }

  bool parse_all() {
    for (const Part& part : pair_.parts) {
      if (part.tag != kExt) result_.parts.push_back(part);
      if (part.tag == kBase && !parse(part.tag, part.bytes, nullptr, base_)) return false;
      if (part.tag == kDistilled && !parse(part.tag, part.bytes, nullptr, distilled_)) return false;
      if (part.tag == kTarget && !parse(part.tag, part.bytes, nullptr, target_)) return false;
    }
    return true;
  }

  bool parse_splits(BtfPtr below) {
    for (const std::vector<std::byte>* bytes : pair_.splits()) {
      BtfPtr split;
      if (!parse(kSplit, *bytes, below, split)) return false;
      splits_.push_back(split);
      below = split;
    }
    return true;
  }

  void slice_base() {
    Choice choice(*base_);
    for (const BtfPtr& split : splits_)
      for (std::uint32_t id = split->start_id(); id < split->end_id(); ++id)
        choice.keep_references(split->type(id));
    choice.close();
    for (std::uint32_t id = 1; id < base_->end_id(); ++id)
      if (choice.keeps(id)) add_name(*base_, id);
    // A round trip without a target goes back onto the base.
    keep_namesakes(*base_, choice);
    cut(kBase, *base_, choice, splits_);
  }

  void slice_by_names(std::string_view tag, const Btf& layer) {
    Choice choice(layer);
    keep_namesakes(layer, choice);
    cut(tag, layer, choice, {});
  }

  // Only types of these kinds are looked for by name.
  void add_name(const Btf& layer, std::uint32_t id) {
    const Type type = layer.type(id);
    const Kind kind = type.kind();
    if (kind != Kind::int_ && kind != Kind::float_ && kind != Kind::fwd &&
        !btf::is_composite(kind) && !btf::is_enumeration(kind))
      return;
    // Who does not check names sees the strings of the layers above where one lies beyond its
    // layer, and takes an empty one for a name.
    if (type.name_offset() != 0) names_.insert(splits_.back()->name(type));
  }

  void add_names(const Btf& layer) {
    for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) add_name(layer, id);
  }

  void keep_namesakes(const Btf& layer, Choice& choice) {
    for (std::uint32_t id = 1; id < layer.end_id(); ++id) {
      const Type type = layer.type(id);
      if (type.name_offset() != 0 && names_.contains(layer.name(type))) choice.keep(id);
    }
    keep_what_fails_a_check(layer, choice);
    choice.close();
    // A base that had types must not become one that has none.
    if (!choice.keeps_any()) choice.keep(1);
    choice.close();
  }

  void cut(std::string_view tag, const Btf& layer, const Choice& choice,
           std::span<const BtfPtr> above) {
    const Cut smaller(layer, choice, above);
    result_.set(tag, smaller.write(*pair_.find(tag)));
    if (above.empty()) return;
    std::size_t next = 0;
    for (Part& part : result_.parts)
      if (part.tag == kSplit) part.bytes = move_split(*above[next++], smaller);
  }

  const Pair& pair_;
  Pair result_;
  BtfPtr base_, distilled_, target_;
  std::vector<BtfPtr> splits_;
  Names names_;
  std::string error_;
};

}  // namespace

std::expected<Pair, std::string> slice(const Pair& pair) {
  return Slicer(pair).run();
}

namespace {

// Ids change, and with them every digest but that of a distillation.
bool alike(Op op, const Answer& before, const Answer& after) {
  if (op == Op::distill) return same_answer(before, after);
  if (before.outcome != after.outcome) return false;
  return before.outcome == Outcome::accepted ||
         (before.code == after.code && before.stage == after.stage);
}

}  // namespace

std::optional<ChangedAnswer> changed_answer(const Pair& before, const Pair& after) {
  for (const btf::Policy& policy : btf::policies())
    for (const Op op : ops_of(before)) {
      // What holds of a pair as a whole, a part of it need not show.
      if (is_property_op(op)) continue;
      ChangedAnswer answers{op, policy.name, answer_under(policy, op, before),
                            answer_under(policy, op, after)};
      if (!alike(op, answers.before, answers.after)) return answers;
    }
  return {};
}

}  // namespace retort
