// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/witnesses.h"

#include "oracles/digest.h"
#include "relocator/builder.h"
#include "relocator/dedup.h"

namespace retort {
namespace {

btf::ParseOptions like(const btf::Btf& layer) {
  return {.base = layer.base(), .dialect = layer.dialect(), .borrow = true};
}

// Where each type of the witnessed layer went: the last VARs of the result tell.
std::optional<std::vector<std::uint32_t>> map_of(const btf::Btf& witnessed,
                                                 const btf::Btf& result) {
  const std::uint32_t types = (witnessed.end_id() - witnessed.start_id()) / 2;
  if (result.end_id() < result.start_id() + types) return {};
  std::vector<std::uint32_t> ids(witnessed.end_id());
  if (types == 0) ids.back() = result.end_id() - 1;
  for (std::uint32_t id = 0; id < witnessed.start_id(); ++id) ids[id] = id;
  for (std::uint32_t at = 0; at < types; ++at) {
    const std::uint32_t witness = result.end_id() - types + at;
    const btf::Type type = result.type(witness);
    if (type.kind() != btf::Kind::var) return {};
    ids[witnessed.start_id() + at] = type.type_id();
    ids[witnessed.start_id() + types + at] = witness;
  }
  return ids;
}

}  // namespace

std::vector<std::byte> with_witnesses(const btf::Btf& layer) {
  std::vector<std::uint32_t> words;
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
    const btf::Type type = layer.type(id);
    for (std::size_t word = 0; word < type.words(); ++word) words.push_back(type.word(word));
  }
  constexpr std::uint32_t static_linkage = 0;
  // Their name, which nobody else has, keeps the layer from being left without a string of its own:
  // libbpf then hands a null pointer to memcpy(). For that a layer without types gets one as well.
  const std::string name = "\x01 witness of layer " + std::to_string(layer.layer());
  const auto add = [&](std::uint32_t id) {
    words.insert(words.end(), {layer.end_string(), btf::pack_info({btf::Kind::var, false, 0}), id,
                               static_linkage});
  };
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) add(id);
  if (words.empty()) add(0);
  const btf::Header& old = layer.header();
  const btf::Bytes old_strings = layer.image().subspan(old.hdr_len + old.str_off, old.str_len);
  std::string strings(reinterpret_cast<const char*>(old_strings.data()), old_strings.size());
  strings.append(name).push_back('\0');
  return btf::encode_layer(words, strings, layer.byte_order());
}

Answer deduplicate(const btf::BtfPtr& layer) {
  const std::vector<std::byte> bytes = with_witnesses(*layer);
  const auto witnessed = btf::Btf::parse(bytes, like(*layer));
  const auto result = witnessed ? btf::dedup(**witnessed) : std::unexpected(witnessed.error());
  Answer answer;
  if (!result) {
    answer.outcome = Outcome::rejected;
    answer.code = result.error().code;
    answer.stage = Stage::dedup;
    answer.detail = btf::sentence(result.error());
    return answer;
  }
  answer.bytes = result->bytes;
  answer.digest = digest_of_result(answer.bytes, layer->base(), layer->dialect());
  return answer;
}

std::optional<std::string> unsound_result(const btf::BtfPtr& layer, btf::Bytes result,
                                          btf::Declarations declarations) {
  const std::vector<std::byte> bytes = with_witnesses(*layer);
  const auto witnessed = btf::Btf::parse(bytes, like(*layer));
  if (!witnessed) return "the layer cannot be read";
  const auto after = btf::Btf::parse(result, like(*layer));
  if (!after) return "the result cannot be read: " + btf::sentence(after.error());
  const auto ids = map_of(**witnessed, **after);
  if (!ids) return "witnesses were lost";
  return btf::unsound(**witnessed, **after, *ids, declarations);
}

}  // namespace retort
