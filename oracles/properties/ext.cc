// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/ext.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "oracles/properties/ext_records.h"
#include "oracles/properties/variants.h"
#include "relocator/graph.h"

namespace retort {
namespace {

struct ExtFreer {
  const lb_ext_ops* ops;
  void operator()(lb_ext* ext) const { ops->free(ext); }
};
using ExtHandle = std::unique_ptr<lb_ext, ExtFreer>;

class Trial {
 public:
  Trial(const Library& library, const Pair& pair)
      : library_(library), ops_(*library.ops->exts), pair_(pair), bytes_(*pair.find(kExt)) {}

  Answer run() {
    words_ = read_ext(bytes_);
    ext_ = open(bytes_);
    const bool readable = is_readable_ext(bytes_) && (words_ || knows_both_orders());
    if (readable != (ext_ != nullptr))
      return broken("ext-accepts", readable ? "refused although every record can be read"
                                            : "accepted although a record cannot be read");
    if (!ext_) return {};
    if (!std::ranges::equal(raw(), Bytes(bytes_))) return broken("ext-raw", "other bytes");
    if (auto answer = swapped()) return *answer;
    return dedup().value_or(Answer{});
  }

 private:
  ExtHandle open(Bytes bytes) const {
    static constexpr std::byte nothing{};
    lb_ext* ext = nullptr;
    ops_.open(bytes.empty() ? &nothing : bytes.data(), static_cast<std::uint32_t>(bytes.size()),
              &ext);
    return {ext, ExtFreer{&ops_}};
  }

  Bytes raw() const {
    std::uint32_t size = 0;
    const void* data = ops_.raw(ext_.get(), &size);
    if (data == nullptr) return {};
    return {static_cast<const std::byte*>(data), size};
  }

  bool knows_both_orders() const { return ops_.set_endianness != nullptr; }

  std::optional<Answer> swapped() {
    if (!knows_both_orders()) return {};
    const int order = ops_.endianness(ext_.get());
    ops_.set_endianness(ext_.get(), 1 - order);
    const ExtHandle other = open(raw());
    if (!other) return broken("ext-swapped", "what was written in the other order is refused");
    ops_.set_endianness(other.get(), order);
    ops_.set_endianness(ext_.get(), order);
    const Bytes before = raw();
    std::uint32_t size = 0;
    const void* after = ops_.raw(other.get(), &size);
    if (after == nullptr ||
        !std::ranges::equal(before, Bytes(static_cast<const std::byte*>(after), size)))
      return broken("ext-swapped", "other bytes once the order was changed and changed back");
    return {};
  }

  std::optional<Answer> dedup() {
    const std::optional<Layers> layers = well_formed_layers(pair_);
    if (!words_ || !layers || layers->stack.empty()) return {};
    const auto stack = LibraryStack::open(library_, stack_of(pair_));
    const std::vector<std::byte> turned = turned_over();
    if (!stack || ops_.dedup(stack->top(), ext_.get()) != 0) return {};
    if (auto answer = turned_back(turned)) return answer;
    const btf::Btf& before = *layers->stack.back();
    const auto after = btf::Btf::parse(stack->raw(stack->size() - 1),
                                       {.base = before.base(), .dialect = library_.dialect});
    if (!after) return broken("ext-dedup", "the result cannot be read");
    return same_words(before, **after);
  }

  // The bytes in the other order, in which the object stays.
  std::vector<std::byte> turned_over() {
    if (!knows_both_orders()) return {};
    ops_.set_endianness(ext_.get(), 1 - ops_.endianness(ext_.get()));
    const Bytes bytes = raw();
    return {bytes.begin(), bytes.end()};
  }

  // What is written in the other order has to say the same as what is written in this one.
  std::optional<Answer> turned_back(Bytes before) {
    if (!knows_both_orders()) return {};
    const Bytes bytes = raw();
    const std::vector<std::byte> after(bytes.begin(), bytes.end());
    ops_.set_endianness(ext_.get(), 1 - ops_.endianness(ext_.get()));
    const auto wanted = turn_ext(raw());
    if (!wanted || after == *wanted) return {};
    if (std::ranges::equal(after, before))
      return broken(
          "ext-other-order-stale",
          "deduplication changed it, and in the other byte order it is written as before");
    return broken("ext-other-order", "deduplicated it says other things in the other byte order");
  }

  std::optional<Answer> same_words(const btf::Btf& before, const btf::Btf& after) const {
    const Bytes now = raw();
    btf::GraphComparison graphs(before, after);
    const bool exact = !has_fwd(before);
    for (const ExtWord& word : *words_) {
      const std::uint32_t old_value = btf::load_word(bytes_.data() + word.at);
      const std::uint32_t new_value = btf::load_word(now.data() + word.at);
      if (word.is_id ? !same_type(graphs, exact, before, old_value, after, new_value)
                     : before.name(old_value) != after.name(new_value))
        return broken("ext-dedup", std::string(word.is_id ? "type " : "the string at ") +
                                       std::to_string(old_value) + " has become " +
                                       std::to_string(new_value) + ", which is another");
    }
    return {};
  }

  // A FWD may have become the full type somewhere below.
  static bool same_type(btf::GraphComparison& graphs, bool exact, const btf::Btf& before,
                        std::uint32_t old_id, const btf::Btf& after, std::uint32_t new_id) {
    if (new_id >= after.end_id()) return false;
    if (exact) return graphs.same(old_id, new_id);
    const btf::Type old_type = before.type(old_id);
    const btf::Type new_type = after.type(new_id);
    const bool resolved = old_type.kind() == btf::Kind::fwd || old_type.kind() == btf::Kind::enum_;
    return (resolved || old_type.kind() == new_type.kind()) &&
           before.name(old_type) == after.name(new_type);
  }

  static bool has_fwd(const btf::Btf& top) {
    for (std::uint32_t id = 1; id < top.end_id(); ++id) {
      const btf::Type type = top.type(id);
      const bool open_enum = btf::is_enumeration(type.kind()) && type.vlen() == 0;
      if (type.kind() == btf::Kind::fwd || open_enum) return true;
    }
    return false;
  }

  const Library& library_;
  const lb_ext_ops& ops_;
  const Pair& pair_;
  const std::vector<std::byte>& bytes_;
  std::optional<std::vector<ExtWord>> words_;
  ExtHandle ext_;
};

}  // namespace

Answer check_ext(const Library& library, const Pair& pair) {
  return Trial(library, pair).run();
}

}  // namespace retort
