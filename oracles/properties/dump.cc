// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/dump.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "oracles/properties/data_questions.h"
#include "oracles/properties/dumper.h"
#include "oracles/properties/fence.h"
#include "oracles/properties/variants.h"
#include "oracles/properties/walk.h"

namespace retort {
namespace {

constexpr std::size_t kMostDataText = std::size_t{16} * 1024;

// In the order in which they are reported; of data the rarest first.
constexpr std::array<std::string_view, 11> kProperties = {
    "dump-range", "dump-again",  "dump-strings", "dump-balance", "dump-unique", "decl-ends",
    "decl-mods",  "data-length", "data-zeroes",  "data-short",   "data-bounds"};

std::size_t rank_of(std::string_view property) {
  return static_cast<std::size_t>(std::ranges::find(kProperties, property) - kProperties.begin());
}

struct DumpedTypes {
  std::vector<int> codes;
  std::string text;
  bool operator==(const DumpedTypes&) const = default;
};

std::optional<DumpedTypes> dump_types(const Library& library, const LibraryStack& stack) {
  const auto dumper = Dumper::open(*library.ops, stack.top(), kMostTypeText);
  if (!dumper) return {};
  DumpedTypes dumped;
  for (std::uint32_t id = 1; id < stack.end_id() && !dumper->has_ended(); ++id)
    dumped.codes.push_back(dumper->type(id));
  dumped.text = dumper->text();
  return dumped;
}

std::string words_of(const std::string& text, std::size_t at) {
  constexpr std::size_t kAround = 24;
  const std::size_t begin = at > kAround ? at - kAround : 0;
  return "\"" + text.substr(begin, 2 * kAround) + "\"";
}

std::string first_difference(const DumpedTypes& a, const DumpedTypes& b) {
  const auto codes = std::ranges::mismatch(a.codes, b.codes);
  if (codes.in1 != a.codes.end() || codes.in2 != b.codes.end())
    return "type " + std::to_string(1 + (codes.in1 - a.codes.begin())) + " is answered otherwise";
  const auto at =
      static_cast<std::size_t>(std::ranges::mismatch(a.text, b.text).in1 - a.text.begin());
  return words_of(a.text, at) + " became " + words_of(b.text, at);
}

// ---- the text ----

// The text of a type tag may hold whatever it wants.
bool has_tag_with_brackets(const btf::Btf& top) {
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    if (type.kind() == btf::Kind::type_tag &&
        top.name(type).find_first_of("()[]{}") != std::string_view::npos)
      return true;
  }
  return false;
}

bool is_balanced(std::string_view text) {
  std::string open;
  for (const char character : text) {
    if (character == '(') open.push_back(')');
    if (character == '[') open.push_back(']');
    if (character == '{') open.push_back('}');
    if (character != ')' && character != ']' && character != '}') continue;
    if (open.empty() || open.back() != character) return false;
    open.pop_back();
  }
  return open.empty();
}

// The name of a definition that begins in the first column, "struct name {", or nothing.
std::string_view defined_name(std::string_view line) {
  for (const std::string_view word : {"struct ", "union ", "enum "}) {
    if (!line.starts_with(word)) continue;
    line.remove_prefix(word.size());
    const std::size_t end = line.find(' ');
    if (end == std::string_view::npos || !line.substr(end).starts_with(" {")) return {};
    return line.substr(0, end);
  }
  return {};
}

std::string_view defined_twice(std::string_view text) {
  std::set<std::string_view> names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view name = defined_name(text.substr(0, end));
    if (!name.empty() && !names.insert(name).second) return name;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

constexpr std::string_view kQualifiers[] = {"const", "volatile", "restrict"};

bool holds_qualifier(std::string_view text) {
  return std::ranges::any_of(kQualifiers, [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

bool names_hold_qualifier(const btf::Btf& top) {
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    bool holds = false;
    btf::for_each_name(type, [&](std::size_t word) {
      holds = holds || holds_qualifier(top.name(type.word(word)));
    });
    if (holds) return true;
  }
  return false;
}

// ---- the trial ----

class Trial {
 public:
  Trial(const Library& library, const Pair& pair, const LibraryStack& stack, const btf::Btf& top)
      : library_(library), pair_(pair), stack_(stack), top_(top) {}

  Answer run() {
    auto dumped = dump_types(library_, stack_);
    if (!dumped) return broken("dump-again", "no dumper can be made");
    dumped_ = std::move(*dumped);
    using Part = std::optional<Answer> (Trial::*)();
    for (const Part part :
         {&Trial::range, &Trial::again, &Trial::well_formed, &Trial::decls, &Trial::data})
      if (std::optional<Answer> answer = (this->*part)()) return std::move(*answer);
    return {};
  }

 private:
  std::optional<Answer> range() {
    const auto dumper = Dumper::open(*library_.ops, stack_.top(), kMostTypeText);
    for (const std::uint32_t id : {stack_.end_id(), stack_.end_id() + 7, 0xffffffffU}) {
      if (const int code = dumper->type(id); code != -EINVAL)
        return broken("dump-range", "type " + std::to_string(id) + " gives " +
                                        std::to_string(code) + " instead of -EINVAL");
      if (dumper->data(id, {}, {}) != -ENOENT)
        return broken("dump-range", "data of type " + std::to_string(id) + " is no -ENOENT");
    }
    return {};
  }

  std::optional<Answer> again() {
    const auto twice = dump_types(library_, stack_);
    if (twice == dumped_) return {};
    return broken("dump-again", first_difference(dumped_, twice.value_or(DumpedTypes{})));
  }

  std::optional<Answer> well_formed() {
    const std::optional<Layers> layers = well_formed_layers(pair_);
    if (!layers) return {};
    const Pair other_strings = with_idle_strings(pair_, *layers);
    const auto other = LibraryStack::open(library_, stack_of(other_strings));
    const auto other_dumped = other ? dump_types(library_, *other) : std::nullopt;
    if (other_dumped != dumped_)
      return broken("dump-strings",
                    first_difference(dumped_, other_dumped.value_or(DumpedTypes{})));
    if (dumped_.text.size() == kMostTypeText) return {};
    if (!has_tag_with_brackets(top_) && !is_balanced(dumped_.text))
      return broken("dump-balance", "a bracket is left open, or closed without one");
    if (const std::string_view name = defined_twice(dumped_.text); !name.empty())
      return broken("dump-unique", "'" + std::string(name) + "' is defined twice");
    return {};
  }

  std::optional<Answer> decls() {
    const bool strips = !names_hold_qualifier(top_);
    for (std::uint32_t id = 0; id < std::min(stack_.end_id(), kMaxDecls); ++id) {
      const lb_decl_opts opts = {.field_name = id % 3 == 0 ? "" : "field",
                                 .indent_level = static_cast<int>(id % 4),
                                 .strip_mods = strips_modifiers(id) ? 1 : 0};
      const auto dumper = decl_dumper();
      const int code = dumper->decl(id, opts);
      if (code == LB_DUMP_ENDED) {
        decl_dumper_.reset();
        if (walks()[id] == kEndless)
          return broken("decl-ends", "the declaration of type " + std::to_string(id) +
                                         " holds itself, and is printed for ever");
        continue;
      }
      if (code != 0) return broken("decl-ends", "an error without a reason");
      if (opts.strip_mods != 0 && strips && holds_qualifier(dumper->text()))
        return broken("decl-mods", dumper->text());
      dumper->forget_text();
    }
    return {};
  }

  // One for all declarations, until one of them has to be left.
  Dumper* decl_dumper() {
    if (!decl_dumper_) decl_dumper_ = Dumper::open(*library_.ops, stack_.top(), kMostDeclText);
    return decl_dumper_.get();
  }

  const std::vector<std::uint64_t>& walks() {
    if (walks_.empty()) walks_ = walk_lengths(top_, steps_of_declaration);
    return walks_;
  }

  // Every question is asked twice: with more readable memory behind the data, where the answer is
  // judged, and with none. What one question shows must not hide what another does, so that the
  // rarest is reported and not the first.
  std::optional<Answer> data() {
    std::array<std::optional<Answer>, kProperties.size()> found;
    for (const DataQuestion& question : data_questions(top_)) {
      // Pointers may have another size there.
      if (library_.ops->resolve_size(stack_.top(), question.id) != question.size) continue;
      for (const bool fenced : {false, true})
        if (auto answer = ask_data(question, fenced)) {
          auto& place = found[rank_of(answer->property)];
          if (!place) place = std::move(answer);
        }
    }
    for (auto& answer : found)
      if (answer) return std::move(answer);
    return {};
  }

  std::optional<Answer> ask_data(const DataQuestion& question, bool fenced) {
    const std::size_t behind = fenced ? 0 : kReadableBehind;
    unsigned char* const at = fence_bytes(question.given + behind);
    if (at == nullptr) return {};
    std::memset(at, std::to_integer<int>(kByteBehind), question.given + behind);
    const std::span bytes(reinterpret_cast<std::byte*>(at), question.given);
    fill_data(pair_, question, bytes);
    Dumper* const dumper = data_dumper();
    const std::optional<int> code = dumper->data(question.id, bytes, options_of(question));
    std::optional<Answer> answer;
    if (!code && fenced) answer = broken("data-bounds", in_words(question) + ": more is read");
    if (code && *code != LB_DUMP_ENDED && !fenced)
      answer = judge(question, *code, bytes, dumper->text());
    if (!code || *code == LB_DUMP_ENDED)
      data_dumper_.reset();
    else
      dumper->forget_text();
    return answer;
  }

  Dumper* data_dumper() {
    if (!data_dumper_) data_dumper_ = Dumper::open(*library_.ops, stack_.top(), kMostDataText);
    return data_dumper_.get();
  }

  static lb_data_opts options_of(const DataQuestion& question) {
    const std::uint32_t options = question.options;
    return {.indent_str = (options & kIndented) != 0 ? "  " : nullptr,
            .indent_level = (options & kIndented) != 0 ? 2 : 0,
            .compact = (options & kCompact) != 0 ? 1 : 0,
            .skip_names = (options & kSkipNames) != 0 ? 1 : 0,
            .emit_zeroes = (options & kEmitZeroes) != 0 ? 1 : 0};
  }

  static std::string in_words(const DataQuestion& question) {
    return "type " + std::to_string(question.id) + " of " + std::to_string(question.size) +
           " bytes, shown from " + std::to_string(question.given);
  }

  std::optional<Answer> judge(const DataQuestion& question, int code, Bytes data,
                              const std::string& text) const {
    if (code >= 0 && code != static_cast<int>(question.size))
      return broken("data-length", in_words(question) + ": " + std::to_string(code));
    if (!question.regular) return {};
    const bool is_short = is_too_short(question);
    const bool zeroes = (question.options & kEmitZeroes) != 0;
    if (!is_short && code < 0)
      return broken("data-length", in_words(question) + ": " + std::to_string(code));
    if (is_short && zeroes && code != -E2BIG)
      return broken("data-short", in_words(question) + ": " + std::to_string(code));
    if (is_short || zeroes || (question.options & kSkipNames) != 0) return {};
    return judge_zeroes(question, data, text);
  }

  // A struct or union within a struct or union is shown if it holds something.
  std::optional<Answer> judge_zeroes(const DataQuestion& question, Bytes data,
                                     const std::string& text) const {
    for (const std::string_view name : shown_members(top_, question, data))
      if (text.find("." + std::string(name) + " = ") == std::string::npos)
        return broken("data-zeroes", in_words(question) + ": member '" + std::string(name) +
                                         "' is not zero and not shown");
    return {};
  }

  const Library& library_;
  const Pair& pair_;
  const LibraryStack& stack_;
  const btf::Btf& top_;
  DumpedTypes dumped_;
  std::vector<std::uint64_t> walks_;
  std::unique_ptr<Dumper> decl_dumper_;
  std::unique_ptr<Dumper> data_dumper_;
};

btf::BtfPtr parse(const Library& library, std::span<const Bytes> layers) {
  btf::BtfPtr top;
  for (const Bytes bytes : layers) {
    const auto parsed =
        btf::Btf::parse(bytes, {.base = top, .dialect = library.dialect, .borrow = true});
    if (!parsed) return nullptr;
    top = *parsed;
  }
  return top;
}

}  // namespace

bool is_before(std::string_view property, std::string_view other) {
  return rank_of(property) < rank_of(other);
}

void foretell_dump(Answer& answer, std::string_view property) {
  if (answer.outcome != Outcome::broken || is_before(property, answer.property))
    answer = broken(property, {});
}

Answer check_dump(const Library& library, const Pair& pair) {
  const std::vector<Bytes> layers = stack_of(pair);
  const auto stack = LibraryStack::open(library, layers);
  const btf::BtfPtr top = parse(library, layers);
  if (!stack || !top) return {};
  return Trial(library, pair, *stack, *top).run();
}

}  // namespace retort
