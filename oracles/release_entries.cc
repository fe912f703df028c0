// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/release_entries.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <initializer_list>
#include <set>
#include <tuple>
#include <utility>

#include "oracles/entry_makers.h"
#include "oracles/opened_pair.h"
#include "oracles/properties/ext_records.h"
#include "oracles/properties/nomem.h"
#include "oracles/properties/program.h"
#include "oracles/sequence_entries.h"

namespace retort {
namespace {

using btf::Kind;

Entry of_later_release(Entry entry) {
  entry.oracles = {};
  return entry;
}

bool any_layer(const OpenedParts& parts, const std::function<bool(const OpenedLayer&)>& wanted) {
  return (parts.base && wanted(*parts.base)) || std::ranges::any_of(parts.stack, wanted) ||
         (parts.target && wanted(*parts.target));
}

// Every part of the pair, as the policy reads it.
bool any_layer(const Evaluation& evaluation,
               const std::function<bool(const OpenedLayer&)>& wanted) {
  OpenedPair opened(evaluation.pair);
  return any_layer(opened.parts(*evaluation.policy), wanted);
}

bool has_unknown_kind(const OpenedLayer& layer) {
  if (!layer.btf) return false;
  for (std::uint32_t id = layer.btf->start_id(); id < layer.btf->end_id(); ++id)
    if (static_cast<unsigned>(layer.btf->type(id).kind()) >= btf::kKindCount) return true;
  return false;
}

bool refuses_unknown_kind(const Evaluation& evaluation, const Answer& /*predicted*/,
                          const Answer& answer) {
  // In the other byte order parsing itself refuses: then there is nothing that could break.
  const bool refuses = is_property_op(evaluation.op) ||
                       (answer.outcome == Outcome::rejected && answer.code == EINVAL);
  return refuses && any_layer(evaluation, has_unknown_kind);
}

bool has_header_extra(const OpenedLayer& layer) {
  return std::ranges::any_of(layer.unmet(), [](const btf::Error& error) {
    return error.check == btf::Check::header_extra;
  });
}

bool locks_header_extra(const Evaluation& evaluation, const Answer& /*predicted*/,
                        const Answer& answer) {
  const bool refused = answer.outcome == Outcome::rejected && answer.code == EOPNOTSUPP;
  const bool locked = evaluation.op == Op::reparse && answer.outcome == Outcome::broken &&
                      answer.property == "modified";
  return (refused || locked) && any_layer(evaluation, has_header_extra);
}

bool has_call(const Pair& pair, std::initializer_list<Verb> verbs) {
  const auto* bytes = pair.find(kProgram);
  if (bytes == nullptr) return false;
  return std::ranges::any_of(parse_program(program_text(*bytes)), [&](const Call& call) {
    return std::ranges::find(verbs, call.verb) != verbs.end();
  });
}

bool swaps_short_header(const Evaluation& evaluation, const Answer& /*predicted*/) {
  if (evaluation.op == Op::sequence || evaluation.op == Op::nomem)
    return reaches_by(evaluation.op, evaluation.pair, evaluation.dialect(), Hazard::swapped_header);
  return evaluation.op == Op::reparse && any_layer(evaluation, [](const OpenedLayer& layer) {
           return layer.btf && layer.btf->header().hdr_len < btf::kHeaderBytes;
         });
}

// How many bytes the first type takes that reaches beyond the section, as the release computes it;
// 0 where that is no kind whose size the layer's own layout gives.
std::int32_t size_by_layout(const OpenedLayer& layer) {
  if (layer.btf || layer.error.reason != btf::Reason::type_truncated || !layer.error.offset)
    return 0;
  const bool foreign = btf::is_foreign(layer.bytes);
  const auto word = [&](std::size_t at) -> std::uint32_t {
    if (at + btf::kWordBytes > layer.bytes.size()) return 0;
    const std::uint32_t value = btf::load_word(layer.bytes.data() + at);
    return foreign ? btf::swap_bytes(value) : value;
  };
  const std::uint32_t length = word(4);
  if (length < btf::kLayoutHeaderBytes) return 0;
  const btf::Info info =
      btf::unpack_info(word(*layer.error.offset + btf::kWordBytes), btf::Dialect::wide);
  const auto kind = static_cast<std::uint32_t>(info.kind);
  if (kind < btf::kKindCount || kind >= word(28) / btf::kLayoutEntryBytes) return 0;
  const std::size_t entry = std::size_t{length} + word(24) + kind * btf::kLayoutEntryBytes;
  if (entry + btf::kLayoutEntryBytes > layer.bytes.size()) return 0;
  const auto fixed = std::to_integer<std::uint32_t>(layer.bytes[entry]);
  const auto element = std::to_integer<std::uint32_t>(layer.bytes[entry + 1]);
  return static_cast<std::int32_t>(btf::kHeadWords * btf::kWordBytes + fixed + info.vlen * element);
}

// Beyond what an error pointer can hold, which then is taken for an object.
constexpr std::int32_t kLastErrorPointer = -4095;

bool returns_wild_pointer(const Evaluation& evaluation, const Answer& /*predicted*/) {
  return any_layer(evaluation, [](const OpenedLayer& layer) {
    return size_by_layout(layer) < kLastErrorPointer;
  });
}

// The part that the operation reads as .BTF.ext, where a libbpf that knows both orders accepts it.
const std::vector<std::byte>* accepted_ext(const Evaluation& evaluation) {
  const auto* bytes = evaluation.op == Op::ext ? evaluation.pair.find(kExt) : nullptr;
  return bytes != nullptr && is_readable_ext(*bytes) ? bytes : nullptr;
}

// Bytes in the other order are turned over when they are read, all when they are written.
bool turns_beyond_ext(const Evaluation& evaluation, const Answer& /*predicted*/) {
  const auto* bytes = accepted_ext(evaluation);
  if (bytes == nullptr) return false;
  const auto once = turn_ext(*bytes);
  if (!once) return true;
  const bool is_read_again = btf::is_foreign(*bytes) || is_readable_ext(*once);
  return is_read_again && !turn_ext(*once);
}

bool is_broken(const Answer& answer, std::initializer_list<std::string_view> properties) {
  return answer.outcome == Outcome::broken &&
         std::ranges::find(properties, answer.property) != properties.end();
}

bool turns_twice(const Evaluation& evaluation, const Answer& /*predicted*/, const Answer& answer) {
  const auto* bytes = accepted_ext(evaluation);
  return bytes != nullptr && has_overlapping_ext(*bytes) &&
         is_broken(answer, {"ext-raw", "ext-swapped"});
}

bool leaves_words_unturned(const Evaluation& evaluation, const Answer& /*predicted*/,
                           const Answer& answer) {
  const auto* bytes = accepted_ext(evaluation);
  return bytes != nullptr && has_long_ext_records(*bytes) && is_broken(answer, {"ext-swapped"});
}

bool writes_stale_ext(const Evaluation& evaluation, const Answer& /*predicted*/,
                      const Answer& answer) {
  return accepted_ext(evaluation) != nullptr && is_broken(answer, {"ext-other-order-stale"});
}

// Kinds that the comparison follows without counting how deep it is.
bool is_followed_uncounted(Kind kind) {
  return btf::is_modifier(kind) || kind == Kind::ptr || kind == Kind::func;
}

bool never_ends(const btf::Btf& layer, std::uint32_t id) {
  for (std::uint32_t links = 0; links <= layer.end_id(); ++links) {
    if (id >= layer.end_id() || !is_followed_uncounted(layer.type(id).kind())) return false;
    id = layer.type(id).type_id();
  }
  return true;
}

// Two definitions alike, of which members lead into loops that nothing ends.
bool compares_endless_chains(const Evaluation& evaluation, const Answer& /*predicted*/) {
  if (evaluation.op != Op::dedup || !evaluation.split) return false;
  const btf::Btf& layer = *evaluation.split;
  std::set<std::tuple<Kind, std::string_view, std::uint32_t, std::uint32_t>> seen;
  for (std::uint32_t id = 1; id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    if (!btf::is_composite(type.kind())) continue;
    std::uint32_t endless = 0;
    for (std::uint32_t index = 0; index < type.vlen(); ++index)
      endless += never_ends(layer, type.element(index, 1)) ? 1U : 0U;
    if (endless < 2) continue;
    if (!seen.emplace(type.kind(), layer.name(type), type.size(), type.vlen()).second) return true;
  }
  return false;
}

bool starts_too_late(const Evaluation& evaluation, const Answer& /*predicted*/,
                     const Answer& answer) {
  const bool runs_program = evaluation.op == Op::sequence || evaluation.op == Op::nomem;
  return runs_program && is_broken(answer, {"finds-the-first", "parsed-anew-is-the-same"}) &&
         has_call(evaluation.pair, {Verb::relocate}) &&
         has_call(evaluation.pair, {Verb::find_by_name, Verb::find_by_name_kind});
}

// Of kind 0 is void alone, which no record stands for.
bool is_void_sized(const OpenedLayer& layer) {
  return !layer.btf && layer.error.reason == btf::Reason::kind_without_size &&
         layer.error.value == 0U && layer.bytes.size() >= btf::kLayoutHeaderBytes;
}

bool is_any_void_sized(const OpenedParts& parts) {
  return any_layer(parts, is_void_sized);
}

bool sizes_void(const Evaluation& evaluation, const Answer& /*predicted*/,
                const Answer& /*answer*/) {
  return any_layer(evaluation, is_void_sized);
}

void append_layout_defects(std::vector<Entry>& table) {
  table.push_back(of_later_release(with(
      Severity::refusal,
      tolerance("unknown-kind-refused", Op::distill,
                "of a kind that only a layout section sizes, hardly more than parsing works: it "
                "cannot be distilled, relocated, deduplicated, dumped, appended or written in the "
                "other byte order",
                "btf_field_iter_init(), btf_bswap_type_rest(), btf_dedup_prep() and "
                "btf_dump_order_type() have no case for it",
                refuses_unknown_kind))));
  Entry void_sized = of_later_release(
      tolerance("void-sized-by-layout", Op::check,
                "where there is a layout section, a type of kind 0 is accepted, which is then "
                "neither void nor anything else",
                "btf_type_size_unknown() and btf_validate_type() take entry 0 of the layout for "
                "that of a kind",
                sizes_void));
  void_sized.blinds = is_any_void_sized;
  table.push_back(std::move(void_sized));
  table.push_back(of_later_release(with(
      Severity::none,
      tolerance("header-extra-locked", Op::reparse,
                "BTF whose header has fields that are unknown, and not zero, cannot be modified",
                "btf_ensure_modifiable(): \"Additional BTF header data was found\"",
                locks_header_extra))));
  table.push_back(of_later_release(
      guard("layout-size-crash", Op::check,
            "where a layout section gives a kind so large elements that a type's size does not "
            "fit an int, parsing returns a pointer to nowhere",
            "btf_type_size_unknown() returns it as an int, btf_parse_type_sec() takes that for an "
            "errno, and btf_new() for an ERR_PTR()",
            returns_wild_pointer)));
  table.push_back(
      guard("short-header-swapped-crash", Op::sequence,
            "a split whose header is shorter than its fields is written in the other byte order "
            "beyond the end of the bytes",
            "btf_get_raw_data() makes room for hdr_len, btf_bswap_hdr() swaps all fields",
            swaps_short_header));
}

void append_ext_defects(std::vector<Entry>& table) {
  table.push_back(of_later_release(guard(
      "ext-overlap-crash", Op::ext,
      "where parts of .BTF.ext overlap, writing or reading it in the other byte order takes a "
      "length that was turned over already, and goes on beyond the bytes",
      "btf_ext_bswap_info_sec() looks at no bound, and btf_ext_parse_sec_info() at no other "
      "part",
      turns_beyond_ext)));
  table.push_back(of_later_release(
      tolerance("ext-overlap-turned-twice", Op::ext,
                "where parts of .BTF.ext overlap, it is accepted, and what they share is turned "
                "over twice when it is written in the other byte order",
                "btf_ext_bswap_info() turns over one part after the other in place", turns_twice)));
  table.push_back(of_later_release(tolerance(
      "ext-long-record-unturned", Op::ext,
      ".BTF.ext with records that are longer than the known ones is accepted, and written in the "
      "other byte order with words that are not turned over, which is then refused",
      "btf_ext_bswap_info_sec() turns over what it knows; btf_ext_parse_sec_info() asks for the "
      "exact length only where it reads the other order",
      leaves_words_unturned)));
  table.push_back(of_later_release(tolerance(
      "ext-other-order-stale", Op::ext,
      "once .BTF.ext was written in the other byte order, deduplication changes it, but "
      "not what is written then",
      "btf_dedup_remap_types() leaves btf_ext's data_swapped as it was", writes_stale_ext)));
}

}  // namespace

void append_release_entries(std::vector<Entry>& table) {
  append_layout_defects(table);
  append_ext_defects(table);
  table.push_back(of_later_release(tolerance(
      "find-start-stale", Op::sequence,
      "once sorted split BTF is relocated onto a base with fewer types than its distilled one, "
      "lookups miss the first of its types",
      "btf_relocate() moves start_id and leaves named_start_id as it was", starts_too_late)));
  table.push_back(of_later_release(guard(
      "permute-append-crash", Op::sequence,
      "once types were appended and then permuted, the next type is written beyond the heap",
      "btf__permute() puts a block without spare room in the place of the old one, and leaves "
      "types_data_cap as it was",
      appends_beyond_permuted)));
  table.push_back(of_later_release(
      tolerance("gap-lost-when-turned", Op::sequence,
                "BTF with a gap between its sections is written in the other byte order without "
                "the gap, but with the old offsets",
                "btf_get_raw_data() writes the sections one behind the other under the header as "
                "it was read",
                gap_lost_when_turned)));
  table.push_back(of_later_release(
      tolerance("gap-lost-when-modified", Op::sequence,
                "BTF with a gap before its types, once modified, or with one before its strings, "
                "once modified otherwise than by appending types, is written without the gap, but "
                "with the old offsets",
                "btf_hdr_update_type_len() and btf_dedup_compact_types() keep type_off, and no "
                "other call gives hdr its new offsets; btf_get_raw_data() writes no gap",
                gap_lost_when_modified)));
  table.push_back(of_later_release(tolerance(
      "gap-lost-nomem", Op::nomem,
      "BTF with a gap between its sections is, where memory runs out once it was made modifiable, "
      "written without the gap, but with the old offsets",
      "btf_ensure_modifiable() drops raw_data; only a call that succeeds gives hdr its new offsets",
      [](const Evaluation& evaluation, const Answer& predicted, const Answer& answer) {
        return evaluation.op == Op::nomem && gap_lost(evaluation, predicted, answer);
      })));
  table.push_back(of_later_release(
      with(Severity::hang,
           guard("dedup-endless-chain-hang", Op::dedup,
                 "comparing two structs whose members lead into loops of references never ends",
                 "btf_dedup_identical_types() goes back to `recur` without counting depth down",
                 compares_endless_chains))));
}

}  // namespace retort
