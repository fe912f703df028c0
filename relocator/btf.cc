// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Parsing: the header, the sections' bounds, then one walk over the records that notes where each
// begins and, for foreign byte order, swaps it on the way. Every length is checked in 64 bits
// before it is used.
#include "relocator/btf.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace btf {
namespace {

// A FWD whose third word is read as a reference, as libbpf's and the kernel's field iterators do.
constexpr Shape kReferringFwd = {.third = ThirdWord::type, .known = true};

constexpr std::endian kForeign =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;

void swap_word(std::byte* at) {
  store_word(at, swap_bytes(load_word(at)));
}

void swap_half(std::byte* at) {
  std::uint16_t half;
  std::memcpy(&half, at, sizeof half);
  half = swap_bytes(half);
  std::memcpy(at, &half, sizeof half);
}

void swap_words(std::byte* at, std::size_t count) {
  for (std::size_t index = 0; index < count; ++index) swap_word(at + index * kWordBytes);
}

// Magic and every 32-bit field that hdr_len covers; version and flags are single bytes.
void swap_header(std::byte* image, std::uint32_t header_bytes) {
  swap_half(image);
  swap_words(image + kWordBytes, header_bytes / kWordBytes - 1);
}

// Per kind: two bytes of sizes, then sixteen bits of flags.
void swap_layout_flags(std::byte* layout, std::uint32_t bytes) {
  for (std::uint32_t at = 0; at < bytes; at += kLayoutEntryBytes) swap_half(layout + at + 2);
}

}  // namespace

class Parser {
 public:
  Parser(Bytes bytes, const ParseOptions& options) : bytes_(bytes), options_(options) {}

  std::expected<BtfPtr, Error> run() {
    btf_ = std::shared_ptr<Btf>(new Btf);
    btf_->dialect_ = options_.dialect;
    btf_->fwd_shape_ = options_.fwd_type_refers ? &kReferringFwd : &kShapes[index_of(Kind::fwd)];
    if (options_.base) {
      btf_->base_ = options_.base;
      btf_->layer_ = options_.base->layer() + 1;
      btf_->start_id_ = options_.base->end_id();
      btf_->start_string_ = options_.base->end_string();
    }
    if (!read_header() || !place_sections() || !read_layout() || !check_strings() || !walk_types())
      return std::unexpected(error_);
    return btf_;
  }

 private:
  bool fail(Reason reason, std::uint64_t offset, std::optional<std::uint32_t> value = {},
            int code = EINVAL) {
    error_ = {.code = code,
              .reason = reason,
              .check = {},
              .layer = btf_->layer_,
              .type_id = {},
              .offset = offset,
              .value = value};
    return false;
  }

  bool fail_type(Reason reason, std::uint64_t offset, std::optional<std::uint32_t> value = {}) {
    fail(reason, offset, value);
    error_.type_id = next_id();
    return false;
  }

  [[nodiscard]] std::uint32_t next_id() const { return btf_->end_id(); }

  bool read_header() {
    if (bytes_.size() < kHeaderBytes || bytes_.size() > std::numeric_limits<std::uint32_t>::max())
      return fail(Reason::header_truncated, 0, static_cast<std::uint32_t>(bytes_.size()));
    std::uint16_t magic = 0;
    std::memcpy(&magic, bytes_.data(), sizeof magic);
    foreign_ = is_foreign(bytes_);
    if (!foreign_ && magic != kMagic) return fail(Reason::magic, 0, magic);
    const auto field = [&](std::uint32_t offset) {
      const std::uint32_t word = load_word(bytes_.data() + offset);
      return foreign_ ? swap_bytes(word) : word;
    };
    Header& header = btf_->header_;
    header.version = static_cast<std::uint8_t>(bytes_[2]);
    header.flags = static_cast<std::uint8_t>(bytes_[3]);
    header.hdr_len = field(4);
    // A foreign header is swapped by the fields that it has: all of them, or for the narrow dialect
    // these and no more.
    const bool can_be_swapped = options_.dialect == Dialect::narrow
                                    ? header.hdr_len == kHeaderBytes
                                    : header.hdr_len >= kHeaderBytes;
    if (foreign_ && !can_be_swapped)
      return fail(Reason::foreign_header_length, 4, header.hdr_len, ENOTSUP);
    if (header.hdr_len > bytes_.size()) return fail(Reason::header_truncated, 4, header.hdr_len);
    read_sections_fields();
    btf_->byte_order_ = foreign_ ? kForeign : std::endian::native;
    return true;
  }

  // To the wide dialect, what hdr_len does not cover is zero, of a field that it cuts through too.
  void read_sections_fields() {
    Header& header = btf_->header_;
    const bool wide = options_.dialect == Dialect::wide;
    std::array<std::byte, kLayoutHeaderBytes> covered{};
    const std::uint32_t length = wide ? std::min(header.hdr_len, kLayoutHeaderBytes) : kHeaderBytes;
    std::copy_n(bytes_.begin(), length, covered.begin());
    const auto field = [&](std::uint32_t offset) {
      const std::uint32_t word = load_word(covered.data() + offset);
      return foreign_ ? swap_bytes(word) : word;
    };
    header.type_off = field(8);
    header.type_len = field(12);
    header.str_off = field(16);
    header.str_len = field(20);
    if (!wide) return;
    // The fields of the layout are swapped where both are there as a whole.
    const bool whole = header.hdr_len >= kLayoutHeaderBytes;
    header.layout_off = whole ? field(24) : load_word(covered.data() + 24);
    header.layout_len = whole ? field(28) : load_word(covered.data() + 28);
  }

  struct Section {
    std::uint64_t begin;
    std::uint64_t end;
  };
  [[nodiscard]] Section section(std::uint32_t offset, std::uint32_t length) const {
    const std::uint64_t begin = std::uint64_t{btf_->header_.hdr_len} + offset;
    return {begin, begin + length};
  }
  static bool overlap(Section a, Section b) {
    return a.begin < b.end && b.begin < a.end && a.begin != a.end && b.begin != b.end;
  }

  bool place_sections() {
    const Header& header = btf_->header_;
    types_ = section(header.type_off, header.type_len);
    strings_ = section(header.str_off, header.str_len);
    layout_ = section(header.layout_len == 0 ? 0 : header.layout_off, header.layout_len);
    if (types_.end > bytes_.size()) return fail(Reason::section_bounds, 8, header.type_off);
    if (strings_.end > bytes_.size()) return fail(Reason::section_bounds, 16, header.str_off);
    if (layout_.end > bytes_.size()) return fail(Reason::section_bounds, 24, header.layout_off);
    if (overlap(types_, strings_)) return fail(Reason::section_overlap, 16, header.str_off);
    if (overlap(layout_, types_) || overlap(layout_, strings_))
      return fail(Reason::section_overlap, 24, header.layout_off);
    if (header.type_off % kWordBytes != 0)
      return fail(Reason::type_section_alignment, 8, header.type_off);
    if (header.layout_len != 0 && header.layout_off % kWordBytes != 0)
      return fail(Reason::layout_section, 24, header.layout_off);
    adopt_bytes();
    return true;
  }

  // Bytes in host order can be shared with the caller; foreign ones are swapped in a copy.
  void adopt_bytes() {
    if (options_.borrow && !foreign_) {
      btf_->image_ = bytes_;
      return;
    }
    btf_->owned_.assign(bytes_.begin(), bytes_.end());
    btf_->image_ = btf_->owned_;
    if (!foreign_) return;
    const Header& header = btf_->header_;
    const bool has_layout =
        options_.dialect == Dialect::wide && header.hdr_len >= kLayoutHeaderBytes;
    swap_header(btf_->owned_.data(), has_layout ? kLayoutHeaderBytes : kHeaderBytes);
  }

  [[nodiscard]] const std::byte* at(std::uint64_t offset) const {
    return btf_->image_.data() + offset;
  }

  bool read_layout() {
    const std::uint32_t bytes = btf_->header_.layout_len;
    if (bytes == 0) return share_layout();
    if (bytes % kLayoutEntryBytes != 0) return fail(Reason::layout_section, layout_.begin, bytes);
    if (foreign_) swap_layout_flags(btf_->owned_.data() + layout_.begin, bytes);
    btf_->layout_shapes_.resize(std::min(bytes / kLayoutEntryBytes, kMaxKinds));
    for (std::uint32_t kind = 0; kind < btf_->layout_shapes_.size(); ++kind) {
      const std::byte* entry = at(layout_.begin + std::uint64_t{kind} * kLayoutEntryBytes);
      const auto fixed = static_cast<std::uint8_t>(entry[0]);
      const auto element = static_cast<std::uint8_t>(entry[1]);
      Shape& shape = btf_->layout_shapes_[kind];
      // Records are read in words.
      shape.in_words = fixed % kWordBytes == 0 && element % kWordBytes == 0;
      shape.fixed = static_cast<std::uint8_t>(fixed / kWordBytes);
      shape.element = static_cast<std::uint8_t>(element / kWordBytes);
    }
    return true;
  }

  // A layer without a layout is read by that of its base.
  bool share_layout() {
    if (options_.base && options_.base->header().layout_len != 0)
      btf_->layout_shapes_ = options_.base->layout_shapes_;
    return true;
  }

  bool check_strings() {
    const std::uint32_t length = btf_->header_.str_len;
    if (length == 0) return options_.base ? true : fail(Reason::string_section_empty, 20);
    if (length > kMaxTypes || *at(strings_.end - 1) != std::byte{0})
      return fail(Reason::string_section_unterminated, strings_.end - 1);
    if (!options_.base && *at(strings_.begin) != std::byte{0})
      return fail(Reason::first_string_not_empty, strings_.begin);
    if (std::uint64_t{btf_->start_string_} + length > std::numeric_limits<std::uint32_t>::max())
      return fail(Reason::string_section_unterminated, strings_.begin, length);
    return true;
  }

  bool walk_types() {
    if (foreign_) swap_types();
    btf_->records_ =
        std::make_unique_for_overwrite<std::uint32_t[]>(btf_->header_.type_len / kHeadBytes);
    const std::uint64_t offset = walk_records(btf_->records_.get());
    return offset == types_.end || fail_record(offset);
  }

  // To host byte order, as far as there are records.
  void swap_types() {
    std::uint64_t offset = types_.begin;
    while (types_.end - offset >= kHeadBytes) {
      swap_words(btf_->owned_.data() + offset, kHeadWords);
      const std::uint64_t bytes = record_bytes(info_at(offset));
      if (bytes == 0 || bytes > types_.end - offset) return;
      swap_words(btf_->owned_.data() + offset + kHeadBytes, bytes / kWordBytes - kHeadWords);
      offset += bytes;
    }
  }

  // The one walk over the records: where each begins, and how far what it refers to reaches.
  // Returns where it ended. What changes on the way is local and stays in registers.
  [[gnu::flatten]] std::uint64_t walk_records(std::uint32_t* records) {
    const Dialect dialect = options_.dialect;
    const std::uint32_t start_id = btf_->start_id_;
    const std::byte* const image = btf_->image_.data();
    const std::byte* const end = at(types_.end);
    const std::byte* record = at(types_.begin);
    std::uint32_t count = 0;
    std::vector<std::uint32_t> protos;  // what FUNCs refer to, in other layers or further on
    Reach reach;
    while (static_cast<std::size_t>(end - record) >= kHeadBytes) {
      const auto room = static_cast<std::size_t>(end - record);
      const Info info = unpack_info(load_word(record + kWordBytes), dialect);
      std::uint64_t bytes = 0;
      const auto read = [&]<Kind Known>() {
        const Type type(0, record, {Known, info.kflag, info.vlen}, &kShapes[index_of(Known)]);
        bytes = type.words() * kWordBytes;
        if (bytes > room) return;
        for_each_reference(
            type, [&](std::size_t word) { reach.id = std::max(reach.id, type.word(word)); },
            [&](std::size_t word) { reach.name = std::max(reach.name, type.word(word)); });
        if (Known != Kind::func) return;
        const std::uint32_t proto = type.type_id() - start_id;
        if (proto >= count) return protos.push_back(type.type_id());
        const std::uint32_t word = load_word(image + records[proto] + kWordBytes);
        reach.funcs_have_protos &= unpack_info(word, dialect).kind == Kind::func_proto;
      };
      with_kind(info.kind, read, [&] {
        bytes = record_bytes(info);
        reach.kinds_are_known = false;
      });
      if (bytes == 0 || bytes > room || count == kMaxTypes - start_id) break;
      records[count++] = static_cast<std::uint32_t>(record - image);
      record += bytes;
    }
    btf_->type_count_ = count;
    for (const std::uint32_t id : protos)
      reach.funcs_have_protos &= btf_->type(id).kind() == Kind::func_proto;
    btf_->reach_ = reach;
    return static_cast<std::uint64_t>(record - image);
  }

  // Says why there is no record at that offset.
  bool fail_record(std::uint64_t offset) {
    if (types_.end - offset < kHeadBytes) return fail_type(Reason::type_truncated, offset);
    const Info info = info_at(offset);
    const std::uint64_t bytes = record_bytes(info);
    if (bytes == 0)
      return fail_type(Reason::kind_without_size, offset, static_cast<std::uint32_t>(info.kind));
    if (bytes > types_.end - offset) return fail_type(Reason::type_truncated, offset, info.vlen);
    return fail_type(Reason::too_many_types, offset);
  }

  [[nodiscard]] Info info_at(std::uint64_t offset) const {
    return unpack_info(load_word(at(offset) + kWordBytes), options_.dialect);
  }

  // 0 for a kind that has no size.
  [[nodiscard]] std::uint64_t record_bytes(Info info) const {
    const std::size_t kind = index_of(info.kind);
    if (kind < kKindCount && kShapes[kind].known)
      return kShapes[kind].words(info.vlen) * kWordBytes;
    if (kind == 0 || kind >= btf_->layout_shapes_.size()) return 0;
    const Shape& shape = btf_->layout_shapes_[kind];
    return shape.in_words ? shape.words(info.vlen) * kWordBytes : 0;
  }

  Bytes bytes_;
  const ParseOptions& options_;
  std::shared_ptr<Btf> btf_;
  Section types_{}, strings_{}, layout_{};
  bool foreign_ = false;
  Error error_;
};

std::expected<BtfPtr, Error> Btf::parse(Bytes bytes, const ParseOptions& options) {
  return Parser(bytes, options).run();
}

const Btf& Btf::layer_of_string(std::uint32_t offset) const {
  const Btf* layer = this;
  while (offset < layer->start_string_) layer = layer->base_.get();
  return *layer;
}

std::optional<std::string_view> Btf::string(std::uint32_t offset) const {
  const Btf& layer = layer_of_string(offset);
  if (offset >= layer.end_string()) return {};
  const std::uint64_t begin =
      std::uint64_t{layer.header_.hdr_len} + layer.header_.str_off + (offset - layer.start_string_);
  // Every layer's section ends in NUL, so the length is bounded by it.
  return std::string_view(reinterpret_cast<const char*>(layer.image_.data() + begin));
}

std::vector<std::byte> to_wire(const Btf& layer, std::vector<std::byte> image) {
  if (layer.byte_order() == std::endian::native) return image;
  const Header& header = layer.header();
  for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id)
    swap_words(image.data() + layer.record_offset(id), layer.type(id).words());
  if (header.layout_len != 0)
    swap_layout_flags(image.data() + header.hdr_len + header.layout_off, header.layout_len);
  const bool has_layout = layer.dialect() == Dialect::wide && header.hdr_len >= kLayoutHeaderBytes;
  swap_header(image.data(), has_layout ? kLayoutHeaderBytes : kHeaderBytes);
  return image;
}

}  // namespace btf
