// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "relocator/graph.h"

namespace btf {

// An id below both top layers names the same type where the stacks share that base.
bool GraphComparison::is_shared(std::uint32_t id) const {
  return a_.base() && a_.base() == b_.base() && id < a_.start_id() && id < b_.start_id();
}

bool GraphComparison::same(std::uint32_t id_a, std::uint32_t id_b) {
  std::vector<std::uint64_t> assumed;
  open_.assign(1, {id_a, id_b});
  while (!open_.empty()) {
    const auto [a, b] = open_.back();
    open_.pop_back();
    if (a == b && (a == 0 || is_shared(a))) continue;
    const std::uint64_t pair = std::uint64_t{a} << 32 | b;
    if (!equal_.insert(pair).second) continue;
    assumed.push_back(pair);
    if (same_record(a_.type(a), b_.type(b))) continue;
    difference_ = {a, b};
    // Nothing that was assumed on the way here is proven.
    for (const std::uint64_t wrong : assumed) equal_.erase(wrong);
    return false;
  }
  return true;
}

// Compares all words but ids, which become open pairs, and names, which compare by content.
bool GraphComparison::same_record(const Type& a, const Type& b) {
  if (a.kind() != b.kind() || a.words() != b.words() || a.kflag() != b.kflag() ||
      a.vlen() != b.vlen())
    return false;
  std::vector<bool> is_plain(a.words(), true);
  bool same = true;
  for_each_name(a, [&](std::size_t word) {
    is_plain[word] = false;
    same = same && a_.name(a.word(word)) == b_.name(b.word(word));
  });
  for_each_id(a, [&](std::size_t word) {
    is_plain[word] = false;
    open_.emplace_back(a.word(word), b.word(word));
  });
  is_plain[1] = false;  // compared above, as the dialects pack it differently
  for (std::size_t word = 0; word < is_plain.size(); ++word)
    same = same && (!is_plain[word] || a.word(word) == b.word(word));
  return same;
}

}  // namespace btf
