// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/explode.h"

#include <algorithm>

#include "relocator/builder.h"

namespace retort {
namespace {

using btf::Kind;
using btf::Type;

// The units are written one after the other with the source's own string section, so no name is
// ever looked at.
class Explosion {
 public:
  Explosion(const btf::Btf& source, const ExplodeOptions& options)
      : source_(source), options_(options), unit_of_(source.end_id()), new_ids_(source.end_id()) {
    for (std::uint32_t id = 1; id < source.end_id(); ++id)
      if (!comes_later(source.type(id))) roots_.push_back(id);
  }

  std::vector<std::byte> run() {
    const std::uint32_t most = std::max(static_cast<std::uint32_t>(roots_.size()), 1U);
    const std::uint32_t units = std::clamp(options_.types / sampled_size(), 1U, most);
    for (unit_ = 1; unit_ <= units; ++unit_) {
      gather(roots_.size() * (unit_ - 1) / units, roots_.size() * unit_ / units);
      write_unit();
    }
    const btf::Header& header = source_.header();
    const btf::Bytes strings =
        source_.image().subspan(header.hdr_len + header.str_off, header.str_len);
    return btf::encode_layer(words_,
                             {reinterpret_cast<const char*>(strings.data()), strings.size()},
                             source_.byte_order());
  }

 private:
  // Functions and sections, and what is said of functions, are made from symbols, once for all
  // units.
  [[nodiscard]] bool comes_later(const Type& type) const {
    const Kind kind =
        type.kind() == Kind::decl_tag ? source_.type(type.type_id()).kind() : type.kind();
    return kind == Kind::func || kind == Kind::datasec;
  }

  // How large units are: they end a little beyond `per_unit`, with what they hold by value.
  std::uint32_t sampled_size() {
    constexpr std::uint32_t samples = 16;
    const std::size_t units = std::max(options_.types / std::max(options_.per_unit, 1U), samples);
    std::size_t total = 1;
    for (std::uint32_t sample = 0; sample < samples; ++sample) {
      ++unit_;
      const std::size_t at = units * sample / samples;
      gather(roots_.size() * at / units, roots_.size() * (at + 1) / units);
      keep_declarations_that_are_needed();
      total += members_.size() + declared_.size();
    }
    std::ranges::fill(unit_of_, 0);
    return static_cast<std::uint32_t>(total / samples + 1);
  }

  // The unit's types, breadth first.
  void gather(std::size_t begin, std::size_t end) {
    members_.clear();
    declared_.clear();
    for (std::size_t root = begin; root < end; ++root)
      if (unit_of_[roots_[root]] != unit_) add(roots_[root]);
    for (std::size_t at = 0; at < members_.size(); ++at) {
      const Type type = source_.type(members_[at]);
      // A pointer needs no more than a declaration of what it points at.
      const bool full = members_.size() >= options_.per_unit;
      btf::for_each_id(type, [&](std::size_t word) {
        const std::uint32_t id = type.word(word);
        if (id == 0 || unit_of_[id] == unit_) return;
        if (full && can_be_declared(type, source_.type(id)))
          declared_.push_back(id);
        else
          add(id);
      });
    }
    std::ranges::sort(members_);
  }

  [[nodiscard]] static bool can_be_declared(const Type& user, const Type& type) {
    const bool by_reference = user.kind() == Kind::ptr || user.kind() == Kind::const_;
    return by_reference && btf::is_composite(type.kind()) && type.name_offset() != 0;
  }

  void add(std::uint32_t id) {
    unit_of_[id] = unit_;
    members_.push_back(id);
  }

  // What is declared first may be needed in full later on.
  void keep_declarations_that_are_needed() {
    std::erase_if(declared_, [&](std::uint32_t id) { return unit_of_[id] == unit_; });
    std::ranges::sort(declared_);
    const auto repeated = std::ranges::unique(declared_);
    declared_.erase(repeated.begin(), repeated.end());
    for (const std::uint32_t id : declared_) unit_of_[id] = unit_;
  }

  // Ascending by old id, as headers come in the same order everywhere; declarations last.
  void write_unit() {
    keep_declarations_that_are_needed();
    for (const std::uint32_t id : members_) new_ids_[id] = next_id_++;
    for (const std::uint32_t id : declared_) new_ids_[id] = next_id_++;
    for (const std::uint32_t id : members_) {
      const Type type = source_.type(id);
      const std::size_t begin = words_.size();
      for (std::size_t word = 0; word < type.words(); ++word) words_.push_back(type.word(word));
      btf::for_each_id(type,
                       [&](std::size_t word) { words_[begin + word] = new_id(type.word(word)); });
    }
    for (const std::uint32_t id : declared_) {
      const Type type = source_.type(id);
      const btf::Info fwd = {Kind::fwd, type.kind() == Kind::union_, 0};
      words_.insert(words_.end(), {type.name_offset(), btf::pack_info(fwd), 0U});
    }
  }

  [[nodiscard]] std::uint32_t new_id(std::uint32_t id) const { return id == 0 ? 0 : new_ids_[id]; }

  const btf::Btf& source_;
  ExplodeOptions options_;
  std::vector<std::uint32_t> roots_;
  std::vector<std::uint32_t> unit_of_;   ///< by id: the last unit that has it
  std::vector<std::uint32_t> new_ids_;   ///< by id: its id in that unit
  std::vector<std::uint32_t> members_;   ///< of this unit
  std::vector<std::uint32_t> declared_;  ///< of this unit, as FWDs
  std::vector<std::uint32_t> words_;
  std::uint32_t unit_ = 0;
  std::uint32_t next_id_ = 1;
};

}  // namespace

std::vector<std::byte> explode(const btf::Btf& source, const ExplodeOptions& options) {
  return Explosion(source, options).run();
}

}  // namespace retort
