// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/reparse.h"

#include <string.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace retort {
namespace {

// Lookups read through all types, and offsets through all strings: what is asked has to end.
constexpr std::uint32_t kMaxNames = 64;
constexpr std::uint32_t kMaxOffsets = 4096;
// How much of a string is looked at: one that is as long as its section has as many tails.
constexpr std::size_t kMaxText = 64;
// Ids and offsets beyond the end are asked about too.
constexpr std::uint32_t kBeyond = 3;

// Everything that can be asked about a stack, as one number for each sort of question.
struct View {
  std::uint64_t types = 0;
  std::uint64_t accessors = 0;
  std::uint64_t lookups = 0;
  std::uint64_t strings = 0;
};

// In words: the first sort of question that was answered otherwise; empty where there is none.
std::string_view difference(const View& a, const View& b) {
  if (a.types != b.types) return "the types";
  if (a.accessors != b.accessors) return "what an accessor says of a type";
  if (a.lookups != b.lookups) return "what a lookup by name finds";
  if (a.strings != b.strings) return "the string at an offset";
  return {};
}

class Viewer {
 public:
  Viewer(const Library& library, std::uint32_t end_string)
      : ops_(*library.ops), end_string_(end_string) {}

  [[nodiscard]] View of(const LibraryStack& stack) const {
    return {.types = stack.digest(),
            .accessors = accessors(stack),
            .lookups = lookups(stack),
            .strings = strings(stack)};
  }

 private:
  [[nodiscard]] std::uint64_t accessors(const LibraryStack& stack) const {
    const lb_btf* top = stack.top();
    const std::uint32_t end = stack.end_id();
    btf::Digest digest;
    digest.add(static_cast<std::uint32_t>(ops_.pointer_size(top)));
    for (std::uint32_t id = 0; id < end + kBeyond; ++id) {
      const auto size = static_cast<std::uint64_t>(ops_.resolve_size(top, id));
      digest.add_wide(size);
      digest.add(static_cast<std::uint32_t>(ops_.resolve_type(top, id)));
      digest.add(ops_.type(top, id) != nullptr ? 1U : 0U);
      if (id < end) digest.add(static_cast<std::uint32_t>(ops_.align_of(top, id)));
    }
    return digest.value();
  }

  [[nodiscard]] std::uint64_t lookups(const LibraryStack& stack) const {
    const std::uint32_t end = std::min(stack.end_id(), kMaxNames);
    btf::Digest digest;
    for (std::uint32_t id = 1; id < end; ++id) {
      const btf::Type type = stack.type(id);
      const std::string_view name = stack.string(type.name_offset());
      // What is handed over ends with NUL: it lies in a string section.
      if (name.data() == nullptr) continue;
      digest.add(static_cast<std::uint32_t>(ops_.find(stack.top(), name.data())));
      digest.add(static_cast<std::uint32_t>(
          ops_.find_kind(stack.top(), name.data(), static_cast<std::uint32_t>(type.kind()))));
    }
    return digest.value();
  }

  [[nodiscard]] std::uint64_t strings(const LibraryStack& stack) const {
    btf::Digest digest;
    const std::uint32_t step = 1 + end_string_ / kMaxOffsets;
    for (std::uint32_t offset = 0; offset < end_string_; offset += step) {
      const char* const text = ops_.string(stack.top(), offset);
      digest.add(text == nullptr ? std::string_view()
                                 : std::string_view(text, strnlen(text, kMaxText)));
    }
    return digest.value();
  }

  const libbpf_ops& ops_;
  std::uint32_t end_string_;
};

class Trial {
 public:
  Trial(const Library& library, LibraryStack& stack)
      : library_(library),
        stack_(stack),
        viewer_(library, stack.end_string()),
        view_(viewer_.of(stack)) {}

  Answer run() {
    using Part = std::optional<Answer> (Trial::*)();
    for (const Part part : {&Trial::serialised, &Trial::swapped, &Trial::modified})
      if (std::optional<Answer> answer = (this->*part)()) return std::move(*answer);
    return {};
  }

 private:
  std::optional<Answer> same(std::string_view property, const LibraryStack& other,
                             std::string_view where) const {
    const std::string_view what = difference(view_, viewer_.of(other));
    if (what.empty()) return {};
    return broken(property, std::string(what) + " is another " + std::string(where));
  }

  std::optional<Answer> read_again(std::string_view property, std::string_view where) const {
    const auto again = LibraryStack::open(library_, stack_.raw_layers());
    if (!again)
      return broken(property,
                    "what libbpf wrote " + std::string(where) + " is refused by libbpf itself");
    if (auto answer = same(property, *again, where)) return answer;
    for (std::size_t index = 0; index < stack_.size(); ++index)
      if (!std::ranges::equal(stack_.raw(index), again->raw(index)))
        return broken(property, "layer " + std::to_string(index) + " is written as other bytes " +
                                    std::string(where));
    return {};
  }

  std::optional<Answer> serialised() { return read_again("serialised", "after re-parsing"); }

  void swap_all() {
    const libbpf_ops& ops = *library_.ops;
    for (std::size_t index = 0; index < stack_.size(); ++index)
      ops.set_endianness(stack_.layer(index), 1 - ops.endianness(stack_.layer(index)));
  }

  std::optional<Answer> swapped() {
    swap_all();
    if (auto answer = same("swapped", stack_, "once another byte order is set")) return answer;
    if (auto answer = read_again("swapped", "in the other byte order")) return answer;
    swap_all();
    // Bytes behind the sections may be lost on the way.
    return read_again("swapped-back", "after its byte order was changed and changed back");
  }

  // Only the top layer: whatever lies on another has counted its strings already.
  std::optional<Answer> modified() {
    if (library_.ops->add_string(stack_.top(), "retort: a string of its own") < 0)
      return broken("modified", "no string can be added");
    if (auto answer = same("modified", stack_, "in a modifiable object")) return answer;
    return read_again("modified", "from a modifiable object");
  }

  const Library& library_;
  LibraryStack& stack_;
  Viewer viewer_;
  View view_;
};

// Nothing where libbpf refuses a layer.
std::optional<Answer> check_stack(const Library& library, std::span<const Bytes> layers) {
  auto stack = LibraryStack::open(library, layers);
  if (!stack) return {};
  return Trial(library, *stack).run();
}

}  // namespace

Answer check_reparse(const Library& library, const Pair& pair) {
  const std::optional<Answer> answer = check_stack(library, stack_of(pair));
  const auto* target = pair.find(kTarget);
  // Parts are opened in order by everybody: behind one that is refused nothing is known of the
  // next.
  if (!answer || answer->outcome == Outcome::broken || target == nullptr)
    return answer.value_or(Answer{});
  const Bytes layers[] = {*target};
  return check_stack(library, layers).value_or(Answer{});
}

}  // namespace retort
