// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/properties/program.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace retort {
namespace {

// In the order of Verb.
constexpr std::array<VerbText, kVerbCount> kVerbs = {{
    {"empty", 1, "b"},
    {"parse", 1, "pb"},
    {"copy", 1, "s"},
    {"distill", 2, "s"},
    {"free", 0, "s"},
    {"add_int", 0, "snuu"},
    {"add_float", 0, "snu"},
    {"add_ptr", 0, "st"},
    {"add_array", 0, "sttu"},
    {"add_struct", 0, "snu"},
    {"add_union", 0, "snu"},
    {"add_enum", 0, "snu"},
    {"add_enum64", 0, "snuu"},
    {"add_fwd", 0, "snu"},
    {"add_typedef", 0, "snt"},
    {"add_volatile", 0, "st"},
    {"add_const", 0, "st"},
    {"add_restrict", 0, "st"},
    {"add_type_tag", 0, "snt"},
    {"add_func", 0, "snut"},
    {"add_func_proto", 0, "st"},
    {"add_var", 0, "snut"},
    {"add_datasec", 0, "snu"},
    {"add_decl_tag", 0, "sntu"},
    {"add_field", 0, "sntuu"},
    {"add_enum_value", 0, "snu"},
    {"add_enum64_value", 0, "snu"},
    {"add_func_param", 0, "snt"},
    {"add_datasec_var_info", 0, "stuu"},
    {"add_type", 0, "ssf"},
    {"add_btf", 0, "ss"},
    {"add_str", 0, "sn"},
    {"add_name", 0, "ssf"},
    {"dedup", 0, "s"},
    {"dedup_colliding", 0, "s"},
    {"permute", 0, "su"},
    {"relocate", 0, "ss"},
    {"set_pointer_size", 0, "su"},
    {"set_endianness", 0, "su"},
    {"find_str", 0, "sn"},
    {"find_name", 0, "ssf"},
    {"type_by_id", 0, "st"},
    {"name_by_offset", 0, "su"},
    {"str_by_offset", 0, "su"},
    {"find_by_name", 0, "sn"},
    {"find_by_name_kind", 0, "snk"},
    {"resolve_size", 0, "st"},
    {"resolve_type", 0, "st"},
    {"align_of", 0, "st"},
    {"pointer_size", 0, "s"},
    {"endianness", 0, "s"},
    {"type_cnt", 0, "s"},
    {"base_btf", 0, "s"},
    {"raw_data", 0, "s"},
}};

constexpr std::array<std::string_view, 5> kTypeSorts = {"void", "all", "own", "new", "beyond"};

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 16 && is_letter(text[0]) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Words, quoted strings, and the signs "=" and ",". Nothing where a string is not closed.
class Tokens {
 public:
  explicit Tokens(std::string_view line) : rest_(line) { advance(); }

  [[nodiscard]] bool at_end() const { return !failed_ && token_.empty() && !quoted_; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool quoted() const { return quoted_; }
  [[nodiscard]] const std::string& peek() const { return token_; }
  std::string take() {
    std::string token = std::move(token_);
    advance();
    return token;
  }
  bool take_if(std::string_view sign) {
    if (quoted_ || token_ != sign) return false;
    advance();
    return true;
  }

 private:
  void advance() {
    token_.clear();
    quoted_ = false;
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
    if (rest_.empty() || rest_[0] == '#') return;
    if (rest_[0] == '"') return read_string();
    if (rest_[0] == '=' || rest_[0] == ',') return take_characters(1);
    take_characters(std::min(rest_.find_first_of(" \t\r\"=,#"), rest_.size()));
  }

  void take_characters(std::size_t count) {
    token_ = rest_.substr(0, count);
    rest_.remove_prefix(count);
  }

  void read_string() {
    quoted_ = true;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] != '\\') {
        take_character(rest_[0], 1);
      } else if (rest_.size() >= 4 && rest_[1] == 'x' && hex_digit(rest_[2]) >= 0 &&
                 hex_digit(rest_[3]) >= 0) {
        take_character(static_cast<char>(hex_digit(rest_[2]) * 16 + hex_digit(rest_[3])), 4);
      } else if (rest_.size() >= 2) {
        take_character(rest_[1], 2);
      } else {
        rest_.remove_prefix(1);
      }
    }
    failed_ = failed_ || rest_.empty();
    if (!rest_.empty()) rest_.remove_prefix(1);
  }
  // A string of C ends where it is zero.
  void take_character(char c, std::size_t length) {
    if (c != '\0') token_.push_back(c);
    rest_.remove_prefix(length);
  }

  std::string_view rest_;
  std::string token_;
  bool quoted_ = false;
  bool failed_ = false;
};

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, hex ? 16 : 10);
  if (error != std::errc() || stop != end || text.empty()) return {};
  return negative ? 0 - value : value;
}

std::optional<TypeRef> parse_type(std::string_view text) {
  if (text == kTypeSorts[0]) return TypeRef{};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const auto* const found = std::ranges::find(kTypeSorts, text.substr(0, colon));
  const auto rank = parse_number(text.substr(colon + 1));
  if (found == kTypeSorts.end() || found == kTypeSorts.begin() || !rank) return {};
  return TypeRef{static_cast<TypeRef::Sort>(found - kTypeSorts.begin()),
                 static_cast<std::uint32_t>(*rank)};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::optional<std::uint64_t> parse_kind(std::string_view text) {
  for (unsigned kind = 0; kind < btf::kKindCount; ++kind)
    if (lower_case(btf::kind_name(static_cast<btf::Kind>(kind))) == text) return kind;
  return parse_number(text);
}

bool is_part(std::string_view text) {
  return text == "BASE" || text == "DIST" || text == "TRGT" ||
         (text.starts_with("SPLT") &&
          (text.size() == 4 || (text.size() == 5 && text[4] >= '2' && is_digit(text[4]))));
}

std::optional<Argument> parse_argument(ArgumentSort sort, Tokens& tokens) {
  if (sort == ArgumentSort::name) {
    if (!tokens.quoted() && tokens.take_if("null")) return Argument{};
    if (!tokens.quoted()) return {};
    return Argument{.text = tokens.take()};
  }
  if (tokens.quoted() || tokens.at_end()) return {};
  const std::string token = tokens.take();
  switch (sort) {
    case ArgumentSort::slot:
    case ArgumentSort::base:
      if (!is_word(token)) return {};
      return Argument{.text = token};
    case ArgumentSort::part:
      if (!is_part(token)) return {};
      return Argument{.text = token};
    case ArgumentSort::type:
    case ArgumentSort::from_type:
      if (const auto type = parse_type(token)) return Argument{.type = *type};
      return {};
    case ArgumentSort::number:
      if (const auto number = parse_number(token)) return Argument{.number = *number};
      return {};
    case ArgumentSort::kind:
      if (const auto kind = parse_kind(token)) return Argument{.number = *kind};
      return {};
    case ArgumentSort::name:
      break;
  }
  return {};
}

std::string quoted(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (code < 0x20 || code >= 0x7f) {
      out += {'\\', 'x', digits[code >> 4], digits[code & 0xf]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string number_text(std::uint64_t number) {
  const auto as_signed = static_cast<std::int64_t>(number);
  return as_signed < 0 ? std::to_string(as_signed) : std::to_string(number);
}

std::string argument_text(ArgumentSort sort, const Argument& argument) {
  switch (sort) {
    case ArgumentSort::slot:
    case ArgumentSort::base:
    case ArgumentSort::part:
      return argument.text.value_or("");
    case ArgumentSort::type:
    case ArgumentSort::from_type: {
      std::string text(kTypeSorts[static_cast<std::size_t>(argument.type.sort)]);
      if (argument.type.sort == TypeRef::Sort::void_) return text;
      return text + ':' + std::to_string(argument.type.rank);
    }
    case ArgumentSort::name:
      return argument.text ? quoted(*argument.text) : "null";
    case ArgumentSort::kind:
      if (argument.number < btf::kKindCount)
        return lower_case(btf::kind_name(static_cast<btf::Kind>(argument.number)));
      [[fallthrough]];
    case ArgumentSort::number:
      return number_text(argument.number);
  }
  return {};
}

}  // namespace

const VerbText& text_of(Verb verb) {
  return kVerbs[static_cast<std::size_t>(verb)];
}

ArgumentSort sort_of(char letter) {
  static constexpr std::string_view letters = "sbptfnuk";
  return static_cast<ArgumentSort>(letters.find(letter));
}

std::optional<Call> parse_call(std::string_view line) {
  Tokens tokens(line);
  Call call;
  if (!tokens.quoted() && !tokens.at_end() && is_digit(tokens.peek()[0])) {
    const auto times = parse_number(tokens.take());
    if (!times || !tokens.take_if("x")) return {};
    call.times = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(*times, 1, kMaxTimes));
  }
  std::string word = tokens.take();
  while (tokens.peek() == "," || tokens.peek() == "=") {
    call.results.push_back(std::move(word));
    const bool more = tokens.take() == ",";
    word = tokens.take();
    if (!more) break;
  }
  const auto* const verb = std::ranges::find(kVerbs, word, &VerbText::name);
  if (verb == kVerbs.end() || call.results.size() != verb->results) return {};
  if (!std::ranges::all_of(call.results, is_word)) return {};
  call.verb = static_cast<Verb>(verb - kVerbs.begin());
  for (const char letter : verb->arguments) {
    const ArgumentSort sort = sort_of(letter);
    if (sort == ArgumentSort::base && tokens.at_end()) break;
    auto argument = parse_argument(sort, tokens);
    if (!argument) return {};
    call.arguments.push_back(std::move(*argument));
  }
  if (!tokens.at_end() || tokens.failed()) return {};
  return call;
}

Program parse_program(std::string_view text) {
  Program program;
  while (!text.empty() && program.size() < kMaxCalls) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto call = parse_call(text.substr(0, end))) program.push_back(std::move(*call));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return program;
}

std::string to_text(const Call& call) {
  std::string text;
  if (call.times != 1) text += std::to_string(call.times) + " x ";
  for (std::size_t index = 0; index < call.results.size(); ++index)
    text += (index == 0 ? "" : ", ") + call.results[index];
  if (!call.results.empty()) text += " = ";
  const VerbText& verb = text_of(call.verb);
  text += verb.name;
  for (std::size_t index = 0; index < call.arguments.size(); ++index)
    text += ' ' + argument_text(sort_of(verb.arguments[index]), call.arguments[index]);
  return text;
}

std::string to_text(const Program& program) {
  std::string text;
  for (const Call& call : program) text += to_text(call) + '\n';
  return text;
}

std::string_view program_text(btf::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace retort
