// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Relocation: from split BTF on its distilled base to the same split BTF on another kernel's base,
// the target. Every distilled type must find exactly one type of the target; then ids and string
// offsets of the split are rewritten and everything else stays as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <vector>

#include "relocator/btf.h"
#include "relocator/error.h"
#include "relocator/index.h"
#include "relocator/rules.h"

namespace btf {

/// The question whether one distilled type is one type of the target that carries its name.
struct Match {
  Type distilled;
  Type target;
  bool embedded = false;      ///< a struct or union of the split holds it by value
  bool ambiguous = false;     ///< the target has further structs or unions of this kind and name
  bool size_matters = false;  ///< of a struct or union
};

/// Answers the question. The default is the rule of relocation; who describes an implementation
/// that decides otherwise derives from it.
class Judge {
 public:
  Judge() = default;
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
  virtual ~Judge() = default;
  [[nodiscard]] virtual bool same_size(const Match& match) const;
  [[nodiscard]] virtual bool fits(const Match& match) const;
};

/// Why a distilled type found no single match.
enum class MismatchReason : std::uint8_t {
  no_such_name,
  other_kind,      ///< the target has the name, for types of other kinds only
  other_size,      ///< right kind, wrong size, and the size matters
  other_encoding,  ///< an INT of that size with another encoding
  several,         ///< more than one type fits
};
std::string_view mismatch_name(MismatchReason reason);

struct Mismatch {
  std::uint32_t distilled_id = 0;
  MismatchReason reason = MismatchReason::no_such_name;
  std::vector<std::uint32_t> candidates;  ///< the target's types in question, at most eight
};

struct Relocated {
  std::vector<std::byte> bytes;       ///< the split, as long as before, in its byte order
  std::vector<std::uint32_t> id_map;  ///< old id (distilled base and split) to new id
};

struct RelocationFailure {
  Error error;                        ///< the first of all
  std::vector<Mismatch> mismatches;   ///< every distilled type without a match
  std::vector<std::uint32_t> id_map;  ///< complete where every type matched but a string did not
};

/// Relocates the top layer of `split`; all layers below are its distilled base. Errors: EINVAL for
/// what a distilled base may not hold and for a type without exactly one match; ENOENT for a string
/// of the distilled base that is no name of a distilled type.
std::expected<Relocated, RelocationFailure> relocate(const Btf& split, const NameIndex& target,
                                                     const Policy& policy, Trace* trace = nullptr,
                                                     const Judge* judge = nullptr);

}  // namespace btf
