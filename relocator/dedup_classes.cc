// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// The walk is depth first and passes no cut. It recurses to a fixed depth, which real input never
// leaves, and from there on keeps a stack of its own. Compile units repeat each other in long runs,
// so the classes that followed the last one before are tried first, and for a child the class that
// its parent's class leads to: in the usual case a type costs one comparison, and no hash.
#include "relocator/dedup_classes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "relocator/dedup_below.h"

namespace btf {
namespace {

/// The token of a type that is being visited.
constexpr Token kOpen = 0x7fffffff;

/// How many calls may be under way for types that are settled on the way.
constexpr std::uint32_t kDeepest = 64;

/// Sorts of groups: the name spaces of C's tags, and records of types in nameless loops.
constexpr std::uint32_t kStructs = 0;
constexpr std::uint32_t kUnions = 1;
constexpr std::uint32_t kEnums = 2;
constexpr std::uint32_t kLoops = 3;

std::uint64_t group_key(std::uint32_t name, std::uint32_t sort) {
  return std::uint64_t{name} << 2 | sort;
}

std::uint32_t hash_words(std::span<const std::uint32_t> words) {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
  std::uint64_t hash = words.size();
  std::size_t at = 0;
  for (; at + 2 <= words.size(); at += 2) {
    std::uint64_t two;
    std::memcpy(&two, words.data() + at, sizeof two);
    hash = (hash ^ two) * kFactor;
    hash ^= hash >> 32;
  }
  if (at < words.size()) {
    hash = (hash ^ words[at]) * kFactor;
    hash ^= hash >> 32;
  }
  return static_cast<std::uint32_t>(hash);
}

constexpr bool is_named(Token token) {
  return is_group(token) && (token & kLoopBit) == 0;
}

std::uint32_t word_of(const std::byte* record, std::size_t at) {
  return load_word(record + at * kWordBytes);
}

// Whether all words from the third on that are no ids are the key's. Kinds with ids in their
// elements have no fixed words.
bool same_plain_words(const std::byte* record, std::span<const std::uint32_t> key,
                      const Shape& shape) {
  if (shape.third != ThirdWord::type && word_of(record, 2) != key[2]) return false;
  if (shape.element_ids == 0) {
    for (std::size_t at = kHeadWords + (shape.fixed_ids != 0 ? 2 : 0); at < key.size(); ++at)
      if (word_of(record, at) != key[at]) return false;
    return true;
  }
  // A name and an id, in structs with the offset behind.
  if (shape.element == 2) {
    for (std::size_t at = kHeadWords; at < key.size(); at += 2)
      if (word_of(record, at) != key[at]) return false;
    return true;
  }
  for (std::size_t at = kHeadWords; at < key.size(); at += 3)
    if (word_of(record, at) != key[at] || word_of(record, at + 2) != key[at + 2]) return false;
  return true;
}

}  // namespace

LooseClasses::LooseClasses(const Btf& top, CanonicalNames& names)
    : top_(top),
      names_(names),
      records_(top),
      end_id_(top.end_id()),
      class_of_(end_id_),
      tokens_(end_id_),
      next_(end_id_),
      slots_(1024),
      group_slots_(1024) {
  classes_.emplace_back();
  key_ends_.push_back(0);
  followers_.emplace_back();
  tokens_[0] = kVoidToken;
  const bool from_below = top.start_id() > 1 && !references_below_are_met(top);
  visit_from(from_below ? 1 : top.start_id());
  if (!from_below) visit_below();
}

void LooseClasses::visit_from(std::uint32_t begin) {
  constexpr std::uint32_t kAhead = 16;
  for (std::uint32_t id = begin; id < end_id_ && !error_; ++id) {
    if (id + kAhead < end_id_) __builtin_prefetch(records_.at(id + kAhead));
    const Followers guess = followers_[class_of_[id - 1]];
    if (class_of_[id] == 0 && !settle(id, guess.last, guess.before)) visit(id);
    if (guess.last != class_of_[id])
      followers_[class_of_[id - 1]] = {.last = class_of_[id], .before = guess.last};
  }
}

// Of the lower layers, those types that may be equal to one of the top layer's; in most splits,
// few.
void LooseClasses::visit_below() {
  TypesBelow below(top_, names_.known());
  for (std::uint32_t id = 1; id < top_.start_id() && !error_; ++id)
    if (class_of_[id] == 0 && below.may_matter(id) && !settle(id, 0, 0)) visit(id);
}

void LooseClasses::fail(std::uint32_t id, std::uint32_t word, Check check, std::uint32_t value) {
  if (error_) return;
  const Btf& layer = top_.layer_of(id);
  error_ = Error{.code = EINVAL,
                 .reason = Reason::check,
                 .check = check,
                 .layer = layer.layer(),
                 .type_id = id,
                 .offset = layer.record_offset(id) + std::uint64_t{word} * kWordBytes,
                 .value = value};
}

// What keeps a type from being settled lies above it on the stack; when all that is settled, it
// comes again.
void LooseClasses::visit(std::uint32_t id) {
  open_.insert(open_.begin(), id);
  while (!open_.empty() && !error_) {
    const std::uint32_t top = open_.back();
    const std::size_t depth = open_.size();
    if (class_of_[top] != 0 || settle(top, 0, 0)) open_.resize(depth - 1);
  }
}

// Gives the type its class; false where types that it refers to have to come first.
bool LooseClasses::settle(std::uint32_t id, std::uint32_t guess, std::uint32_t other) {
  const std::byte* record = records_.at(id);
  Match match = Match::differs;
  if (guess != 0) match = matches(id, record, guess);
  if (match == Match::differs && other != 0) match = matches(id, record, guess = other);
  if (match == Match::missing) return false;
  if (match == Match::differs) return settle_slowly(id, record);
  const Token group = classes_[guess].group;
  tokens_[id] = group != 0 ? group : guess;
  add_member(guess, id);
  return true;
}

// Whether the record is the guessed class's key, and its children are of the key's tokens.
LooseClasses::Match LooseClasses::matches(std::uint32_t id, const std::byte* record,
                                          std::uint32_t guess) {
  const std::span<const std::uint32_t> key = this->key(guess);
  const std::size_t size = key.size();
  if (size == 0 || word_of(record, 1) != key[1] || word_of(record, 0) != key[0])
    return Match::differs;
  const Shape& shape = kShapes[static_cast<std::size_t>(records_.info(record).kind)];
  if (shape.third == ThirdWord::type && shape.element == 0) {
    if (shape.fixed != 0 && word_of(record, kHeadWords) != key[kHeadWords]) return Match::differs;
    announce(id, guess);
    return match_child(word_of(record, 2), key[2]);
  }
  if (!same_plain_words(record, key, shape)) return Match::differs;
  announce(id, guess);
  // A child that is settled on the way may add a class, which moves all keys.
  const std::size_t begin = key_ends_[guess - 1];
  const auto same_child = [&](std::size_t at) {
    return match_child(word_of(record, at), keys_[begin + at]);
  };
  Match match = Match::equal;
  if (shape.third == ThirdWord::type) match = same_child(2);
  if (shape.fixed_ids != 0)
    for (std::size_t at = kHeadWords; at < kHeadWords + 2 && match == Match::equal; ++at)
      match = same_child(at);
  if (shape.element_ids != 0)
    for (std::size_t at = kHeadWords + 1; at < size && match == Match::equal; at += shape.element)
      match = same_child(at);
  return match;
}

// A type that is not cut is open while its children are looked at.
inline void LooseClasses::announce(std::uint32_t id, std::uint32_t guess) {
  if (!is_named(classes_[guess].group)) tokens_[id] = kOpen;
}

inline LooseClasses::Match LooseClasses::match_child(std::uint32_t child, Token expected) {
  if (child < end_id_ && tokens_[child] == expected) return Match::equal;
  return match_unknown_child(child, expected);
}

// A child without a token is settled on the way, unless that goes too deep: then the slow path puts
// it onto the stack.
LooseClasses::Match LooseClasses::match_unknown_child(std::uint32_t child, Token expected) {
  if (child >= end_id_ || expected == kVoidToken) return Match::differs;
  if (tokens_[child] == 0 && token_without_descent(child, expected) == 0) {
    if (depth_ == kDeepest) return Match::differs;
    const auto above = static_cast<std::ptrdiff_t>(open_.size());
    ++depth_;
    const bool settled = settle(child, is_group(expected) ? 0 : expected, 0);
    --depth_;
    if (!settled) {
      open_.insert(open_.begin() + above, child);
      return Match::missing;
    }
  }
  return tokens_[child] == expected ? Match::equal : Match::differs;
}

bool LooseClasses::settle_slowly(std::uint32_t id, const std::byte* record) {
  if (tokens_[id] == 0) token_without_descent(id, 0);
  if (class_of_[id] != 0 || error_) return true;
  const bool is_cut = tokens_[id] != 0 && tokens_[id] != kOpen;
  if (!is_cut) tokens_[id] = kOpen;
  switch (build(id, record)) {
    case Built::failed:
      return true;
    case Built::missing:
      return false;
    case Built::looping:
      if (!is_cut) tokens_[id] = loop_token(id);
      break;
    case Built::complete:
      break;
  }
  make_names_canonical(id, words_);
  const std::uint32_t found = intern(words_);
  if (tokens_[id] == kOpen) tokens_[id] = found;
  add_member(found, id);
  return true;
}

// Copies the record into words_, ids as tokens. Names stay as they are.
LooseClasses::Built LooseClasses::build(std::uint32_t id, const std::byte* record) {
  const Info info = records_.info(record);
  const auto kind = static_cast<std::size_t>(info.kind);
  if (kind >= kKindCount || !kShapes[kind].known) {
    fail(id, 1, Check::unknown_kind, static_cast<std::uint32_t>(kind));
    return Built::failed;
  }
  const Shape& shape = kShapes[kind];
  const std::size_t size = shape.words(info.vlen);
  if (buffer_.size() < size) buffer_.resize(size);
  words_ = std::span(buffer_).first(size);
  std::memcpy(words_.data(), record, size * kWordBytes);
  Built built = Built::complete;
  for_each_id(Type(id, record, info, &shape), [&](std::size_t word) {
    const std::uint32_t child = words_[word];
    if (child >= end_id_) {
      fail(id, static_cast<std::uint32_t>(word), Check::id_range, child);
      return;
    }
    Token token = tokens_[child];
    if (token == 0) token = token_without_descent(child, 0);
    if (token == 0) {
      built = Built::missing;
      open_.push_back(child);
    } else if (token == kOpen || token >= (kGroupBit | kLoopBit)) {
      if (token == kOpen && built != Built::missing) token = loop_token(child);
      if (built == Built::complete) built = Built::looping;
    }
    words_[word] = token;
  });
  return error_ ? Built::failed : built;
}

// The token of a type that is cut, or that is one of its own class; 0 where its record has to be
// looked at first. A group that is expected is tried before it is looked up.
Token LooseClasses::token_without_descent(std::uint32_t id, Token expected) {
  const std::byte* record = records_.at(id);
  const Info info = records_.info(record);
  std::uint32_t sort = 0;
  switch (info.kind) {
    case Kind::struct_:
      sort = kStructs;
      break;
    case Kind::union_:
      sort = kUnions;
      break;
    case Kind::enum_:
    case Kind::enum64:
      sort = kEnums;
      break;
    case Kind::fwd:
      sort = info.kflag ? kUnions : kStructs;
      break;
    case Kind::var:
    case Kind::datasec:
      return token_of_its_own(id, record);
    default:
      return 0;
  }
  const std::uint32_t offset = load_word(record);
  if (is_group(expected) && group_keys_[group_of(expected)] == group_key(offset, sort))
    return tokens_[id] = expected;
  const std::uint32_t name = canonical(id, 0, offset);
  if (name == 0) return 0;
  return tokens_[id] = group(name, sort);
}

// No other type is compared with this one, so what it refers to is asked for here. Its class is of
// no use where that fails, but there is one: whoever asked goes on until it looks at the error.
Token LooseClasses::token_of_its_own(std::uint32_t id, const std::byte* record) {
  const Info info = records_.info(record);
  const Type type(id, record, info, &kShapes[static_cast<std::size_t>(info.kind)]);
  for_each_name(type, [&](std::size_t word) {
    canonical(id, static_cast<std::uint32_t>(word), word_of(record, word));
  });
  for_each_id(type, [&](std::size_t word) {
    const std::uint32_t child = word_of(record, word);
    if (child >= end_id_) fail(id, static_cast<std::uint32_t>(word), Check::id_range, child);
  });
  tokens_[id] = new_class({});
  add_member(tokens_[id], id);
  return tokens_[id];
}

// Types that reach a nameless loop are cut by what stands in their record beside ids.
Token LooseClasses::loop_token(std::uint32_t id) {
  const std::byte* record = records_.at(id);
  const Info info = records_.info(record);
  const Shape& shape = kShapes[static_cast<std::size_t>(info.kind)];
  const Type type(id, record, info, &shape);
  std::vector<std::uint32_t> words(type.words());
  std::memcpy(words.data(), record, words.size() * kWordBytes);
  for_each_id(type, [&](std::size_t word) { words[word] = 0; });
  make_names_canonical(id, words);
  words.push_back(kOpen);  // no record ends so: this key is nobody's class
  return group(intern(words), kLoops) | kLoopBit;
}

std::uint32_t LooseClasses::canonical(std::uint32_t id, std::uint32_t word, std::uint32_t offset) {
  const std::uint32_t name = names_.canonical(offset);
  if (name != CanonicalNames::kOutOfRange) return name;
  fail(id, word, Check::name_range, offset);
  return 0;
}

void LooseClasses::make_names_canonical(std::uint32_t id, std::span<std::uint32_t> words) {
  const Info info = unpack_info(words[1], records_.dialect());
  const Shape& shape = kShapes[static_cast<std::size_t>(info.kind)];
  words[0] = canonical(id, 0, words[0]);
  if (shape.element_names == 0) return;
  for (std::size_t word = kHeadWords + shape.fixed; word < words.size(); word += shape.element)
    words[word] = canonical(id, static_cast<std::uint32_t>(word), words[word]);
}

std::uint32_t LooseClasses::intern(std::span<const std::uint32_t> words) {
  const std::uint32_t hash = hash_words(words);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  for (; slots_[slot].value != 0; slot = (slot + 1) & mask)
    if (slots_[slot].hash == hash && std::ranges::equal(key(slots_[slot].value), words))
      return slots_[slot].value;
  const std::uint32_t added = new_class(words);
  slots_[slot] = {hash, added};
  if (classes_.size() * 2 > slots_.size()) grow();
  return added;
}

void LooseClasses::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& entry : old) {
    if (entry.value == 0) continue;
    std::size_t slot = entry.hash & (slots_.size() - 1);
    while (slots_[slot].value != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = entry;
  }
}

std::uint32_t LooseClasses::new_class(std::span<const std::uint32_t> words) {
  keys_.insert(keys_.end(), words.begin(), words.end());
  key_ends_.push_back(keys_.size());
  followers_.emplace_back();
  classes_.emplace_back();
  return static_cast<std::uint32_t>(classes_.size() - 1);
}

void LooseClasses::add_member(std::uint32_t of_class, std::uint32_t id) {
  LooseClass& entry = classes_[of_class];
  if (entry.size == 0) {
    entry.first = id;
    entry.group = is_group(tokens_[id]) ? tokens_[id] : 0;
  }
  entry.first = std::min(entry.first, id);
  next_[id] = entry.head;
  entry.head = id;
  ++entry.size;
  class_of_[id] = of_class;
}

Token LooseClasses::group(std::uint32_t name, std::uint32_t sort) {
  const std::uint64_t key = group_key(name, sort);
  const auto slot_of = [&](std::uint64_t wanted) {
    const std::size_t mask = group_slots_.size() - 1;
    std::size_t slot = wanted * 0x9e3779b97f4a7c15 >> 32 & mask;
    while (group_slots_[slot].key != 0 && group_slots_[slot].key != wanted)
      slot = (slot + 1) & mask;
    return slot;
  };
  std::size_t slot = slot_of(key);
  if (group_slots_[slot].key == key) return kGroupBit | group_slots_[slot].group;
  if (group_keys_.size() * 2 + 2 > group_slots_.size()) {
    std::vector<GroupSlot> old(group_slots_.size() * 2);
    old.swap(group_slots_);
    for (const GroupSlot& entry : old)
      if (entry.key != 0) group_slots_[slot_of(entry.key)] = entry;
    slot = slot_of(key);
  }
  const auto added = static_cast<std::uint32_t>(group_keys_.size());
  group_slots_[slot] = {key, added};
  group_keys_.push_back(key);
  return kGroupBit | added;
}

}  // namespace btf
