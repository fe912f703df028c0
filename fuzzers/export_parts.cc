// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/export_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "oracles/entries.h"
#include "relocator/text.h"

namespace retort {
namespace {

constexpr std::uint32_t kDumpedTypes = 40;
constexpr std::size_t kBytesPerLine = 16;
// Above this an initializer of numbers takes a compiler long; a literal does not.
constexpr std::size_t kLargeArray = 4096;

// Takes the parts that there are, each on the one before.
class Opener {
 public:
  explicit Opener(const Pair& pair) : pair_(pair) {}

  void open_stack(std::string_view lowest) {
    const std::vector<std::byte>* bytes = pair_.find(lowest);
    if (bytes == nullptr) return;
    add(lowest == kBase ? "base" : "distilled", lowest, bytes, {});
    std::size_t layer = 1;
    for (const auto* split : pair_.splits()) {
      const std::string below = parts_.back().variable;
      add(layer == 1 ? "split" : fmt::format("split{}", layer), kSplit, split, below);
      ++layer;
    }
  }

  void open_alone(std::string_view tag) {
    const std::vector<std::byte>* bytes = pair_.find(tag);
    if (bytes != nullptr) add(tag == kTarget ? "target" : "base", tag, bytes, {});
  }

  std::vector<CPart> take() { return std::move(parts_); }

 private:
  void add(std::string variable, std::string_view tag, const std::vector<std::byte>* bytes,
           std::string on) {
    CPart part{.variable = std::move(variable),
               .tag = std::string(tag),
               .bytes = bytes,
               .on = std::move(on),
               .read = nullptr};
    const btf::BtfPtr below = part.on.empty() ? nullptr : parts_.back().read;
    if (part.on.empty() || below) {
      auto parsed = btf::Btf::parse(*bytes, {.base = below, .borrow = true});
      if (parsed) part.read = *parsed;
    }
    parts_.push_back(std::move(part));
  }

  const Pair& pair_;
  std::vector<CPart> parts_;
};

std::string dump_comment(const CPart& part) {
  const std::string where = part.on.empty() ? "" : ", on " + part.on;
  std::string text = fmt::format("/* {}{}: {} bytes", part.tag, where, part.bytes->size());
  if (!part.read) return text + ", which cannot be walked. */\n";
  const btf::Btf& layer = *part.read;
  const std::uint32_t types = layer.end_id() - layer.start_id();
  text += layer.byte_order() == std::endian::native ? "" : ", foreign byte order";
  if (types == 0) return text + ", no types. */\n";
  text += "\n";
  for (std::uint32_t index = 0; index < std::min(types, kDumpedTypes); ++index) {
    const btf::Type type = layer.type(layer.start_id() + index);
    text += " *   " + for_comment(btf::to_text(layer, type)) + "\n";
  }
  if (types > kDumpedTypes) text += fmt::format(" *   and {} more\n", types - kDumpedTypes);
  return text + " */\n";
}

std::string numbers(Bytes bytes) {
  std::string text = "{";
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    text += at % kBytesPerLine == 0 ? "\n\t" : " ";
    text += fmt::format("0x{:02x},", static_cast<unsigned>(bytes[at]));
  }
  return text + "\n}";
}

std::string literal_of(Bytes bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at % (2 * kBytesPerLine) == 0) text += at == 0 ? "\n\t\"" : "\"\n\t\"";
    text += fmt::format("\\x{:02x}", static_cast<unsigned>(bytes[at]));
  }
  return text + "\"";
}

std::string arrays(std::string_view variable, Bytes given) {
  // C knows no array without elements.
  static constexpr std::byte nothing{};
  const Bytes bytes = given.empty() ? Bytes(&nothing, 1) : given;
  return fmt::format(
      "static const unsigned char {0}_raw[] = {1};\n"
      "static const unsigned int {0}_len = {2};\n",
      variable, bytes.size() > kLargeArray ? literal_of(bytes) : numbers(bytes), given.size());
}

}  // namespace

std::vector<CPart> parts_in_order(const Pair& pair, Op op) {
  Opener opener(pair);
  const bool on_distilled = pair.find(kDistilled) != nullptr;
  // A program may parse any part.
  if ((op == Op::check || op == Op::sequence || op == Op::nomem) && on_distilled)
    opener.open_alone(kBase);
  opener.open_stack(on_distilled ? kDistilled : kBase);
  if (op != Op::find && op != Op::distill && op != Op::dedup) opener.open_alone(kTarget);
  return opener.take();
}

const CPart& top_part(const std::vector<CPart>& parts) {
  const auto is_split = [](const CPart& part) { return part.tag == kSplit; };
  const auto top = std::find_if(parts.rbegin(), parts.rend(), is_split);
  return top == parts.rend() ? parts.front() : *top;
}

std::string c_array(const CPart& part) {
  return dump_comment(part) + arrays(part.variable, *part.bytes);
}

std::string c_bytes(std::string_view variable, Bytes bytes, std::string_view sentence) {
  return fmt::format("/* {}: {} bytes. */\n{}", for_comment(sentence), bytes.size(),
                     arrays(variable, bytes));
}

std::string c_literal(std::string_view text, std::string_view indent) {
  std::string literal = "\"";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      literal += "\\n";
      if (at + 1 < text.size()) literal += fmt::format("\"\n{}\"", indent);
    } else if (c == '"' || c == '\\' || c == '?') {
      literal += fmt::format("\\{}", c);
    } else if (c == '\t') {
      literal += "\\t";
    } else if (byte < ' ' || byte >= 0x7f) {
      literal += fmt::format("\\{:03o}", byte);
    } else {
      literal += c;
    }
  }
  return literal + "\"";
}

std::string for_comment(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const bool ends = c == '/' && !safe.empty() && safe.back() == '*';
    const bool begins = c == '*' && !safe.empty() && safe.back() == '/';
    if (ends || begins) safe += ' ';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

std::string expectation_text(const Answer& expected) {
  if (expected.outcome == Outcome::accepted) return "accepted";
  if (expected.outcome != Outcome::rejected) return std::string(outcome_name(expected.outcome));
  const std::string why = expected.detail.empty() ? "" : " (" + expected.detail + ")";
  return fmt::format("rejected with errno {} ({}) at {}{}", expected.code,
                     std::strerror(expected.code), stage_name(expected.stage), why);
}

std::vector<std::string> explanation_lines(const ExportInput& input) {
  std::vector<std::string> lines;
  for (const std::size_t index : input.entries) {
    const Entry& entry = entries()[index];
    lines.push_back(fmt::format("{}: {}.", entry.name, entry.sentence));
    if (!entry.upstream.empty()) lines.push_back(fmt::format("Where: {}.", entry.upstream));
  }
  lines.push_back(
      fmt::format("Expected of {}: {}.", op_name(input.op), expectation_text(input.expected)));
  if (!input.came.empty()) lines.push_back(fmt::format("Came: {}.", input.came));
  if (!input.reach.empty()) lines.push_back(fmt::format("Input: {}.", input.reach));
  return lines;
}

std::string c_identifier(std::string_view name) {
  std::string identifier;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    identifier += plain ? c : '_';
  }
  return identifier;
}

std::vector<NamedPart> named_parts(const Pair& pair) {
  struct Named {
    std::string_view tag;
    std::string_view file;
  };
  static constexpr std::array<Named, 8> files = {{{.tag = kBase, .file = "base.btf"},
                                                  {.tag = kDistilled, .file = "distilled.btf"},
                                                  {.tag = kTarget, .file = "target.btf"},
                                                  {.tag = kExt, .file = "ext.btf"},
                                                  {.tag = kProgram, .file = "prog.txt"},
                                                  {.tag = kElf, .file = "file.elf"},
                                                  {.tag = kCore, .file = "core.txt"},
                                                  {.tag = kData, .file = "data.bin"}}};
  std::vector<NamedPart> named;
  unsigned splits = 0;
  for (const Part& part : pair.parts) {
    const auto* const known = std::ranges::find(files, part.tag, &Named::tag);
    const bool is_split = part.tag == kSplit;
    std::string file = part.tag + ".bin";
    if (known != files.end())
      file = known->file;
    else if (is_split)
      file = ++splits == 1 ? "split.btf" : fmt::format("split{}.btf", splits);
    named.push_back(
        {.file = std::move(file), .part = &part, .is_known = is_split || known != files.end()});
  }
  return named;
}

}  // namespace retort
