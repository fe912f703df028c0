// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/builder.h"

#include <algorithm>
#include <bit>
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
      table.make_room();
      Slot& slot = table.slots_[table.slot_of(text, hash)];
      if (slot.offset == kFree) {
        slot = {hash, at};
        ++table.count_;
      }
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
  for (const StringTable* table = this; table != nullptr; table = table->below_) {
    if (table->slots_.empty()) continue;
    const std::uint32_t offset = table->slots_[table->slot_of(text, hash)].offset;
    if (offset != kFree) return offset;
  }
  return {};
}

// The slot that holds the string, or the free one where it belongs.
std::size_t StringTable::slot_of(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot].offset != kFree &&
         (slots_[slot].hash != hash || !holds(slots_[slot].offset, text)))
    slot = (slot + 1) & mask;
  return slot;
}

// Each string ends in NUL, and so does what follows a shorter one.
bool StringTable::holds(std::uint32_t offset, std::string_view text) const {
  const std::size_t at = offset - start_;
  return text.size() < characters_.size() - at && characters_[at + text.size()] == '\0' &&
         std::string_view(characters_.data() + at, text.size()) == text;
}

void StringTable::reserve(std::size_t strings, std::size_t characters) {
  characters_.reserve(characters);
  if (strings * 2 > slots_.size()) grow(std::bit_ceil(strings * 2));
}

std::uint32_t StringTable::add(std::string_view text) {
  const auto hash = static_cast<std::uint32_t>(hash_name(text));
  if (below_ != nullptr)
    if (const auto found = below_->find(text, hash)) return *found;
  make_room();
  Slot& slot = slots_[slot_of(text, hash)];
  if (slot.offset != kFree) return slot.offset;
  slot = {hash, end()};
  ++count_;
  const std::size_t begin = characters_.size();
  characters_.resize(begin + text.size() + 1);
  if (!text.empty()) std::memcpy(characters_.data() + begin, text.data(), text.size());
  return slot.offset;
}

void StringTable::make_room() {
  constexpr std::size_t first = 16;
  if (std::size_t{count_} * 2 >= slots_.size()) grow(std::max(first, slots_.size() * 2));
}

void StringTable::grow(std::size_t size) {
  std::vector<Slot> old(size);
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
