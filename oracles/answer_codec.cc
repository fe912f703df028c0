// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/answer_codec.h"

#include <cstdint>
#include <vector>

namespace retort {
namespace {

class Writer {
 public:
  void number(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      bytes_.push_back(static_cast<char>(value >> shift));
  }
  template <class Range>
  void range(const Range& range) {
    number(range.size());
    bytes_.append(reinterpret_cast<const char*>(range.data()), range.size());
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (bytes_.size() < 8) return fail();
    for (unsigned at = 0; at < 8; ++at)
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[at])} << 8 * at;
    bytes_.remove_prefix(8);
    return value;
  }
  std::string_view range() {
    const std::uint64_t length = number();
    if (length > bytes_.size()) {
      fail();
      return {};
    }
    const std::string_view found = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return found;
  }
  [[nodiscard]] bool complete() const { return !failed_ && bytes_.empty(); }

 private:
  std::uint64_t fail() {
    failed_ = true;
    return 0;
  }
  std::string_view bytes_;
  bool failed_ = false;
};

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

}  // namespace

std::string encode_answer(const Answer& answer) {
  Writer writer;
  writer.number(static_cast<std::uint64_t>(answer.outcome));
  writer.number(static_cast<std::uint64_t>(answer.code));
  writer.number(static_cast<std::uint64_t>(answer.stage));
  writer.number(answer.digest);
  writer.number(answer.input_preserved ? 1 : 0);
  writer.range(answer.bytes);
  writer.range(answer.base_bytes);
  writer.range(answer.detail);
  writer.range(answer.entry);
  writer.range(answer.property);
  return writer.bytes();
}

std::optional<Answer> decode_answer(std::string_view bytes) {
  Reader reader(bytes);
  Answer answer;
  answer.outcome = static_cast<Outcome>(reader.number());
  answer.code = static_cast<int>(reader.number());
  answer.stage = static_cast<Stage>(reader.number());
  answer.digest = reader.number();
  answer.input_preserved = reader.number() != 0;
  answer.bytes = to_bytes(reader.range());
  answer.base_bytes = to_bytes(reader.range());
  answer.detail = reader.range();
  answer.entry = reader.range();
  answer.property = reader.range();
  if (!reader.complete()) return {};
  return answer;
}

}  // namespace retort
