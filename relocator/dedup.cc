// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What deduplication means, in three steps that each have a file.
//
// Meaning. Let a declaration be a named FWD, or a named ENUM or ENUM64 without values, and its
// definitions the full types of its name and of its name space: structs, unions, enumerations. In
// the graph of a stack's types each reference to a declaration that is resolved leads to one
// definition instead. Two types are the same if they are bisimilar in that graph: records equal
// word by word, names by content, ids by leading to what is the same. A VAR and a DATASEC are the
// same as nothing but themselves. Of each set of equal types the lowest id stays, types of lower
// layers among them; what stays keeps its order.
//
// Which declarations are resolved: a FWD, where all definitions of its name are equal up to what
// their own references by name come to (loosely equal, below), leads to the first of them. An ENUM
// leads to its first definition, whatever others there are. Any other declaration stays, once.
// Definitions are looked for in all layers, but declarations of lower layers are not resolved: what
// is written there stays as it is.
//
// 1. dedup_classes.h: loose classes. References to a named STRUCT, UNION, ENUM or FWD count by name
//    alone, all others by the class of what they lead to. Claim: the same types are of one loose
//    class. Take the walk's order; the same types have the same plain words, their children are the
//    same, and so are of one group where they are named, and else of one class as they came before.
//    Whether a walk without names ends is seen in the unrolled type, so the same types are both cut
//    for a loop or both not, and then by records that are equal but for ids.
// 2. the declarations, here. A FWD with one loose class of definitions is resolved before anybody
//    knows whether that class stays whole. If it does, there was one definition; if not, there are
//    several, and the first in id order was taken. Definitions of several loose classes are not
//    the same. So no FWD stays that has exactly one definition.
// 3. dedup_refine.h: the coarsest refinement of the loose classes in which types of one block lead,
//    word by word, into one block. As bisimilarity is such a partition and finer than the loose
//    classes, and each such partition is a bisimulation, the blocks are exactly the sets of same
//    types: the result is sound and complete.
//
// Of lower layers only those types are looked at that could be one of the top layer's or a
// definition of its declarations (dedup_below.h). The others are in blocks without a type of the
// top layer, so they change nothing; that nothing in them is out of range, parsing noted.
//
// Cost: each record is looked at a bounded number of times, strings are hashed once for each offset
// in use, and refinement is n log n in the number of references. Nothing recurses without a bound.
#include "relocator/dedup.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "relocator/beginnings.h"
#include "relocator/builder.h"
#include "relocator/dedup_classes.h"
#include "relocator/dedup_names.h"
#include "relocator/dedup_refine.h"
#include "relocator/flat_map.h"

namespace btf {
namespace {

bool is_declaration(std::span<const std::uint32_t> key, Dialect dialect) {
  if (key.empty()) return false;
  const Info info = unpack_info(key[1], dialect);
  return info.kind == Kind::fwd || (is_enumeration(info.kind) && info.vlen == 0);
}

// By loose class of declarations: the definition that stands in for all of them, or 0.
StandIns resolve_declarations(const LooseClasses& loose, const Btf& top) {
  const auto classes = loose.classes();
  struct Definitions {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  std::vector<Definitions> by_group(loose.group_count());
  const auto declares = [&](std::uint32_t at) {
    return is_declaration(loose.key(at), top.dialect());
  };
  for (std::uint32_t at = 1; at < classes.size(); ++at) {
    if (classes[at].group == 0 || classes[at].size == 0 || declares(at)) continue;
    Definitions& definitions = by_group[group_of(classes[at].group)];
    if (definitions.count++ == 0 || classes[at].first < definitions.first)
      definitions.first = classes[at].first;
  }
  StandIns found{.start_id = top.start_id(),
                 .by_class = std::vector<std::uint32_t>(classes.size())};
  for (std::uint32_t at = 1; at < classes.size(); ++at) {
    if (classes[at].group == 0 || classes[at].size == 0 || !declares(at)) continue;
    const Definitions& definitions = by_group[group_of(classes[at].group)];
    const bool is_enum = unpack_info(loose.key(at)[1], top.dialect()).kind != Kind::fwd;
    if (definitions.count == 1 || (is_enum && definitions.count > 0))
      found.by_class[at] = definitions.first;
  }
  return found;
}

// Calls visit(offset, text, bytes to the end of its section) for each string of the lower layers.
template <class Visit>
void for_each_string_below(const Btf& top, Visit&& visit) {
  for (const Btf* layer = top.base().get(); layer != nullptr; layer = layer->base().get()) {
    const Header& header = layer->header();
    const auto* const strings =
        reinterpret_cast<const char*>(layer->image().data()) + header.hdr_len + header.str_off;
    for (std::uint32_t at = 0; at < header.str_len;) {
      visit(layer->start_string() + at, strings + at, header.str_len - at);
      at += static_cast<std::uint32_t>(std::strlen(strings + at)) + 1;
    }
  }
}

class Writer {
 public:
  Writer(const Btf& top, CanonicalNames& names, const LooseClasses& loose,
         const Refinement& refinement, const StandIns& stand_ins)
      : top_(top),
        names_(names),
        loose_(loose),
        refinement_(refinement),
        stand_ins_(stand_ins),
        new_names_(top.end_string() - top.start_string()) {}

  Deduplicated run() {
    number();
    if (top_.start_string() == 0)
      characters_.push_back('\0');
    else
      find_names_below();
    for (const std::uint32_t id : survivors_) write(id);
    return {.bytes = encode_layer(words_, characters_, top_.byte_order()), .ids = std::move(ids_)};
  }

 private:
  // The first of each block survives; what is below the top layer survives in any case.
  void number() {
    const std::vector<std::uint32_t> firsts = refinement_.first_of_blocks();
    std::vector<std::uint32_t> id_of_block(firsts.size());
    for (std::uint32_t block = 1; block < firsts.size(); ++block) {
      if (firsts[block] < top_.start_id())
        id_of_block[block] = firsts[block];
      else if (stand_ins_.resolve(loose_, firsts[block]) == firsts[block])
        survivors_.push_back(firsts[block]);
    }
    std::ranges::sort(survivors_);
    for (std::uint32_t at = 0; at < survivors_.size(); ++at)
      id_of_block[refinement_.block_of(survivors_[at])] = top_.start_id() + at;
    ids_.resize(top_.end_id());
    for (std::uint32_t id = 1; id < top_.start_id(); ++id) ids_[id] = id;
    for (std::uint32_t id = top_.start_id(); id < top_.end_id(); ++id)
      ids_[id] = id_of_block[refinement_.block_of(stand_ins_.resolve(loose_, id))];
  }

  void write(std::uint32_t id) {
    const std::byte* record = loose_.records().at(id);
    const Info info = loose_.records().info(record);
    const Type type(id, record, info, &kShapes[static_cast<std::size_t>(info.kind)]);
    const std::size_t begin = words_.size();
    words_.resize(begin + type.words());
    std::memcpy(words_.data() + begin, record, type.words() * kWordBytes);
    for_each_name(type,
                  [&](std::size_t word) { words_[begin + word] = new_name(words_[begin + word]); });
    for_each_id(type, [&](std::size_t word) { words_[begin + word] = ids_[words_[begin + word]]; });
  }

  // A string that a lower layer has is not written again.
  void find_names_below() {
    FlatMap<std::string_view, std::uint32_t> own;
    Beginnings beginnings;
    for (const std::uint32_t id : survivors_)
      for_each_name(top_.type(id), [&](std::size_t word) {
        const std::uint32_t name = names_.canonical(top_.type(id).word(word));
        if (name < top_.start_string()) return;
        const auto [place, is_new] = own.insert(top_.name(name));
        if (is_new) beginnings.add(top_.name(name));
        *place = name;
      });
    for_each_string_below(top_, [&](std::uint32_t offset, const char* text, std::size_t available) {
      if (!beginnings.may_have(text, available)) return;
      const std::uint32_t* const name = own.find(text);
      if (name == nullptr) return;
      std::uint32_t& known = new_names_[*name - top_.start_string()];
      if (known == 0 || offset < known - 1) known = offset + 1;
    });
  }

  std::uint32_t new_name(std::uint32_t offset) {
    const std::uint32_t name = names_.canonical(offset);
    if (name == 0 || name < top_.start_string()) return name;
    std::uint32_t& known = new_names_[name - top_.start_string()];
    if (known == 0) {
      known = top_.start_string() + static_cast<std::uint32_t>(characters_.size()) + 1;
      const std::string_view text = top_.name(name);
      characters_.append(text);
      characters_.push_back('\0');
    }
    return known - 1;
  }

  const Btf& top_;
  CanonicalNames& names_;
  const LooseClasses& loose_;
  const Refinement& refinement_;
  const StandIns& stand_ins_;
  std::vector<std::uint32_t> ids_, survivors_;
  LazyArray new_names_;  ///< by canonical offset in the top layer: one more than the new one
  std::vector<std::uint32_t> words_;
  std::string characters_;
};

}  // namespace

std::expected<Deduplicated, Error> dedup(const Btf& top) {
  CanonicalNames names(top);
  const LooseClasses loose(top, names);
  if (loose.error()) return std::unexpected(*loose.error());
  const StandIns stand_ins = resolve_declarations(loose, top);
  const Refinement refinement(loose, stand_ins);
  return Writer(top, names, loose, refinement, stand_ins).run();
}

}  // namespace btf
