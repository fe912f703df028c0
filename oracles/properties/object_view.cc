// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/object_view.h"

#include "relocator/canonical.h"

namespace retort {
namespace {

// Kinds beyond ours are accepted by versions that read a layout; only their heads are looked at.
const btf::Shape* shape_for(btf::Kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return &btf::kShapes[index < btf::kShapes.size() ? index : 0];
}

}  // namespace

ObjectView::ObjectView(const libbpf_ops& ops, const lb_btf* object, btf::Dialect dialect)
    : ops_(ops), object_(object), dialect_(dialect), end_id_(ops.type_count(object)) {
  const lb_btf* const base = ops.base(object);
  start_id_ = base != nullptr ? ops.type_count(base) : 1;
}

btf::Type ObjectView::type(std::uint32_t id) const {
  const auto* record = static_cast<const std::byte*>(ops_.type(object_, id));
  const btf::Info info = btf::unpack_info(btf::load_word(record + btf::kWordBytes), dialect_);
  return {id, record, info, shape_for(info.kind)};
}

std::string_view ObjectView::string(std::uint32_t offset) const {
  const char* const text = ops_.string(object_, offset);
  return text != nullptr ? std::string_view(text) : std::string_view();
}

std::uint64_t ObjectView::digest_as(std::uint32_t id, std::uint32_t own_id,
                                    std::uint32_t shift) const {
  return digest_as(id, own_id, [&](std::uint32_t other) { return other - shift; });
}

std::uint64_t ObjectView::digest_as(
    std::uint32_t id, std::uint32_t own_id,
    const std::function<std::uint32_t(std::uint32_t)>& renumber) const {
  const btf::Type own = type(id);
  // A copy with other ids, so that types of two objects can be compared.
  std::vector<std::uint32_t> words(own.words());
  for (std::size_t word = 0; word < words.size(); ++word) words[word] = own.word(word);
  btf::for_each_id(own, [&](std::size_t word) {
    if (words[word] != 0) words[word] = renumber(words[word]);
  });
  // A FWD's third word means nothing, though libbpf takes it for an id and shifts it.
  if (own.kind() == btf::Kind::fwd) words[2] = 0;
  btf::Digest digest;
  const btf::Type renumbered(own_id, reinterpret_cast<const std::byte*>(words.data()),
                             btf::unpack_info(words[1], dialect_), &own.shape());
  btf::add_canonical(digest, renumbered, [&](std::uint32_t offset) { return string(offset); });
  return digest.value();
}

std::vector<std::uint64_t> ObjectView::digests(std::uint32_t shift) const {
  std::vector<std::uint64_t> digests;
  digests.reserve(end_id_ - start_id_);
  for (std::uint32_t id = start_id_; id < end_id_; ++id) digests.push_back(digest_of(id, shift));
  return digests;
}

std::uint32_t ObjectView::bytes() const {
  std::size_t bytes = 0;
  for (std::uint32_t id = start_id_; id < end_id_; ++id) bytes += type(id).bytes().size();
  return static_cast<std::uint32_t>(bytes);
}

std::uint64_t ObjectView::digest() const {
  return btf::canonical_digest(
             start_id_, end_id_, [&](std::uint32_t id) { return type(id); },
             [&](std::uint32_t offset) { return string(offset); })
      .value();
}

bool ObjectView::is_broken(std::uint32_t id, bool as_parsed) const {
  const btf::Type own = type(id);
  bool broken = false;
  btf::for_each_id(own, [&](std::size_t word) {
    const bool unchecked = as_parsed && own.kind() == btf::Kind::func_proto && word == 2;
    broken = broken || (!unchecked && own.word(word) >= end_id_);
  });
  btf::for_each_name(own, [&](std::size_t word) {
    broken = broken || ops_.string(object_, own.word(word)) == nullptr;
  });
  return broken ||
         (own.kind() == btf::Kind::func && type(own.type_id()).kind() != btf::Kind::func_proto);
}

std::uint32_t ObjectView::first_broken() const {
  for (std::uint32_t id = 1; id < end_id_; ++id)
    if (is_broken(id, false)) return id;
  return 0;
}

bool ObjectView::can_be_parsed() const {
  for (std::uint32_t id = start_id_; id < end_id_; ++id)
    if (is_broken(id, true)) return false;
  return true;
}

}  // namespace retort
