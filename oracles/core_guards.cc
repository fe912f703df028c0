// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Guards of CO-RE, .BTF.ext and ELF files.
#include <algorithm>
#include <vector>

#include "oracles/inspection_guards.h"
#include "oracles/properties/core.h"
#include "oracles/properties/core_compare.h"
#include "oracles/properties/elf_maker.h"
#include "oracles/properties/ext_records.h"
#include "oracles/properties/variants.h"
#include "oracles/properties/walk.h"

namespace retort {
namespace {

constexpr std::uint64_t kTooLong = std::uint64_t{1} << 26;
constexpr int kDepth = 32;  // CO-RE's own limit on recursion
constexpr std::size_t kWordsOfValue = 2, kWordsOfLongValue = 3;

template <class Test>
bool any_side(const Evaluation& evaluation, Test&& test) {
  if (evaluation.op != Op::core || !evaluation.source) return false;
  return test(*evaluation.source) || (evaluation.target && test(*evaluation.target));
}

template <class Test>
bool any_type(const btf::Btf& top, Test&& test) {
  for (std::uint32_t id = 1; id < top.end_id(); ++id)
    if (test(top.type(id))) return true;
  return false;
}

void steps_of_stripping(const btf::Type& type, const Visit& visit) {
  if (btf::is_modifier(type.kind())) visit(type.type_id(), 1);
}

// By id: how many comparisons a comparison of the type makes, as deep as CO-RE lets it go.
std::vector<std::uint64_t> comparisons(const btf::Btf& top) {
  std::vector<std::uint64_t> counts(top.end_id(), 1);
  for (int level = 0; level < kDepth; ++level) {
    std::vector<std::uint64_t> next(top.end_id(), 1);
    for (std::uint32_t id = 1; id < top.end_id(); ++id) {
      const auto add = [&](std::uint32_t to, std::uint32_t) {
        if (to < top.end_id()) next[id] = std::min(next[id] + counts[to], 2 * kTooLong);
      };
      steps_of_order(top.type(id), add);
      if (btf::is_composite(top.type(id).kind())) steps_of_alignment(top.type(id), add);
    }
    counts = std::move(next);
  }
  return counts;
}

bool asks_for_value(const CoreLine& line) {
  constexpr std::uint32_t exists = 10, value = 11;  // of enum bpf_core_relo_kind
  return line.kind == exists || line.kind == value;
}

bool is_candidate(const btf::Btf& local, const btf::Type& wanted, const btf::Btf& aim,
                  const btf::Type& type) {
  return same_kind_for_core(wanted, type) &&
         essential_name(aim.name(type)) == essential_name(local.name(wanted));
}

// What is asked for the value of anything else is refused before it is compared.
bool is_enum_with_values(const btf::Btf& top, std::uint32_t id) {
  if (id == 0 || id >= top.end_id()) return false;
  const std::uint32_t behind = stripped(top, id).value_or(0);
  return behind != 0 && btf::is_enumeration(top.type(behind).kind()) && top.type(behind).vlen() > 0;
}

// Whether the types of its layer end before the first value of an enumeration there would.
bool ends_before_value(const btf::Btf& top, std::uint32_t id) {
  if (id == 0) return true;
  const btf::Btf& layer = top.layer_of(id);
  const std::size_t words =
      layer.type(id).kind() == btf::Kind::enum_ ? kWordsOfValue : kWordsOfLongValue;
  const btf::Header& header = layer.header();
  const std::uint64_t end =
      std::uint64_t{header.hdr_len} + header.type_off + std::uint64_t{header.type_len};
  return layer.record_offset(id) + btf::kHeadBytes + words * btf::kWordBytes > end;
}

// The words of .BTF.ext that deduplication comes to rewrite.
template <class Test>
bool any_ext_word(const Evaluation& evaluation, Test&& test) {
  const auto* bytes = evaluation.pair.find(kExt);
  if (evaluation.op != Op::ext || bytes == nullptr || !evaluation.source) return false;
  const auto words = read_ext(*bytes);
  if (!words || !well_formed_layers(evaluation.pair)) return false;
  return std::ranges::any_of(*words, [&](const ExtWord& word) {
    return test(*evaluation.source, word, btf::load_word(bytes->data() + word.at));
  });
}

}  // namespace

bool adds_string_behind_short_header(const Evaluation& evaluation) {
  const auto is_short = [](const btf::BtfPtr& layer) {
    return layer && layer->header().hdr_len < btf::kHeaderBytes;
  };
  if (evaluation.op == Op::core) return is_short(evaluation.source);
  return evaluation.op == Op::reparse &&
         (is_short(evaluation.source) || is_short(evaluation.target));
}

bool has_ext_id_out_of_range(const Evaluation& evaluation, const Answer&) {
  return any_ext_word(evaluation, [](const btf::Btf& top, const ExtWord& word, std::uint32_t id) {
    return word.is_id && id >= top.end_id();
  });
}

bool has_ext_string_out_of_range(const Evaluation& evaluation, const Answer&) {
  return any_ext_word(evaluation,
                      [](const btf::Btf& top, const ExtWord& word, std::uint32_t offset) {
                        return !word.is_id && offset >= top.end_string();
                      });
}

bool has_elf_section_without_bytes(const Evaluation& evaluation, const Answer&) {
  const auto* file = evaluation.pair.find(kElf);
  if (evaluation.op != Op::elf || file == nullptr) return false;
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{".BTF", ".BTF.base"},
      [&](std::string_view name) { return has_section_without_bytes(*file, name); });
}

bool has_stripped_loop(const Evaluation& evaluation, const Answer&) {
  return any_side(evaluation, [](const btf::Btf& top) {
    return std::ranges::max(walk_lengths(top, steps_of_stripping)) == kEndless;
  });
}

bool has_array_in_itself(const Evaluation& evaluation, const Answer&) {
  const auto through_elements = [](const btf::Type& type, const Visit& visit) {
    steps_of_stripping(type, visit);
    if (type.kind() == btf::Kind::array) visit(type.fixed(0), 1);
  };
  return any_side(evaluation, [&](const btf::Btf& top) {
    return std::ranges::max(walk_lengths(top, through_elements)) == kEndless;
  });
}

bool reads_value_of_no_enum(const Evaluation& evaluation, const Answer&) {
  if (evaluation.op != Op::core || !evaluation.source) return false;
  const btf::Btf& local = *evaluation.source;
  const btf::Btf& aim = evaluation.target ? *evaluation.target : local;
  const auto reads = [&](const CoreLine& line) {
    return asks_for_value(line) && is_enum_with_values(local, line.id) &&
           any_type(aim, [&](const btf::Type& type) {
             return is_candidate(local, local.type(line.id), aim, type) &&
                    ends_before_value(aim, stripped(aim, type.id()).value_or(0));
           });
  };
  return std::ranges::any_of(core_lines(evaluation.pair, local.end_id()), reads);
}

bool has_comparison_too_long(const Evaluation& evaluation, const Answer&) {
  return any_side(evaluation, [](const btf::Btf& top) {
    return std::ranges::max(comparisons(top)) > kTooLong;
  });
}

bool has_compared_return_id_out_of_range(const Evaluation& evaluation, const Answer&) {
  return any_side(evaluation, [](const btf::Btf& top) {
    return any_type(top, [&](const btf::Type& type) {
      return type.kind() == btf::Kind::func_proto && type.type_id() >= top.end_id();
    });
  });
}

bool has_bit_field_of_no_size(const Evaluation& evaluation, const Answer&) {
  return any_side(evaluation, [](const btf::Btf& top) {
    return any_type(top, [&](const btf::Type& type) {
      if (!btf::is_composite(type.kind()) || !type.kflag()) return false;
      for (std::uint32_t index = 0; index < type.vlen(); ++index) {
        if (btf::member_bit_size(type.element(index, 2), true) == 0) continue;
        std::uint32_t id = type.element(index, 1);
        for (int depth = 0; depth < 1000 && btf::is_modifier(top.type(id).kind()); ++depth)
          id = top.type(id).type_id();
        if (id == 0 || top.type(id).word(2) == 0) return true;
      }
      return false;
    });
  });
}

}  // namespace retort
