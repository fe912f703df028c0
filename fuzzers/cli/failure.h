// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Exit statuses, and the Failure that ends a command early: one sentence and the status to end
// with.
#pragma once

#include <expected>
#include <string>

namespace retort {

inline constexpr int kDone = 0;        ///< done, accepted, or every difference explained
inline constexpr int kRejected = 1;    ///< the operation rejected the input
inline constexpr int kUnreadable = 2;  ///< wrong usage, or a file that cannot be read or written
inline constexpr int kFinding = 3;     ///< a difference that nothing explains

struct Failure {
  int status = kUnreadable;
  std::string sentence;
};

template <class T>
using Result = std::expected<T, Failure>;

inline std::unexpected<Failure> unreadable(std::string sentence) {
  return std::unexpected(Failure{kUnreadable, std::move(sentence)});
}
inline std::unexpected<Failure> rejected(std::string sentence) {
  return std::unexpected(Failure{kRejected, std::move(sentence)});
}

}  // namespace retort
