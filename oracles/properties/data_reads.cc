// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/data_reads.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

#include "oracles/properties/libbpf_size.h"
#include "relocator/resolve.h"

namespace retort {
namespace {

struct Place {
  std::uint64_t byte = 0;
  std::uint32_t bit = 0;   ///< of a bit field
  std::uint32_t bits = 0;  ///< 0 where it is none
};

// Of a number at an address, as far as its distance to the end of the data tells: libbpf reads one
// that is not aligned in another way.
enum class Alignment : std::uint8_t { aligned, unaligned, unknown };

constexpr std::uint32_t kPointerBytes = 8;
constexpr std::uint32_t kMostFloat = 16;  ///< bytes that there is room for
constexpr std::uint32_t kMostBits = 64;

// Recursion goes as deep as types are nested: whoever asks has measured the walk.
class Reading {
 public:
  /// What can be read begins with the data, and may go on behind it.
  Reading(const btf::Btf& top, const DataQuestion& question, Bytes readable)
      : top_(top),
        readable_(readable),
        end_(question.given),
        zeroes_((question.options & kEmitZeroes) != 0) {}

  DataReads run(std::uint32_t id) {
    show(id, {});
    return reads_;
  }

  bool ends_at_empty_elements(std::uint32_t id) {
    return show(id, {}) == -EINVAL && !is_over() && met_empty_elements_;
  }

  int check_zero(std::uint32_t id, Place at, Overread how = Overread::zero_check) {
    if (zeroes_ || depth_ == 0 || (in_array_ && !of_characters_)) return 0;
    const btf::Type type = behind(id);
    switch (type.kind()) {
      case btf::Kind::int_:
        if (at.bits != 0) return read_bit_field(type, at);
        return check_base(type.size(), at.byte, how);
      case btf::Kind::float_:
        return check_base(type.size(), at.byte, how);
      case btf::Kind::ptr:
        return check_base(kPointerBytes, at.byte, how);
      case btf::Kind::array:
        return check_elements(type, at);
      case btf::Kind::struct_:
      case btf::Kind::union_:
        if (type.vlen() == 0) return -ENODATA;
        // The sign of what it compares with is wrong, so that the first member decides.
        return check_zero(type.element(0, 1), place_of(type, 0, at.byte));
      case btf::Kind::enum_:
      case btf::Kind::enum64:
        return read_enum(type, at.byte, how);
      default:
        return 0;
    }
  }

  void enter() { ++depth_; }

 private:
  btf::Type behind(std::uint32_t id) const {
    btf::Type type = top_.type(id);
    while (btf::is_modifier(type.kind())) type = top_.type(type.type_id());
    return type;
  }

  static Place place_of(const btf::Type& composite, std::uint32_t index, std::uint64_t byte) {
    const std::uint32_t word = composite.element(index, 2);
    const std::uint32_t offset = btf::member_bit_offset(word, composite.kflag());
    return {.byte = byte + offset / 8,
            .bit = offset % 8,
            .bits = btf::member_bit_size(word, composite.kflag())};
  }

  // Where the data begins is not known, but that it ends at an address aligned for everything.
  Alignment alignment_of(const btf::Type& type, std::uint64_t byte) const {
    const std::uint32_t alignment = std::min(type.size(), kPointerBytes);
    if (alignment == 0) return Alignment::unaligned;
    if (!std::has_single_bit(alignment)) return Alignment::unknown;
    return (byte - end_) % alignment == 0 ? Alignment::aligned : Alignment::unaligned;
  }

  // Whether the bytes are all zero; reading behind all that can be read ends everything.
  bool read_zero(std::uint64_t byte, std::uint64_t size, Overread how) {
    if (size != 0 && byte + size > readable_.size()) {
      if (!is_over()) reads_.overread = how;
      return false;
    }
    // Of nothing it does not matter where it lies.
    return size == 0 || std::ranges::all_of(readable_.subspan(byte, size),
                                            [](std::byte each) { return each == std::byte{}; });
  }

  // So does what nothing defines.
  bool is_over() const {
    return reads_.overread != Overread::none || reads_.shifts_all_out || reads_.shifts_too_far ||
           reads_.overflows_float;
  }

  int check_base(std::uint32_t size, std::uint64_t byte, Overread how) {
    if (size < 1 || size > 16) return -EINVAL;
    return read_zero(byte, size, how) ? -ENODATA : 0;
  }

  // -ENODATA if it is zero.
  int read_bit_field(const btf::Type& type, Place at) {
    if (at.byte + (at.bit + at.bits + 7) / 8 > end_) return -E2BIG;
    if (type.size() > 8) return -EINVAL;
    read_zero(at.byte, type.size(), Overread::bit_field);
    if (is_over()) return 0;
    reads_.shifts_all_out = at.bits == 0;
    reads_.shifts_too_far = at.bit + at.bits > kMostBits;
    if (is_over()) return 0;
    for (std::uint32_t bit = at.bit; bit < at.bit + at.bits && bit < type.size() * 8; ++bit)
      if ((std::to_integer<unsigned>(readable_[at.byte + bit / 8]) >> bit % 8 & 1U) != 0) return 0;
    return -ENODATA;
  }

  // -ENODATA if it is zero.
  int read_enum(const btf::Type& type, std::uint64_t byte, Overread how) {
    if (type.size() > 8) return -EINVAL;
    // Where it cannot be told, for the worse.
    if (alignment_of(type, byte) != Alignment::aligned)
      return read_bit_field(type, {.byte = byte, .bit = 0, .bits = 0});
    return read_zero(byte, type.size(), how) ? -ENODATA : 0;
  }

  int check_elements(const btf::Type& array, Place at) {
    // An error is taken for a size, and their product wraps around.
    const auto size = static_cast<std::uint32_t>(resolved_in_libbpf(top_, array.fixed(0)));
    const bool characters = behind(array.fixed(0)).kind() == btf::Kind::int_ && size == 1;
    for (std::uint32_t index = 0; index < array.fixed(2) && !is_over(); ++index) {
      if (index == 0 && characters && read_zero(at.byte, 1, Overread::zero_check)) return -ENODATA;
      const Place element{.byte = at.byte + index * size, .bit = at.bit};
      if (const int code = check_zero(array.fixed(0), element); code != -ENODATA) return code;
    }
    return -ENODATA;
  }

  static bool is_base(btf::Kind kind) {
    return kind == btf::Kind::int_ || kind == btf::Kind::float_ || kind == btf::Kind::ptr ||
           btf::is_enumeration(kind);
  }

  // 0, or with what showing is refused before the data is looked at.
  int check_length(std::uint32_t id, const btf::Type& type, Place at) const {
    if (at.bits != 0) return at.byte + (at.bit + at.bits + 7) / 8 > end_ ? -E2BIG : 0;
    const std::int64_t size = resolved_in_libbpf(top_, id);
    if (size < 0 || size >= std::numeric_limits<std::int32_t>::max()) return -EINVAL;
    return is_base(type.kind()) && at.byte + static_cast<std::uint64_t>(size) > end_ ? -E2BIG : 0;
  }

  // An error ends what is shown, but for the elements of an array.
  int show(std::uint32_t id, Place at) {
    if (is_over()) return 0;
    const btf::Type type = behind(id);
    if (const int code = check_length(id, type, at); code != 0) return code;
    const Overread how = at.bits != 0 ? Overread::whole_bit_field : Overread::zero_check;
    if (const int code = check_zero(id, at, how); code != 0) return code == -ENODATA ? 0 : code;
    switch (type.kind()) {
      case btf::Kind::int_:
        return show_number(type, at);
      case btf::Kind::enum_:
      case btf::Kind::enum64:
        return show_enum(type, at);
      case btf::Kind::float_:
        return show_float(type, at);
      case btf::Kind::ptr:
        read_zero(at.byte, kPointerBytes, Overread::whole_bit_field);
        return 0;
      case btf::Kind::array:
        return show_elements(type, at);
      case btf::Kind::struct_:
      case btf::Kind::union_:
        return show_members(type, at);
      case btf::Kind::var:
        return show(type.type_id(), at);
      case btf::Kind::datasec:
        for (std::uint32_t index = 0; index < type.vlen(); ++index) {
          const Place variable{.byte = at.byte + type.element(index, 1)};
          if (const int code = show(type.element(index, 0), variable); code < 0) return code;
        }
        return 0;
      default:
        return -ENOTSUP;
    }
  }

  // What was checked for a value's length is as long as that; what was checked for bits may not be.
  int show_number(const btf::Type& type, Place at) {
    if (at.bits != 0) return error_of(read_bit_field(type, at));
    if (!is_printable(type.kind(), type.size())) return -EINVAL;
    if (type.size() == 1 && of_characters_ && !is_terminated_)
      is_terminated_ = read_zero(at.byte, 1, Overread::zero_check);
    return 0;
  }

  int show_enum(const btf::Type& type, Place at) {
    if (at.bits == 0) return error_of(read_enum(type, at.byte, Overread::zero_check));
    if (const int code = error_of(read_bit_field(type, at)); code != 0 || is_over()) return code;
    // The value is read again from where it was put, which is aligned for a size that is common.
    reads_.shifts_all_out = !std::has_single_bit(type.size());
    return 0;
  }

  int show_float(const btf::Type& type, Place at) {
    const bool copies = alignment_of(type, at.byte) != Alignment::aligned;
    const bool printable = is_printable(type.kind(), type.size());
    if (copies || printable) read_zero(at.byte, type.size(), Overread::whole_bit_field);
    if (!is_over()) reads_.overflows_float = copies && type.size() > kMostFloat;
    return printable ? 0 : -EINVAL;
  }

  static int error_of(int code) { return code == -ENODATA ? 0 : code; }

  int show_elements(const btf::Type& array, Place at) {
    const std::int64_t size = resolved_in_libbpf(top_, array.fixed(0));
    if (size <= 0) {
      met_empty_elements_ = met_empty_elements_ || size == 0;
      return -EINVAL;
    }
    if (behind(array.fixed(0)).kind() == btf::Kind::int_ && size == 1) of_characters_ = true;
    ++depth_;
    const bool was_in_array = std::exchange(in_array_, true);
    const bool was_terminated = std::exchange(is_terminated_, false);
    for (std::uint32_t index = 0; index < array.fixed(2) && !is_terminated_ && !is_over(); ++index)
      show(array.fixed(0), {.byte = at.byte + index * static_cast<std::uint64_t>(size)});
    in_array_ = was_in_array;
    is_terminated_ = was_terminated;
    --depth_;
    return 0;
  }

  int show_members(const btf::Type& composite, Place at) {
    ++depth_;
    for (std::uint32_t index = 0; index < composite.vlen(); ++index)
      if (const int code = show(composite.element(index, 1), place_of(composite, index, at.byte));
          code < 0)
        return code;
    --depth_;
    return 0;
  }

  const btf::Btf& top_;
  Bytes readable_;
  std::uint64_t end_;
  bool zeroes_;
  DataReads reads_;
  std::uint32_t depth_ = 0;
  bool in_array_ = false;
  bool of_characters_ = false;
  bool is_terminated_ = false;
  bool met_empty_elements_ = false;
};

}  // namespace

DataReads reads_of(const btf::Btf& top, const DataQuestion& question, Bytes data) {
  std::vector<std::byte> more(data.begin(), data.end());
  more.resize(data.size() + kReadableBehind, kByteBehind);
  DataReads reads = Reading(top, question, more).run(question.id);
  const DataReads fenced = Reading(top, question, data).run(question.id);
  reads.overread = fenced.overread;
  reads.shifts_all_out = reads.shifts_all_out || fenced.shifts_all_out;
  reads.shifts_too_far = reads.shifts_too_far || fenced.shifts_too_far;
  reads.overflows_float = reads.overflows_float || fenced.overflows_float;
  return reads;
}

bool is_refused_for_empty_elements(const btf::Btf& top, const DataQuestion& question, Bytes data) {
  return Reading(top, question, data).ends_at_empty_elements(question.id);
}

bool is_hidden_by_first_member(const btf::Btf& top, const DataQuestion& question, Bytes data) {
  const btf::Type whole = top.type(btf::Resolver(top).resolve(question.id).id);
  const std::vector<std::string_view> shown = shown_members(top, question, data);
  if (shown.empty()) return false;
  for (std::uint32_t index = 0; index < whole.vlen(); ++index) {
    if (std::ranges::find(shown, top.name(whole.element(index, 0))) == shown.end()) continue;
    Reading reading(top, question, data);
    reading.enter();
    const std::uint32_t offset = btf::member_bit_offset(whole.element(index, 2), whole.kflag()) / 8;
    if (reading.check_zero(whole.element(index, 1), {.byte = offset}) == -ENODATA) return true;
  }
  return false;
}

}  // namespace retort
