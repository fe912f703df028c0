// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/trimmer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "fuzzers/remove_types.h"

namespace retort {

Trimmer::Trimmer(Bytes input) {
  auto pair = parse_pair(input);
  if (!pair) return;
  pair_ = std::move(*pair);
  place_ = 0;
  start_place();
}

std::size_t Trimmer::types_here() {
  Draft draft(pair_);
  const Stack* const stack = draft.open(kWheres[place_]);
  return stack == nullptr ? 0 : stack->end_id() - 1;
}

// The stack with half of its types as the first chunk; places without types are passed over.
void Trimmer::start_place() {
  for (; place_ < kWheres.size(); ++place_) {
    end_ = types_here();
    chunk_ = (end_ + 1) / 2;
    if (end_ > 0) return;
  }
}

std::vector<std::byte> Trimmer::variant() {
  candidate_ = pair_;
  Draft draft(pair_);
  if (Stack* const stack = draft.open(kWheres[place_])) {
    const std::size_t begin = end_ > chunk_ ? end_ - chunk_ : 0;
    remove_types(*stack, static_cast<std::uint32_t>(begin + 1),
                 static_cast<std::uint32_t>(end_ + 1), Orphans::go_too);
    candidate_ = std::move(draft.pair());
  }
  std::vector<std::byte> bytes = serialize(candidate_);
  const std::vector<std::byte> before = serialize(pair_);
  return bytes.size() <= before.size() ? bytes : before;
}

void Trimmer::next(bool kept) {
  if (!has_more()) return;
  --attempts_;
  end_ = end_ > chunk_ ? end_ - chunk_ : 0;
  if (kept) {
    pair_ = candidate_;
    end_ = std::min(end_, types_here());
  }
  if (end_ > 0) return;
  chunk_ /= 2;
  end_ = types_here();
  if (chunk_ > 0 && end_ > 0) return;
  ++place_;
  start_place();
}

}  // namespace retort
