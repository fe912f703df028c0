// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/test_support.h"

#include <cstring>
#include <stdexcept>

#include "relocator/check.h"
#include "relocator/error.h"

namespace btf::testing {

std::vector<Kind> every_kind() {
  std::vector<Kind> kinds;
  for (unsigned kind = 1; kind < kKindCount; ++kind) kinds.push_back(static_cast<Kind>(kind));
  return kinds;
}

BtfPtr must_parse(Bytes bytes, const ParseOptions& options) {
  auto parsed = Btf::parse(bytes, options);
  if (!parsed) throw std::runtime_error(sentence(parsed.error()));
  return *parsed;
}

BtfPtr must_parse_on(const BtfPtr& base, Bytes bytes) {
  return must_parse(bytes, {.base = base});
}

BtfPtr must_open(Bytes bytes, const BtfPtr& base) {
  auto opened = open(bytes, agreed_policy(), base);
  if (!opened) throw std::runtime_error(sentence(opened.error()));
  return *opened;
}

ByteVector all_kinds(std::endian order) {
  Builder base(order);
  base.add_int("int", 4, 1);
  base.add_reference(Kind::ptr, 18);
  base.add_array(1, 1, 8);
  base.add_composite(
      Kind::struct_, "record", 48,
      {{"low", 1, 3U << 24 | 0}, {"high", 1, 5U << 24 | 3}, {"", 5, 64}, {"list", 3, 128}}, true);
  base.add_composite(Kind::union_, "either", 8, {{"pointer", 2, 0}, {"number", 16, 0}});
  base.add_enum(Kind::enum_, "color", 4, {{"red", 0xffffffff}, {"green", 7}}, true);
  base.add_fwd("opaque", false);
  base.add_reference(Kind::typedef_, 4, "record_t");
  base.add_reference(Kind::volatile_, 1);
  base.add_reference(Kind::const_, 8);
  base.add_reference(Kind::restrict_, 2);
  base.add_func("run", 13, 1);
  base.add_func_proto(1, {{"self", 11}, {"mode", 6}, {"", 0}});
  base.add_var("state", 10, 1);
  const std::uint32_t entry[] = {14, 0, 48};
  base.add({Kind::datasec, false, 1}, ".data", 48, entry);
  base.add_float("double", 8);
  base.add_decl_tag("guarded by lock", 4, 0);
  base.add_reference(Kind::type_tag, 4, "user");
  base.add_enum(Kind::enum64, "wide", 8, {{"most", ~std::uint64_t{0}}});
  return base.finish();
}

std::uint32_t peek(Bytes bytes, std::size_t offset, std::endian order) {
  const std::uint32_t word = load_word(bytes.subspan(offset, kWordBytes).data());
  return order == std::endian::native ? word : swap_bytes(word);
}

void poke(ByteVector& bytes, std::size_t offset, std::uint32_t word, std::endian order) {
  if (offset + kWordBytes > bytes.size()) throw std::out_of_range("poke beyond the bytes");
  store_word(bytes.data() + offset, order == std::endian::native ? word : swap_bytes(word));
}

ByteVector RawLayer::bytes() const {
  const auto type_bytes = static_cast<std::uint32_t>(types.size() * kWordBytes);
  const auto string_bytes = static_cast<std::uint32_t>(strings.size());
  const auto layout_bytes = static_cast<std::uint32_t>(layout.size() * kWordBytes);
  ByteVector bytes(header_bytes + type_bytes + string_bytes + layout_bytes);
  const auto put_half = [&](std::size_t at, std::uint16_t half) {
    if (order != std::endian::native) half = swap_bytes(half);
    std::memcpy(bytes.data() + at, &half, sizeof half);
  };
  put_half(0, kMagic);
  bytes[2] = std::byte{1};
  const std::uint32_t fields[] = {header_bytes, 0, type_bytes, type_bytes + layout_bytes,
                                  string_bytes};
  std::size_t at = kWordBytes;
  for (const std::uint32_t field : fields) {
    poke(bytes, at, field, order);
    at += kWordBytes;
  }
  if (!layout.empty()) {
    poke(bytes, 24, type_bytes, order);
    poke(bytes, 28, layout_bytes, order);
  }
  at = header_bytes;
  for (const std::uint32_t word : types) {
    poke(bytes, at, word, order);
    at += kWordBytes;
  }
  for (const auto& [fixed, element] : layout) {
    bytes[at] = std::byte{fixed};
    bytes[at + 1] = std::byte{element};
    put_half(at + 2, 1);
    at += kWordBytes;
  }
  std::memcpy(bytes.data() + at, strings.data(), strings.size());
  return bytes;
}

std::vector<std::pair<std::uint8_t, std::uint8_t>> known_layout() {
  std::vector<std::pair<std::uint8_t, std::uint8_t>> layout;
  for (const Shape& shape : kShapes)
    layout.emplace_back(static_cast<std::uint8_t>(shape.fixed * kWordBytes),
                        static_cast<std::uint8_t>(shape.element * kWordBytes));
  return layout;
}

Base::Base(const ByteVector& bytes) : btf(must_parse(bytes)), strings(StringTable::of(*btf)) {}

BtfPtr Base::parse(const Builder& split) const {
  return must_parse_on(btf, split.finish());
}

namespace {

ParseOptions reading(const Policy& policy, BtfPtr base = nullptr) {
  return {.base = std::move(base),
          .dialect = policy.follows(Rule::wide_vlen) ? Dialect::wide : Dialect::narrow,
          .fwd_type_refers = policy.follows(Rule::fwd_type_refers)};
}

}  // namespace

BtfPtr RelocationInput::parse_split(const Policy& policy) const {
  Builder low(order);
  if (distilled) distilled(low);
  Builder high(low, order);
  if (split) split(high);
  return must_parse(high.finish(), reading(policy, must_parse(low.finish(), reading(policy))));
}

BtfPtr RelocationInput::parse_target(const Policy& policy) const {
  Builder builder(target_order);
  if (target) target(builder);
  return must_parse(builder.finish(), reading(policy));
}

std::string outcome_of(const RelocationInput& input, const Policy& policy, Trace* trace) {
  const BtfPtr split = input.parse_split(policy);
  const BtfPtr target = input.parse_target(policy);
  const auto relocated = relocate(*split, NameIndex(*target), policy, trace);
  std::string text;
  const auto append = [&](std::string_view separator, const std::string& part) {
    text += (text.empty() ? "" : std::string(separator)) + part;
  };
  if (relocated) {
    for (std::uint32_t id = 1; id < split->start_id(); ++id)
      append(" ", std::to_string(id) + "->" + std::to_string(relocated->id_map[id]));
    return text;
  }
  if (relocated.error().mismatches.empty())
    return std::string(reason_name(relocated.error().error));
  for (const std::string& mismatch : in_words(relocated.error().mismatches)) append(", ", mismatch);
  return text;
}

Policy agreed_with(Rule rule, bool followed) {
  Policy policy = agreed_policy();
  policy.name = followed ? "agreed with the rule" : "agreed without the rule";
  if (followed)
    policy.rules.insert(rule);
  else
    policy.rules.erase(rule);
  return policy;
}

std::vector<std::string> names(CheckSet checks) {
  std::vector<std::string> texts;
  for (std::size_t index = 0; index < kCheckCount; ++index)
    if (const auto check = static_cast<Check>(index); checks.has(check))
      texts.emplace_back(text_of(check).name);
  return texts;
}

std::vector<std::string> names(RuleSet rules) {
  std::vector<std::string> texts;
  for (std::size_t index = 0; index < kRuleCount; ++index)
    if (const auto rule = static_cast<Rule>(index); rules.has(rule))
      texts.emplace_back(text_of(rule).name);
  return texts;
}

std::vector<std::string> in_words(const std::vector<Mismatch>& mismatches) {
  std::vector<std::string> texts;
  for (const Mismatch& mismatch : mismatches)
    texts.push_back(std::to_string(mismatch.distilled_id) + " " +
                    std::string(mismatch_name(mismatch.reason)));
  return texts;
}

}  // namespace btf::testing
