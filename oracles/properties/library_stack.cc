// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/library_stack.h"

#include <array>
#include <bit>
#include <cstring>

namespace retort {
namespace {

// What the header says, in whichever order it was written.
std::uint32_t string_bytes(Bytes raw) {
  constexpr std::size_t kStrLen = 20;
  if (raw.size() < btf::kHeaderBytes) return 0;
  const std::uint32_t word = btf::load_word(raw.data() + kStrLen);
  std::uint16_t magic = 0;
  std::memcpy(&magic, raw.data(), sizeof magic);
  return magic == btf::kMagic ? word : btf::swap_bytes(word);
}

}  // namespace

int parse(const libbpf_ops& ops, Bytes bytes, lb_btf* base, lb_btf*& opened) {
  static constexpr std::byte nothing{};
  return ops.parse(bytes.empty() ? &nothing : bytes.data(),
                   static_cast<std::uint32_t>(bytes.size()), base, &opened);
}

Bytes raw_bytes(const libbpf_ops& ops, const lb_btf* btf) {
  std::uint32_t length = 0;
  const void* data = ops.raw(btf, &length);
  if (data == nullptr) return {};
  return {static_cast<const std::byte*>(data), length};
}

namespace {

// A size in a layout section is a byte; records are read in words.
constexpr std::size_t kMostWords = 256 / btf::kWordBytes;

// Every shape that a layout section can give a kind which we do not know, so that a Type can point
// at its own for as long as it likes.
constexpr auto kUnknownShapes = [] {
  std::array<btf::Shape, kMostWords * kMostWords> shapes{};
  for (std::size_t at = 0; at < shapes.size(); ++at) {
    shapes[at].fixed = static_cast<std::uint8_t>(at / kMostWords);
    shapes[at].element = static_cast<std::uint8_t>(at % kMostWords);
  }
  return shapes;
}();

// Of a kind that only a layout section sizes: the layer's own, or that of a layer below.
const btf::Shape& shape_by_layout(const libbpf_ops& ops, const lb_btf* layer, std::size_t kind) {
  for (const lb_btf* at = layer; at != nullptr; at = ops.base(at)) {
    const Bytes bytes = raw_bytes(ops, at);
    const bool foreign = (ops.endianness(at) != 0) != (std::endian::native == std::endian::big);
    const auto word = [&](std::size_t index) {
      const std::uint32_t value = btf::load_word(bytes.data() + index * btf::kWordBytes);
      return foreign ? btf::swap_bytes(value) : value;
    };
    if (bytes.size() < btf::kLayoutHeaderBytes || word(1) < btf::kLayoutHeaderBytes ||
        kind >= word(7) / btf::kLayoutEntryBytes)
      continue;
    const std::byte* entry = bytes.data() + word(1) + word(6) + kind * btf::kLayoutEntryBytes;
    const auto words = [](std::byte size) {
      return std::to_integer<std::size_t>(size) / btf::kWordBytes;
    };
    return kUnknownShapes[words(entry[0]) * kMostWords + words(entry[1])];
  }
  return kUnknownShapes[0];
}

}  // namespace

std::string_view string_of(const libbpf_ops& ops, const lb_btf* btf, std::uint32_t offset) {
  const char* text = ops.string(btf, offset);
  return text != nullptr ? std::string_view(text) : std::string_view();
}

std::uint64_t digest_of(const Library& library, const lb_btf* btf, std::uint32_t start) {
  return btf::canonical_digest(
             start, library.ops->type_count(btf),
             [&](std::uint32_t id) { return record_of(library, btf, id); },
             [&](std::uint32_t offset) { return string_of(*library.ops, btf, offset); })
      .value();
}

btf::Type record_of(const Library& library, const lb_btf* btf, std::uint32_t id) {
  const auto* record = static_cast<const std::byte*>(library.ops->type(btf, id));
  const btf::Info info =
      btf::unpack_info(btf::load_word(record + btf::kWordBytes), library.dialect);
  const auto kind = static_cast<std::size_t>(info.kind);
  if (kind < btf::kKindCount) return {id, record, info, &btf::kShapes[kind]};
  return {id, record, info, &shape_by_layout(*library.ops, btf, kind)};
}

std::optional<LibraryStack> LibraryStack::open(const Library& library,
                                               std::span<const Bytes> layers) {
  if (layers.empty()) return {};
  LibraryStack stack(library);
  for (const Bytes bytes : layers) {
    lb_btf* opened = nullptr;
    lb_btf* const base = stack.layers_.empty() ? nullptr : stack.top();
    if (parse(*library.ops, bytes, base, opened) != 0) return {};
    stack.layers_.push_back(LibbpfHandle(opened, LibbpfFreer{library.ops}));
  }
  return stack;
}

Bytes LibraryStack::raw(std::size_t index) const {
  return raw_bytes(*library_.ops, layer(index));
}

std::vector<Bytes> LibraryStack::raw_layers() const {
  std::vector<Bytes> layers;
  for (std::size_t index = 0; index < size(); ++index) layers.push_back(raw(index));
  return layers;
}

std::uint64_t LibraryStack::digest() const {
  btf::Digest digest;
  for (const LibbpfHandle& layer : layers_) digest.add(library_.ops->type_count(layer.get()));
  digest.add_wide(digest_of(library_, top(), 1));
  return digest.value();
}

std::string_view LibraryStack::string(std::uint32_t offset) const {
  return string_of(*library_.ops, top(), offset);
}

std::uint32_t LibraryStack::end_string() const {
  std::uint32_t end = 0;
  for (std::size_t index = 0; index < size(); ++index) end += string_bytes(raw(index));
  return end;
}

}  // namespace retort
