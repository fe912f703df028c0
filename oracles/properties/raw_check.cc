// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/raw_check.h"

#include <unordered_set>

#include "relocator/canonical.h"

namespace retort {
namespace {

// The stack of an object, read from the bytes of each layer.
btf::BtfPtr parse_stack(const libbpf_ops& ops, const lb_btf* object, btf::Dialect dialect) {
  const lb_btf* const below = ops.base(object);
  btf::BtfPtr base;
  if (below != nullptr) {
    base = parse_stack(ops, below, dialect);
    if (!base) return nullptr;
  }
  const auto bytes = raw_data(ops, object);
  if (!bytes) return nullptr;
  const auto parsed = btf::Btf::parse(*bytes, {.base = base, .dialect = dialect});
  return parsed ? *parsed : nullptr;
}

std::string_view strings_of(const btf::Btf& layer) {
  const btf::Header& header = layer.header();
  const btf::Bytes section = layer.image().subspan(header.hdr_len + header.str_off, header.str_len);
  return {reinterpret_cast<const char*>(section.data()), section.size()};
}

template <class Visit>
void for_each_string(const btf::Btf& layer, Visit&& visit) {
  const std::string_view strings = strings_of(layer);
  for (std::size_t at = 0; at < strings.size();) {
    const std::size_t end = std::min(strings.find('\0', at), strings.size());
    visit(strings.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

std::optional<std::vector<std::byte>> raw_data(const libbpf_ops& ops, const lb_btf* object) {
  std::uint32_t length = 0;
  const auto* const data = static_cast<const std::byte*>(ops.raw(object, &length));
  if (data == nullptr) return {};
  return std::vector<std::byte>(data, data + length);
}

std::optional<std::string> raw_difference(const libbpf_ops& ops, const lb_btf* object,
                                          btf::Dialect dialect) {
  const ObjectView view(ops, object, dialect);
  const std::uint64_t seen = view.digest();
  const btf::BtfPtr parsed = parse_stack(ops, object, dialect);
  if (!parsed) return "the bytes cannot be read";
  if (parsed->end_id() != view.end_id()) return "the bytes hold another number of types";
  if (btf::canonical_digest(*parsed).value() != seen) return "the bytes hold other types";
  const bool big = parsed->byte_order() == std::endian::big;
  if (big != (ops.endianness(object) != 0)) return "the bytes are in another byte order";
  return {};
}

std::optional<std::string> repeated_string(const libbpf_ops& ops, const lb_btf* object,
                                           btf::Dialect dialect) {
  const btf::BtfPtr parsed = parse_stack(ops, object, dialect);
  if (!parsed) return {};
  std::unordered_set<std::string_view> seen;
  for (const btf::Btf* below = parsed->base().get(); below != nullptr; below = below->base().get())
    for_each_string(*below, [&](std::string_view text) { seen.insert(text); });
  std::optional<std::string> repeated;
  for_each_string(*parsed, [&](std::string_view text) {
    if (!seen.insert(text).second) repeated = "\"" + std::string(text) + "\"";
  });
  return repeated;
}

std::optional<std::string> turned_over_difference(const libbpf_ops& ops, lb_btf* object) {
  const int big = ops.endianness(object);
  const auto before = raw_data(ops, object);
  ops.set_endianness(object, big == 0 ? 1 : 0);
  const auto turned = raw_data(ops, object);
  ops.set_endianness(object, big);
  const auto after = raw_data(ops, object);
  if (!before || !turned || !after) return "there are no bytes";
  if (before == after) return {};
  return before->size() == after->size()
             ? "the bytes are others"
             : std::to_string(before->size()) + " bytes become " + std::to_string(after->size());
}

}  // namespace retort
