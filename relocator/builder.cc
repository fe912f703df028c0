// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/builder.h"

#include <cstring>
#include <utility>

#include "relocator/index.h"

namespace btf {

StringTable::StringTable(const StringTable* below)
    : below_(below), start_(below != nullptr ? below->end() : 0) {
  if (below_ == nullptr) add({});
}

StringTable StringTable::of(const Btf& top) {
  StringTable table;
  std::vector<const Btf*> layers;
  for (const Btf* layer = &top; layer != nullptr; layer = layer->base().get())
    layers.push_back(layer);
  table.characters_.clear();
  table.slots_.clear();
  table.count_ = 0;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    for (std::uint32_t at = (*layer)->start_string(); at < (*layer)->end_string();) {
      const std::string_view text = (*layer)->name(at);
      const auto hash = static_cast<std::uint32_t>(hash_name(text));
      if (!table.find(text, hash)) table.insert(hash, at);
      table.characters_.insert(table.characters_.end(), text.begin(), text.end());
      table.characters_.push_back('\0');
      at += static_cast<std::uint32_t>(text.size()) + 1;
    }
  }
  return table;
}

std::optional<std::uint32_t> StringTable::find(std::string_view text) const {
  return find(text, static_cast<std::uint32_t>(hash_name(text)));
}

std::optional<std::uint32_t> StringTable::find(std::string_view text, std::uint32_t hash) const {
  if (below_ != nullptr)
    if (const auto found = below_->find(text, hash)) return found;
  if (slots_.empty()) return {};
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask; slots_[slot].offset != kFree; slot = (slot + 1) & mask)
    if (slots_[slot].hash == hash && characters_.data() + (slots_[slot].offset - start_) == text)
      return slots_[slot].offset;
  return {};
}

std::uint32_t StringTable::add(std::string_view text) {
  const auto hash = static_cast<std::uint32_t>(hash_name(text));
  if (const auto found = find(text, hash)) return *found;
  const std::uint32_t offset = end();
  characters_.insert(characters_.end(), text.begin(), text.end());
  characters_.push_back('\0');
  insert(hash, offset);
  return offset;
}

void StringTable::insert(std::uint32_t hash, std::uint32_t offset) {
  if (std::size_t{count_} * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot].offset != kFree) slot = (slot + 1) & mask;
  slots_[slot] = {hash, offset};
  ++count_;
}

void StringTable::grow() {
  constexpr std::size_t first = 16;
  std::vector<Slot> old(slots_.empty() ? first : slots_.size() * 2);
  std::swap(old, slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& entry : old) {
    if (entry.offset == kFree) continue;
    std::size_t slot = entry.hash & mask;
    while (slots_[slot].offset != kFree) slot = (slot + 1) & mask;
    slots_[slot] = entry;
  }
}

std::uint32_t Builder::add(Info info, std::string_view name, std::uint32_t third,
                           std::span<const std::uint32_t> tail) {
  words_.push_back(strings_.add(name));
  words_.push_back(pack_info(info));
  words_.push_back(third);
  words_.insert(words_.end(), tail.begin(), tail.end());
  return start_id_ + next_id_++;
}

std::uint32_t Builder::add_int(std::string_view name, std::uint32_t bytes, std::uint32_t encoding) {
  const std::uint32_t data = encoding << 24 | bytes * 8;
  return add({Kind::int_, false, 0}, name, bytes, {&data, 1});
}

std::uint32_t Builder::add_float(std::string_view name, std::uint32_t bytes) {
  return add({Kind::float_, false, 0}, name, bytes);
}

std::uint32_t Builder::add_reference(Kind kind, std::uint32_t type_id, std::string_view name) {
  return add({kind, false, 0}, name, type_id);
}

std::uint32_t Builder::add_array(std::uint32_t type_id, std::uint32_t index_id,
                                 std::uint32_t elements) {
  const std::uint32_t tail[] = {type_id, index_id, elements};
  return add({Kind::array, false, 0}, {}, 0, tail);
}

std::uint32_t Builder::add_fwd(std::string_view name, bool is_union) {
  return add({Kind::fwd, is_union, 0}, name, 0);
}

std::uint32_t Builder::add_composite(Kind kind, std::string_view name, std::uint32_t bytes,
                                     std::initializer_list<Member> members, bool kflag) {
  // The type's own name comes first in the string section, as a reader of the records expects.
  strings_.add(name);
  std::vector<std::uint32_t> tail;
  for (const Member& member : members)
    tail.insert(tail.end(), {strings_.add(member.name), member.type_id, member.offset});
  return add({kind, kflag, static_cast<std::uint32_t>(members.size())}, name, bytes, tail);
}

std::uint32_t Builder::add_enum(Kind kind, std::string_view name, std::uint32_t bytes,
                                std::initializer_list<Enumerator> values, bool is_signed) {
  strings_.add(name);
  std::vector<std::uint32_t> tail;
  for (const Enumerator& value : values) {
    tail.insert(tail.end(), {strings_.add(value.name), static_cast<std::uint32_t>(value.value)});
    if (kind == Kind::enum64) tail.push_back(static_cast<std::uint32_t>(value.value >> 32));
  }
  return add({kind, is_signed, static_cast<std::uint32_t>(values.size())}, name, bytes, tail);
}

std::uint32_t Builder::add_func_proto(std::uint32_t return_id,
                                      std::initializer_list<Member> params) {
  std::vector<std::uint32_t> tail;
  for (const Member& param : params)
    tail.insert(tail.end(), {strings_.add(param.name), param.type_id});
  return add({Kind::func_proto, false, static_cast<std::uint32_t>(params.size())}, {}, return_id,
             tail);
}

std::uint32_t Builder::add_func(std::string_view name, std::uint32_t proto_id,
                                std::uint32_t linkage) {
  return add({Kind::func, false, linkage}, name, proto_id);
}

std::uint32_t Builder::add_var(std::string_view name, std::uint32_t type_id,
                               std::uint32_t linkage) {
  return add({Kind::var, false, 0}, name, type_id, {&linkage, 1});
}

std::uint32_t Builder::add_decl_tag(std::string_view text, std::uint32_t type_id,
                                    std::uint32_t component) {
  return add({Kind::decl_tag, false, 0}, text, type_id, {&component, 1});
}

std::vector<std::byte> Builder::finish() const {
  const std::span<const char> characters = strings_.characters();
  return encode_layer(words_, {characters.data(), characters.size()}, order_);
}

std::vector<std::byte> encode_layer(std::span<const std::uint32_t> words, std::string_view strings,
                                    std::endian order) {
  const auto type_bytes = static_cast<std::uint32_t>(words.size() * kWordBytes);
  const auto string_bytes = static_cast<std::uint32_t>(strings.size());
  std::vector<std::byte> bytes(kHeaderBytes + type_bytes + string_bytes);
  const std::uint32_t fields[] = {kHeaderBytes, 0, type_bytes, type_bytes, string_bytes};
  std::memcpy(bytes.data(), &kMagic, sizeof kMagic);
  bytes[2] = std::byte{1};
  std::memcpy(bytes.data() + kWordBytes, fields, sizeof fields);
  if (type_bytes != 0) std::memcpy(bytes.data() + kHeaderBytes, words.data(), type_bytes);
  if (string_bytes != 0)
    std::memcpy(bytes.data() + kHeaderBytes + type_bytes, strings.data(), string_bytes);
  if (order == std::endian::native) return bytes;
  std::swap(bytes[0], bytes[1]);
  for (std::size_t at = kWordBytes; at < kHeaderBytes + type_bytes; at += kWordBytes)
    store_word(bytes.data() + at, swap_bytes(load_word(bytes.data() + at)));
  return bytes;
}

}  // namespace btf
