// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/data_reads.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "relocator/resolve.h"

namespace retort {
namespace {

struct Place {
  std::uint64_t byte = 0;
  std::uint32_t bit = 0;   ///< of a bit field
  std::uint32_t bits = 0;  ///< 0 where it is none
};

// Recursion goes as deep as types are nested: whoever asks has measured the walk.
class Reading {
 public:
  Reading(const btf::Btf& top, const DataQuestion& question, Bytes data)
      : top_(top), resolver_(top), data_(data), zeroes_((question.options & kEmitZeroes) != 0) {}

  Overread run(std::uint32_t id) {
    show(id, {});
    return overread_;
  }

  bool ends_at_empty_elements(std::uint32_t id) {
    return show(id, {}) == -EINVAL && !is_over() && met_empty_elements_;
  }

  int check_zero(std::uint32_t id, Place at) {
    if (zeroes_ || depth_ == 0 || (in_array_ && !of_characters_)) return 0;
    const btf::Type type = behind(id);
    switch (type.kind()) {
      case btf::Kind::int_:
        if (at.bits != 0) return check_bit_field(type, at);
        return check_base(type.size(), at.byte);
      case btf::Kind::float_:
        return check_base(type.size(), at.byte);
      case btf::Kind::ptr:
        return check_base(size_of(id), at.byte);
      case btf::Kind::array:
        return check_elements(type, at);
      case btf::Kind::struct_:
      case btf::Kind::union_:
        if (type.vlen() == 0) return -ENODATA;
        // The sign of what it compares with is wrong, so that the first member decides.
        return check_zero(type.element(0, 1), place_of(type, 0, at.byte));
      case btf::Kind::enum_:
      case btf::Kind::enum64:
        if (!is_power(type.size())) return -EINVAL;
        return read_zero(at.byte, type.size(), Overread::zero_check) ? -ENODATA : 0;
      default:
        return 0;
    }
  }

  void enter() { ++depth_; }

 private:
  static bool is_power(std::uint32_t size) { return std::has_single_bit(size) && size <= 8; }

  btf::Type behind(std::uint32_t id) const {
    btf::Type type = top_.type(id);
    while (btf::is_modifier(type.kind())) type = top_.type(type.type_id());
    return type;
  }

  std::uint32_t size_of(std::uint32_t id) {
    const btf::Type type = top_.type(id);
    if (type.kind() == btf::Kind::datasec) return type.size();
    return static_cast<std::uint32_t>(
        resolver_.resolve(type.kind() == btf::Kind::var ? type.type_id() : id).size);
  }

  static Place place_of(const btf::Type& composite, std::uint32_t index, std::uint64_t byte) {
    const std::uint32_t word = composite.element(index, 2);
    const std::uint32_t offset = btf::member_bit_offset(word, composite.kflag());
    return {.byte = byte + offset / 8,
            .bit = offset % 8,
            .bits = btf::member_bit_size(word, composite.kflag())};
  }

  // Whether the bytes are all zero; reading behind the data ends everything.
  bool read_zero(std::uint64_t byte, std::uint64_t size, Overread how) {
    if (size != 0 && byte + size > data_.size()) {
      if (overread_ == Overread::none) overread_ = how;
      return false;
    }
    return std::ranges::all_of(data_.subspan(byte, size),
                               [](std::byte each) { return each == std::byte{}; });
  }

  bool is_over() const { return overread_ != Overread::none; }

  int check_base(std::uint32_t size, std::uint64_t byte) {
    if (size < 1 || size > 16) return -EINVAL;
    return read_zero(byte, size, Overread::zero_check) ? -ENODATA : 0;
  }

  int check_bit_field(const btf::Type& type, Place at) {
    if (at.byte + (at.bit + at.bits + 7) / 8 > data_.size()) return -E2BIG;
    if (type.size() > 8) return -EINVAL;
    read_zero(at.byte, type.size(), Overread::bit_field);
    if (is_over()) return 0;
    for (std::uint32_t bit = at.bit; bit < at.bit + at.bits && bit < type.size() * 8; ++bit)
      if ((std::to_integer<unsigned>(data_[at.byte + bit / 8]) >> bit % 8 & 1U) != 0) return 0;
    return -ENODATA;
  }

  int check_elements(const btf::Type& array, Place at) {
    const std::uint32_t size = size_of(array.fixed(0));
    const bool characters = behind(array.fixed(0)).kind() == btf::Kind::int_ && size == 1;
    for (std::uint32_t index = 0; index < array.fixed(2) && !is_over(); ++index) {
      if (index == 0 && characters && read_zero(at.byte, 1, Overread::zero_check)) return -ENODATA;
      const Place element{.byte = at.byte + std::uint64_t{index} * size, .bit = at.bit};
      if (const int code = check_zero(array.fixed(0), element); code != -ENODATA) return code;
    }
    return -ENODATA;
  }

  static bool is_base(btf::Kind kind) {
    return kind == btf::Kind::int_ || kind == btf::Kind::float_ || kind == btf::Kind::ptr ||
           btf::is_enumeration(kind);
  }

  // An error ends what is shown, but for the elements of an array.
  int show(std::uint32_t id, Place at) {
    if (is_over()) return 0;
    const btf::Type type = top_.type(id).kind() == btf::Kind::var ? top_.type(id) : behind(id);
    if (at.bits != 0) {
      if (at.byte + (at.bit + at.bits + 7) / 8 > data_.size()) return -E2BIG;
    } else if (is_base(type.kind()) && at.byte + size_of(id) > data_.size()) {
      return -E2BIG;
    }
    if (const int code = check_zero(id, at); code != 0) return code == -ENODATA ? 0 : code;
    switch (type.kind()) {
      case btf::Kind::int_:
      case btf::Kind::enum_:
      case btf::Kind::enum64:
        return show_number(type, at);
      case btf::Kind::float_:
        return is_printable(type.kind(), type.size()) ? 0 : -EINVAL;
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
        return is_base(type.kind()) ? 0 : -ENOTSUP;
    }
  }

  int show_number(const btf::Type& type, Place at) {
    if (at.bits != 0) {
      if (type.size() > 8) return -EINVAL;
      read_zero(at.byte, type.size(), Overread::bit_field);
    } else if (!is_printable(type.kind(), type.size())) {
      return -EINVAL;
    } else if (type.kind() == btf::Kind::int_ && type.size() == 1 && of_characters_ &&
               !is_terminated_) {
      is_terminated_ = read_zero(at.byte, 1, Overread::zero_check);
    }
    return 0;
  }

  int show_elements(const btf::Type& array, Place at) {
    const std::uint32_t size = size_of(array.fixed(0));
    if (size == 0) {
      met_empty_elements_ = true;
      return -EINVAL;
    }
    if (behind(array.fixed(0)).kind() == btf::Kind::int_ && size == 1) of_characters_ = true;
    ++depth_;
    const bool was_in_array = std::exchange(in_array_, true);
    const bool was_terminated = std::exchange(is_terminated_, false);
    for (std::uint32_t index = 0; index < array.fixed(2) && !is_terminated_ && !is_over(); ++index)
      show(array.fixed(0), {.byte = at.byte + std::uint64_t{index} * size});
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
  btf::Resolver resolver_;
  Bytes data_;
  bool zeroes_;
  Overread overread_ = Overread::none;
  std::uint32_t depth_ = 0;
  bool in_array_ = false;
  bool of_characters_ = false;
  bool is_terminated_ = false;
  bool met_empty_elements_ = false;
};

}  // namespace

Overread overread_of(const btf::Btf& top, const DataQuestion& question, Bytes data) {
  return Reading(top, question, data).run(question.id);
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
