// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// What the tests of relocator/ share: a base with one type of every kind, a writer of raw layers
// for what the Builder refuses to write, and sets in words, so that a failing test names its
// members.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relocator/btf.h"
#include "relocator/builder.h"
#include "relocator/relocate.h"
#include "relocator/rules.h"

namespace btf::testing {

using ByteVector = std::vector<std::byte>;

inline constexpr std::endian kForeignOrder =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;
inline constexpr std::endian kBothOrders[] = {std::endian::native, kForeignOrder};

/// The kinds that exist, without void.
std::vector<Kind> every_kind();

/// Parses what has to parse; otherwise throws the error's sentence, which fails the test.
BtfPtr must_parse(Bytes bytes, const ParseOptions& options = {});
/// The same, on a base and with every other option as by default.
BtfPtr must_parse_on(const BtfPtr& base, Bytes bytes);
/// Opens what the agreed policy has to accept.
BtfPtr must_open(Bytes bytes, const BtfPtr& base = nullptr);

/// A base in which type id n is a type of kind n, for all 19 kinds; it meets every check.
ByteVector all_kinds(std::endian order = std::endian::native);

std::uint32_t peek(Bytes bytes, std::size_t offset, std::endian order = std::endian::native);
void poke(ByteVector& bytes, std::size_t offset, std::uint32_t word,
          std::endian order = std::endian::native);

/// A layer written word by word: header, types, strings, then the layout section if there is one.
struct RawLayer {
  std::endian order = std::endian::native;
  std::uint32_t header_bytes = kHeaderBytes;
  std::vector<std::uint32_t> types{};
  std::string strings = std::string(1, '\0');
  /// Bytes of fixed part and of one element, by kind.
  std::vector<std::pair<std::uint8_t, std::uint8_t>> layout{};

  [[nodiscard]] ByteVector bytes() const;
};

/// The layout that describes exactly the kinds that are known.
std::vector<std::pair<std::uint8_t, std::uint8_t>> known_layout();

/// A base that is built, parsed, and kept together with the strings for a split on it.
struct Base {
  BtfPtr btf;
  StringTable strings;

  explicit Base(const ByteVector& bytes);
  /// A builder of a split layer on this base.
  [[nodiscard]] Builder split(std::endian order = std::endian::native) const {
    return Builder(strings, btf->end_id(), order);
  }
  /// Parses a split layer on this base.
  [[nodiscard]] BtfPtr parse(const Builder& split) const;
};

using Build = std::function<void(Builder&)>;

/// A relocation to be: a distilled base, the split on it, and the target, each in its byte order.
struct RelocationInput {
  Build distilled{};
  Build split{};
  Build target{};
  std::endian order = std::endian::native;         ///< of distilled base and split
  std::endian target_order = std::endian::native;  ///< of the target

  [[nodiscard]] BtfPtr parse_split(const Policy& policy = agreed_policy()) const;
  [[nodiscard]] BtfPtr parse_target(const Policy& policy = agreed_policy()) const;
};

/// What came of it, in words: "1->3 2->7" for the distilled ids, "2 other-size, 3 several-fit" for
/// what did not match, or the reason's name.
std::string outcome_of(const RelocationInput& input, const Policy& policy = agreed_policy(),
                       Trace* trace = nullptr);

/// The agreed policy with one rule turned to the given side.
Policy agreed_with(Rule rule, bool followed);

std::vector<std::string> names(CheckSet checks);
std::vector<std::string> names(RuleSet rules);
/// "3 other-size" for each mismatch.
std::vector<std::string> in_words(const std::vector<Mismatch>& mismatches);

}  // namespace btf::testing
